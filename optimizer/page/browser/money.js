/* What pay comes to, what it may cost, and other plans beside this one. */

function payView() {
  const pay = block("pay");
  const held = table("pay", "payouts");
  const shown = (value) => fixed(value, 2);
  const whole = new Set(["target", "actual"]);
  const columns = held.names.map((name) => {
    const label = term("column", name);
    if (name === "rep") return repColumn(held, name);
    if (!held.isNumber(name)) return labelColumn(held, name, label);
    if (name === "attainment") return numberColumn(held, name, label, (value) => percent(value));
    if (name === "gate_factor") return numberColumn(held, name, label, (value) => short(value, 4));
    return numberColumn(held, name, label, whole.has(name) ? (value) => short(value, 9) : shown);
  }).filter((column) => !column.value || ["target", "actual", "payout"].includes(column.key) || column.key === "attainment"
    || rowsIn(held).some((row) => held.at(column.key, row) !== (column.key === "gate_factor" ? 1 : 0)));
  const values = rowsIn(held).map((row) => held.at("attainment", row)).filter(isKnown);
  const sums = new Map();
  for (const row of rowsIn(held)) sums.set(held.at("period", row), (sums.get(held.at("period", row)) ?? 0) + held.at("payout", row));
  return [
    h("p", { class: "lead small" }, t("pay_lead")),
    h("dl", { class: "figures" }, [...sums].map(([period, sum]) => figureCard(period, fixed(sum, 2), pay.unit))),
    values.length > 7 ? section(t("attainment_people"), attainmentChart(values)) : null,
    section(t("payouts"), dataTable({ caption: t("payouts"), columns, rows: rowsIn(held), sort: ["payout", -1] })),
    notesList(pay.notes),
  ];
}

function costView() {
  const { stress, frontier, tune } = block("cost");
  return [
    h("p", { class: "lead small" }, t("cost_lead")),
    stress && stressParts(stress),
    frontier && frontierPart(frontier),
    tune && tunePart(tune),
    notesList([...new Set([stress, frontier, tune].flatMap((one) => one?.assumptions ?? []))]),
  ];
}

function stressParts(stress) {
  const { cost, unit } = stress;
  const exact = (value) => fixed(value, 0);
  const figure = (name, key) => figureCard(t(key), exact(cost[name].value), `± ${short(cost[name].standard_error, 2)}`);
  const marks = [{ name: t("mean"), value: cost.mean.value }, { name: t("at_target"), value: stress.cost_at_target }];
  if (isKnown(stress.budget)) marks.push({ name: t("budget"), value: stress.budget });
  const by = table("cost", "stress_by");
  return [
    h("dl", { class: "figures" }, figure("mean", "mean"), figure("p50", "median"), figure("p90", "p90"), figure("cvar95", "cvar95"),
      isKnown(stress.budget) ? figureCard(t("budget"), exact(stress.budget), t("overrun", { share: percent(stress.overrun_probability.value, 2) }), stress.overrun_probability.value > 0.1 ? "warn" : "") : null,
      stress.ccos ? figureCard(t("ccos"), percent(stress.ccos.value, 2)) : null),
    section(withUnit(t("distribution"), unit ? `(${unit})` : ""), quantiles(t("distribution"), cost, marks.filter((mark) => isKnown(mark.value)), brief)),
    h("div", { class: "columns" }, variancePart(stress), shocksPart(stress)),
    curvesPart(unit),
    by ? section(t("cost_by"), plainTable(t("cost_by"), by)) : null,
  ];
}

function variancePart({ variance }) {
  if (!variance) return null;
  const parts = Object.entries(variance).filter(([, one]) => isKnown(one.value) && one.value > 0);
  if (!parts.length) return null;
  const sum = parts.reduce((total, [, one]) => total + one.value, 0);
  return section(t("variance"), stacked(t("variance"), [{ name: t("spread"), values: parts.map(([, one]) => one.value) }],
    parts.map(([name], at) => [term("source", name), FILLS[at]]), (value) => percent(value / sum, 0)));
}

function shocksPart({ by_shock: shocks, unit }) {
  const names = Object.keys(shocks ?? {});
  if (!names.length) return null;
  return section(withUnit(t("shocks"), unit ? `(${unit})` : ""), wide(t("shocks"), stepsTable(t("shocks_about"), [t("shock"), t("change"), t("mean"), t("cvar95")],
    names.map((name) => [name, signed(shocks[name].change, fixed(shocks[name].change)), fixed(shocks[name].mean), fixed(shocks[name].cvar95)]))));
}

function curvesPart(unit) {
  const held = table("cost", "payout_curve");
  if (!held || !held.n) return null;
  const series = held.column("plan").labels.map((name) => ({
    name, points: held.where("plan", name).map((row) => [held.at("attainment", row), held.at("payout", row)]),
  }));
  return section(withUnit(t("payout_curve"), unit ? `(${unit})` : ""), lines(t("payout_curve"), series.slice(0, 6),
    { xShown: (value) => percent(value, 0), yShown: brief, xName: t("attainment"), marks: [{ x: 1, name: t("target") }] }));
}

function frontierPart({ rows, cheapest, chance, over_assignment: present, unit }) {
  if (!rows || rows.length < 2) return null;
  const at = (name) => rows.map((row) => [row.over_assignment, row[name]]);
  const marks = [{ x: present, name: t("as_planned") }];
  if (cheapest) marks.push({ x: cheapest.over_assignment, name: t("cheapest", { chance: percent(chance, 0) }) });
  const shared = { xShown: (value) => percent(value, 1), xName: t("over_assignment"), marks };
  return [
    h("div", { class: "columns" },
      section(t("chance_goal"), lines(t("chance_goal"), [{ name: t("chance_goal"), points: at("probability"), shape: "circle" }], { ...shared, yShown: (value) => percent(value, 0) })),
      section(withUnit(t("cost_of_buffer"), unit ? `(${unit})` : ""), lines(t("cost_of_buffer"), [{ name: t("mean"), points: at("cost_mean"), shape: "circle" }, { name: t("p90"), points: at("cost_p90"), shape: "square" }],
        { ...shared, yShown: brief, yFrom: Math.min(...rows.map((row) => row.cost_mean)) * 0.98 }))),
  ];
}

function tunePart({ rates, unit, budget }) {
  if (!rates || !rates.length) return null;
  return section(t("tuned", { budget: withUnit(fixed(budget), unit) }), wide(t("tuned_about"), stepsTable(t("tuned_about"), [t("rate"), t("before"), t("after"), t("between")],
    rates.map((one) => [spoken("rate", one.rate), short(one.before, 5), short(one.after, 5), `${short(one.low, 4)} – ${short(one.high, 4)}`]))));
}

function scenariosView() {
  const compared = block("compared");
  const held = (name) => scoreTables(compared, name);
  const totals = held("totals");
  const runs = compared.runs;
  const first = totals.has("measure") ? totals.where("measure", core.measures[state.measure]) : rowsIn(totals);
  const of = (name) => first.map((row) => totals.at(name, row));
  const shown = (value) => plan().amount(value);
  const named = first.map((row) => totals.at("run", row));
  const rows = ["goal", "placed", "gap", "street"].map((name) => ({ name: t(name), values: of(name) }));
  const facts = totals.names.filter((name) => totals.isNumber(name) && first.some((row) => isKnown(totals.at(name, row))));
  return [
    h("p", { class: "lead small" }, t("scenarios_lead", { base: runs[0] })),
    section(t("side_by_side"), groups(t("side_by_side"), rows, named, shown),
      wide(t("totals"), stepsTable(t("totals"), ["", ...named], facts.map((name) => [term("column", name), ...of(name).map(factWords(name))])))),
    notesList(compared.notes),
    ["inputs", "regions", "products", "periods", "reps", "limits"].map((name) => {
      const each = held(name);
      if (!each || !each.n) return null;
      const { rows: all } = compared.tables[name];
      const more = all > each.n ? h("p", { class: "quiet" }, t("largest_rows", { count: fixed(each.n), all: fixed(all) })) : null;
      return section(term("differs", name), plainTable(term("differs", name), each), more);
    }),
  ];
}

/** Return how to show one figure of a run. */
function factWords(name) {
  if (/^within_|_multiple$/.test(name)) return (value) => percent(value, 1);
  if (/^cost_/.test(name)) return (value) => fixed(value);
  return name === "gini" || name === "objective" ? (value) => short(value, 5) : (value) => plan().amount(value);
}

function scoreTables(compared, name) {
  const key = `compared/${name}/held`;
  if (!tables.has(key)) tables.set(key, compared.tables[name] ? new Table(compared.tables[name].table) : null);
  return tables.get(key);
}
