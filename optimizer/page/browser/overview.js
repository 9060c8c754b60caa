/* The first page: where the plan stands, for planner, finance and manager. */

function figureCard(label, value, note = null, kind = "") {
  const long = typeof value === "string" && widthOf(value) > 11 ? "long" : "";
  return h("div", { class: `figure ${kind} ${long}` }, h("dt", {}, label), h("dd", {}, value, note && h("small", {}, note)));
}

function headline(held) {
  const { figures } = held;
  if (core.region) {
    const target = held.target(held.root);
    return t("head_region", { region: core.region, target: held.amountWithUnit(target) });
  }
  const values = { goal: held.amountWithUnit(figures.goal), placed: held.amount(figures.placed), gap: held.amountWithUnit(figures.gap) };
  return t(figures.gap > 0 ? "head_gap" : "head_whole", values);
}

function keyFigures(held) {
  const { figures, fairness, root } = held;
  const gap = core.region ? held.figure(root, "gap") : figures.gap;
  const street = held.figure(root, "street");
  const target = held.target(root);
  const over = street > 0 && target > 0 ? street / target - 1 : NaN;
  return h("dl", { class: "figures" },
    core.region ? null : figureCard(t("goal"), held.amount(figures.goal), held.unit),
    figureCard(t(core.region ? "target" : "placed"), held.amount(target), held.unit),
    figureCard(t("gap"), held.amount(gap), gap > 0 ? percent(gap / held.figure(root, "ask")) : t("none"), gap > 0 ? "warn" : ""),
    held.seats ? figureCard(t("street"), held.amount(street), isKnown(over) ? t("over", { share: percent(over, 2) }) : null) : null,
    figureCard(t("floor"), held.amount(held.figure(root, "floor")), held.unit),
    figureCard(t("stretch"), held.amount(held.figure(root, "stretch")), held.unit),
    held.seats ? figureCard(t("people"), fixed(held.seats), null) : null,
    !core.region && isKnown(fairness.within_10)
      ? figureCard(t("within_10"), percent(fairness.within_10), t("of_reference")) : null);
}

/** What each reader asks first, with the way to more. */
function readers(held) {
  const planner = plannerLines(held);
  const manager = managerLines(held);
  const finance = financeLines();
  const column = (title, entries) => entries.length > 0 && h("div", {}, h("h3", {}, title),
    h("ul", {}, entries.map(([said, view]) => h("li", {}, h("a", { href: address(view) }, said)))));
  return h("section", { class: "card readers" },
    column(t("for_planner"), planner), column(t("for_manager"), manager), column(t("for_finance"), finance));
}

function plannerLines(held) {
  const found = [[t("line_tree"), "tree"]];
  const off = held.reason("off_reference");
  if (off) {
    const far = rowsIn(off).filter((row) => Math.abs(off.at("multiple", row) - 1) > 0.1 + 1e-9).length;
    found.push([t(far ? "line_off" : "line_on", { count: fixed(far), all: fixed(off.n) }), "reference"]);
  }
  const limits = held.reason("limits");
  if (limits) {
    const binding = limits.where("binding", "true").length;
    if (binding) found.push([t("line_limits", { count: fixed(binding) }), "limits"]);
  }
  const advice = held.reason("advice");
  if (advice && advice.n) found.push([t("line_advice", { count: fixed(advice.n) }), "limits"]);
  if (block("compared")) found.push([t("line_compared", { count: block("compared").runs.length }), "scenarios"]);
  return found;
}

function managerLines(held) {
  const found = [];
  const pace = block("pace");
  if (pace && pace.status && pace.status.rep) {
    const lights = pace.status.rep;
    found.push([t("line_lights", { period: pace.period, week: pace.week, green: lights.green ?? 0, yellow: lights.yellow ?? 0, red: lights.red ?? 0 }), "weeks"]);
  } else if (pace) found.push([t("line_weeks"), "weeks"]);
  if (held.listed && held.seats) {
    found.push([t("line_people", { count: fixed(held.seats) }), "people"], [t("line_letters"), "letters"]);
  }
  if (block("score") || block("review")) found.push([t("line_results"), "results"]);
  return found;
}

function financeLines() {
  const found = [];
  const cost = block("cost");
  if (cost && cost.stress) {
    const { stress } = cost;
    const money = (value) => withUnit(brief(value), stress.unit);
    found.push([t("line_cost", { mean: money(stress.cost.mean.value), p90: money(stress.cost.p90.value) }), "cost"]);
    if (stress.budget) {
      found.push([t("line_budget", { budget: money(stress.budget), share: percent(stress.overrun_probability.value) }), "cost"]);
    }
  }
  const pay = block("pay");
  if (pay) found.push([t("line_pay", { count: fixed(table("pay", "payouts").n) }), "pay"]);
  return found;
}

function marginRows(held, node, names, slice) {
  return names.map((name) => {
    const [period, product] = slice(name);
    const row = { name };
    for (const field of FIELDS) row[field] = held.figure(node, field, period, product);
    row.target = held.target(node, period, product);
    return row;
  });
}

/** Rows of bars that a chart has at most; more are read in a table. */
const BARS = 24;

function marginCharts(held, node) {
  const shown = (value) => held.amount(value);
  const title = (said) => (held.unit ? `${said} (${held.unit})` : said);
  const places = node.children.filter((child) => child.kind !== "rep");
  return [
    held.periods.length > 1 && held.periods.length <= BARS && section(title(t("by_period")), levelBars(t("by_period"), marginRows(held, node, held.periods, (name) => [name, ALL]), shown)),
    held.products.length > 1 && held.products.length <= BARS && section(title(t("by_product")), levelBars(t("by_product"), marginRows(held, node, held.products, (name) => [ALL, name]), shown)),
    places.length > 1 && places.length <= BARS && section(title(t("by_place")), levelBars(t("by_place"), places.map((child) => {
      const row = { name: child.name };
      for (const field of FIELDS) row[field] = held.figure(child, field);
      row.target = held.target(child);
      return row;
    }), shown)),
  ];
}

/** Commands that a run may be told more by, and that nobody has run on it yet. */
function notRun() {
  const cost = block("cost");
  const found = {
    pace: block("pace"), stress: cost?.stress, tune: cost?.tune, frontier: cost?.frontier,
    pay: block("pay"), score: block("score"), review: block("review"), propose: block("proposal"),
  };
  return Object.keys(found).filter((command) => !found[command])
    .map((command) => (command === "pace" && core.funnel ? t("pace_and_activities") : command));
}

function overview() {
  const held = plan();
  const { bound, objective } = held.figures;
  const loose = bound > 0 ? (objective - bound) / bound : 0;
  const proof = core.verification
    ? h("p", {}, t("proof", { checks: fixed(core.verification.checks), method: term("method", core.method) }),
      isKnown(objective) ? ` ${loose > 5e-7 ? t("best", { share: percent(loose, 4) }) : t("best_of_all")}` : null) : null;
  const absent = notRun();
  return [
    h("p", { class: "lead" }, headline(held)),
    keyFigures(held),
    held.listed ? null : h("p", { class: "note-box" }, t("too_many", { count: fixed(held.seats) })),
    readers(held),
    h("div", { class: "columns" }, marginCharts(held, held.root)),
    core.assumptions.length ? h("details", { class: "card" }, h("summary", {}, t("assumptions", { count: fixed(core.assumptions.length) })),
      h("ul", { class: "plain" }, core.assumptions.map((one) => spokenItem("notes", one)))) : null,
    section(t("how_sure"), proof, h("p", { class: "quiet" }, t("made_by", { version: core.version, seed: core.seed })),
      absent.length && !core.region ? h("p", { class: "quiet" }, t("absent", { commands: absent.join(t("comma")) })) : null),
  ];
}
