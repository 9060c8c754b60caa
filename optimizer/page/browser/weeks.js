/* Weeks: what is due, where everybody stands and will land; scores and review after the period. */

const LIGHTS = ["green", "yellow", "red"];
const LIGHT_FILLS = ["url(#on-green)", "url(#on-yellow)", "url(#on-red)"];
const LIGHT_SIGNS = { green: "●", yellow: "▲", red: "■" };

function lightCell(status) {
  return h("span", { class: `light ${status}` }, h("span", { "aria-hidden": "true" }, LIGHT_SIGNS[status] ?? ""), ` ${term("light", status)}`);
}

function standing() {
  return table("pace", "standing");
}

/** Rows of the last week that is over. */
function latest(held) {
  const last = Math.max(...rowsIn(held).map((row) => held.at("week", row)));
  return rowsIn(held).filter((row) => held.at("week", row) === last);
}

function standingColumns(held, decimals) {
  const amount = (value) => fixed(value, decimals);
  const name = { key: "name", label: t("name"), text: (row) => held.at("name", row), cell: (row) => {
    const level = held.at("level", row);
    return ["region", "team", "rep"].includes(level) && plan().find(level, held.at("name", row)) ? h("a", { href: address(level, held.at("name", row)) }, held.at("name", row)) : held.at("name", row);
  } };
  return [name, labelColumn(held, "level", t("level"), "level"),
    { key: "status", label: t("light"), text: (row) => `${LIGHT_SIGNS[held.at("status", row)] ?? ""} ${term("light", held.at("status", row))}`, cell: (row) => lightCell(held.at("status", row)) },
    numberColumn(held, "actual", t("sold"), amount), numberColumn(held, "target_due", t("target_due"), amount),
    numberColumn(held, "pace", t("pace"), (value) => percent(value)), numberColumn(held, "projected", t("projected"), amount),
    numberColumn(held, "low", t("low"), amount), numberColumn(held, "high", t("high"), amount),
    numberColumn(held, "probability_target", t("chance_target"), (value) => percent(value, 0))];
}

function weeksView() {
  const pace = block("pace");
  const held = standing();
  const { decimals } = plan();
  if (!held) return [h("p", { class: "lead small" }, t("weeks_lead")), curveSection(pace), everyWeek(), notesList(pace.notes)];
  const rows = latest(held).filter((row) => held.at("level", row) !== "company");
  const worst = { red: 0, yellow: 1, green: 2 };
  rows.sort((one, other) => worst[held.at("status", one)] - worst[held.at("status", other)] || held.at("pace", one) - held.at("pace", other));
  const levels = ["company", "region", "team", "rep"].filter((level) => pace.status && pace.status[level]);
  const company = rowsIn(held).filter((row) => held.at("level", row) === "company");
  return [
    h("p", { class: "lead small" }, t("standing_lead", { period: pace.period, week: pace.week, weeks: pace.weeks })),
    pace.company ? landingFigures(pace.company) : null,
    h("div", { class: "columns" },
      company.length ? section(t("weeks_company"), weekChart(held, company, t("weeks_company"), pace)) : null,
      pace.status && section(t("lights"), stacked(t("lights"), levels.map((level) => ({ name: term("level", level), values: LIGHTS.map((light) => pace.status[level][light] ?? 0) })),
        LIGHTS.map((light, at) => [term("light", light), LIGHT_FILLS[at]]), (value) => fixed(value)))),
    section(t("standing"), dataTable({ caption: t("standing"), columns: standingColumns(held, decimals), rows })),
    everyWeek(),
    notesList(pace.notes),
  ];
}

/** The weekly targets of everybody. */
function everyWeek() {
  const held = table("pace", "seats");
  if (!held || !held.n) return null;
  const columns = held.names.map((name) => {
    if (name === "rep") return repColumn(held, name);
    if (name === "period") return labelColumn(held, name, t("period"));
    return { ...numberColumn(held, name, name.slice(1), (value) => plan().amount(value)), width: 7 };
  });
  return section(t("weekly_targets"), dataTable({ caption: t("weekly_targets"), columns, rows: rowsIn(held) }));
}

function landingFigures(company) {
  const held = plan();
  return h("dl", { class: "figures" },
    figureCard(t("sold"), held.amount(company.actual), held.unit),
    figureCard(t("pace"), percent(company.pace), term("light", company.status)),
    figureCard(t("projected"), held.amount(company.projected), t("eight_in_ten", { low: held.amount(company.low), high: held.amount(company.high) })),
    figureCard(t("chance_target"), percent(company.probability_target, 0)),
    figureCard(t("chance_floor"), percent(company.probability_floor, 0)));
}

/** Sold and due by week, with the landing at the end. */
function weekChart(held, rows, label, pace) {
  const line = (name) => [[0, 0], ...rows.map((row) => [held.at("week", row), held.at(name, row)])];
  const last = rows.at(-1);
  const due = pace.due;
  const whole = (name) => {
    const total = due ? held.at(name, last) / due[held.at("week", last) - 1] : NaN;
    return due && isKnown(total) ? [[0, 0], ...due.map((share, at) => [at + 1, share * total])] : line(name);
  };
  const ends = due && isKnown(held.at("low", last));
  return lines(label, [
    { name: t("target_due"), points: whole("target_due") },
    { name: t("floor_due"), points: whole("floor_due") },
    { name: t("sold"), points: line("actual"), shape: "circle" },
  ], {
    xShown: (value) => fixed(value), yShown: brief, xName: t("week"),
    band: ends ? { x: due.length, low: held.at("low", last), high: held.at("high", last), middle: held.at("projected", last), name: t("landing") } : null,
  });
}

function curveSection(pace) {
  if (!pace.due) return null;
  const points = [[0, 0], ...pace.due.map((share, at) => [at + 1, share])];
  return section(t("curve"), lines(t("curve"), [{ name: t("share_due"), points, shape: "circle" }],
    { xShown: (value) => fixed(value), yShown: (value) => percent(value, 0), xName: t("week") }));
}

function notesList(notes) {
  return notes && notes.length ? section(t("notes"), h("ul", { class: "plain" }, notes.map((one) => spokenItem("notes", one)))) : null;
}

function standingSection(node) {
  const held = standing();
  if (!held || block("pace").measure !== plan().measure) return null;
  const [level, name] = node.kind === "company" ? ["company", ALL] : [node.kind, node.id];
  const rows = held.where("name", name, held.where("level", level));
  if (!rows.length) return null;
  const pace = block("pace");
  const last = rows.at(-1);
  return section(t("standing_here", { period: pace.period, week: held.at("week", last) }),
    h("dl", { class: "figures" },
      figureCard(t("light"), lightCell(held.at("status", last))), figureCard(t("sold"), fixed(held.at("actual", last), 1)),
      figureCard(t("target_due"), fixed(held.at("target_due", last), 1)), figureCard(t("projected"), fixed(held.at("projected", last), 1)),
      figureCard(t("chance_target"), percent(held.at("probability_target", last), 0))),
    weekChart(held, rows, t("weeks"), pace));
}

function weeksSection(held, node) {
  if (!block("pace")) return null;
  const inside = letterWeeks(held, node);
  return inside ? section(t("weekly_targets"), inside[1]) : null;
}

function scoreTable(command, name) {
  const key = `${command}/${name}/held`;
  if (!tables.has(key)) tables.set(key, new Table(block(command)[name].table));
  return tables.get(key);
}

/** Columns of wide tables that are read most; the others are in the files. */
const SHOWN = {
  attainment: ["period", "dimension", "name", "reps", "target", "actual", "difference", "attainment", "change", "change_year", "set_aside"],
  scores: ["period", "rep", "metric", "value", "points", "weight", "weighted", "card", "remark"],
};

/** The tables that score and review wrote. */
function resultsView() {
  const parts = ["score", "review"].filter((command) => block(command)).map((command) => [
    h("h2", { class: "part" }, t(`${command}_title`)),
    command === "score" && block("score").scores ? rankingSection() : null,
    Object.entries(block(command)).map(([name, { rows }]) => {
      const held = scoreTable(command, name);
      if (!held.n) return null;
      const more = rows > held.n ? h("p", { class: "quiet" }, t("first_rows", { count: fixed(held.n), all: fixed(rows), file: `${command}/${name}` })) : null;
      return section(term("file", name), resultChart(name, held), plainTable(term("file", name), held, null, SHOWN[name]), more);
    }),
  ]);
  return [h("p", { class: "lead small" }, t("results_lead")), parts];
}

/** Who has which score, rank and grade. */
function rankingSection() {
  const held = scoreTable("score", "scores");
  if (!held.has("metric") || !held.has("rank")) return null;
  const names = ["period", "rep", "region", "team", "points", "low", "high", "rank", "region_rank", "grade"];
  return section(t("ranking"), plainTable(t("ranking"), held, held.where("metric", "score"), names));
}

/** A picture of attainment of people, or of what the company's difference is made of. */
function resultChart(name, held) {
  if (!held.has("dimension")) return null;
  if (name === "effects") return effectsChart(held);
  if (name !== "attainment" || !held.has("attainment") || !held.isNumber("attainment")) return null;
  const values = held.where("dimension", "rep").map((row) => held.at("attainment", row)).filter(isKnown);
  return values.length < 8 ? null : attainmentChart(values);
}

function attainmentChart(values) {
  const shown = (value) => percent(value, 0);
  return histogram(t("attainment_people"), values, { from: 0, to: 2, step: 0.1, band: [0.8, 1.2], shown, axis: t("attainment") });
}

function effectsChart(held) {
  const row = held.where("dimension", "company").at(-1);
  if (row === undefined || !["target", "actual", "difference"].every((name) => held.has(name) && held.isNumber(name))) return null;
  const parts = held.names.slice(held.names.indexOf("difference") + 1).filter((name) => held.isNumber(name) && held.at(name, row) !== 0);
  const steps = [["target", held.at("target", row)], ...parts.map((name) => [name, held.at(name, row)])]
    .map(([name, amount]) => ({ name: term("effect", name), amount }));
  return waterfall(term("file", "effects"), steps, held.at("actual", row), (value) => fixed(value, plan().decimals + 1), t("sold"));
}

/** The scores of one person, measure by measure. */
function scoreSection(node) {
  const score = block("score");
  if (!score || !score.scores) return null;
  const held = scoreTable("score", "scores");
  const rows = held.where("rep", node.id);
  return rows.length ? section(t("score_title"), plainTable(t("score_title"), held, rows, SHOWN.scores.filter((name) => name !== "rep"))) : null;
}
