/* One company, region, team or person: levels, reasons, weeks, pay. */

function crumbs(held, node) {
  const line = [];
  for (let above = node.parent; above; above = above.parent) line.unshift(above);
  return h("nav", { class: "crumbs", "aria-label": t("path") }, h("ol", {},
    line.map((one) => h("li", {}, h("a", { href: address(one.kind, one.id) }, held.nameOf(one))))));
}

function levelsTable(held, node, fields = ["floor", "target", "stretch", "reference"]) {
  const compared = fields.includes("reference");
  const head = [t("period"), ...fields.map((field) => t(field)), ...(compared ? [t("of_reference")] : [])];
  const line = (name, period, strong) => h("tr", { class: strong ? "total" : null }, h("th", { scope: "row" }, name),
    fields.map((field) =>
      h("td", { class: "number" }, held.amount(field === "target" ? held.target(node, period) : held.figure(node, field, period)))),
    compared && h("td", { class: "number" }, percent(held.multiple(node, period))));
  return h("table", { class: "levels" }, h("caption", { class: "heard" }, t("levels")),
    h("thead", {}, h("tr", {}, head.map((one, at) => h("th", { scope: "col", class: at ? "number" : null }, one)))),
    h("tbody", {}, held.periods.map((name) => line(name, name)), held.periods.length > 1 ? line(t("all_periods"), ALL, true) : null));
}

function productTable(held, node) {
  if (held.products.length < 2) return null;
  const sold = held.products.filter((name) => held.target(node, ALL, name) > 0 || node.kind !== "rep");
  return section(t("by_product"), wide(t("by_product"), h("table", { class: "levels" }, h("caption", { class: "heard" }, t("by_product")),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("product")), [...held.periods, t("all_periods")].map((name) => h("th", { scope: "col", class: "number" }, name)))),
    h("tbody", {}, sold.map((name) => h("tr", {}, h("th", { scope: "row" }, name),
      [...held.periods, ALL].map((period) => h("td", { class: "number" }, held.amount(held.target(node, period, name))))))))));
}

/** Add up the steps of some rows by name, in the order in which they come. */
function stepsOf(steps, rows, period) {
  const found = new Map();
  for (const row of rows) {
    if (period !== ALL && steps.at("period", row) !== period) continue;
    const name = steps.at("step", row);
    found.set(name, (found.get(name) ?? 0) + steps.at("amount", row));
  }
  const order = Object.keys(words.en).filter((key) => key.startsWith("step.")).map((key) => key.slice(5));
  const rank = (name) => (order.indexOf(name) + 1 || order.length + 1);
  return [...found].sort(([one], [other]) => rank(one) - rank(other))
    .filter(([, amount], at) => at === 0 || Math.abs(amount) > 1e-9).map(([name, amount]) => ({ name: term("step", name), key: name, amount }));
}

function whySection(held, node) {
  const isRep = node.kind === "rep";
  const steps = isRep ? held.steps : table(`region_steps-${held.place}`);
  if (!steps || node.kind === "team" || !steps.n) return null;
  const rows = isRep ? held.rowsOf("steps", steps, node.id) : regionRows(held, steps, node);
  if (!rows.length) return null;
  const place = h("div");
  const draw = (period) => {
    const found = stepsOf(steps, rows, period);
    const total = found.reduce((sum, step) => sum + step.amount, 0);
    const shown = (value) => fixed(value, held.decimals + 1);
    const told = found.filter((step, at) => at === 0 || /[1-9]/.test(shown(step.amount)));
    place.replaceChildren(waterfall(t("why"), told, total, shown),
      h("dl", { class: "glossary" }, told.map((step) => [h("dt", {}, step.name), h("dd", {}, term("step_about", step.key))])));
  };
  const picked = held.periods.length > 1
    ? h("div", { class: "bar" }, choice(t("period"), held.periods, ALL, draw, t("all_periods"))) : null;
  draw(ALL);
  return section(t("why"), picked, place);
}

function regionRows(held, steps, node) {
  if (node.kind === "company") return rowsIn(steps);
  const inside = new Set();
  const gather = (one) => {
    if (one.kind === "region") inside.add(one.region);
    one.children.forEach(gather);
  };
  gather(node);
  return rowsIn(steps).filter((row) => inside.has(steps.at("region", row)));
}

function bindingSection(held, node) {
  const limits = held.reason("limits");
  if (!limits || node.kind === "team") return null;
  const key = node.kind === "rep" ? "rep" : "region";
  const name = node.kind === "company" ? ALL : node.id;
  const rows = limits.where(key, name, limits.where("binding", "true"))
    .filter((row) => key === "rep" || limits.at("rep", row) === ALL);
  if (!rows.length) return null;
  return section(t("binding_here"), limitsTable(held, { ...proxied(limits, rows) }));
}

/** Return a table of only some rows of another. */
function proxied(held, rows) {
  return {
    n: rows.length,
    names: held.names,
    has: (name) => held.has(name),
    isNumber: (name) => held.isNumber(name),
    column: (name) => held.column(name),
    at: (name, row) => held.at(name, rows[row]),
    where: (name, label) => rows.map((_, at) => at).filter((at) => held.at(name, rows[at]) === label),
  };
}

function childTable(held, node) {
  if (!node.children.length) return null;
  const amount = (key, value) => ({ key, label: t(key), value, text: (one) => held.amount(value(one)) });
  const columns = [
    { key: "name", label: t("name"), text: (one) => held.nameOf(one), cell: (one) => h("a", { href: address(one.kind, one.id) }, held.nameOf(one)) },
    amount("floor", (one) => held.figure(one, "floor")), amount("target", (one) => held.target(one)), amount("stretch", (one) => held.figure(one, "stretch")),
    { key: "multiple", label: t("of_reference"), value: (one) => held.multiple(one), text: (one) => percent(held.multiple(one)), cell: (one) => multipleCell(held.multiple(one)) },
  ];
  return section(t("below"), dataTable({ caption: t("below"), columns, rows: node.children }));
}

function personLine(held, node) {
  const told = ["region", "team", "role"].map((key) => held.people.at(key, node.row)).filter(Boolean);
  if (held.people.at("open", node.row) === "true") told.push(t("open_position"));
  const start = held.people.at("start", node.row);
  if (start) told.push(t("since", { day: start }));
  return told.join(" · ");
}

function paySection(held, node) {
  const pay = table("pay", "payouts");
  if (!pay || held.place !== 0) return null;
  const rows = pay.where("rep", node.id);
  if (!rows.length) return null;
  const { unit } = block("pay");
  const ledger = table("pay", "ledger");
  const shown = (value) => fixed(value, 2);
  const columns = ["period", "component", "tier"].map((name) => labelColumn(ledger, name, term("column", name), name === "component" ? "component" : null));
  columns.push(numberColumn(ledger, "base", term("column", "base"), shown), numberColumn(ledger, "rate", term("column", "rate"), (value) => short(value, 6)),
    numberColumn(ledger, "amount", term("column", "amount"), shown));
  return section(withUnit(t("pay"), unit ? `(${unit})` : ""),
    h("dl", { class: "figures" }, rows.map((row) => figureCard(pay.at("period", row), shown(pay.at("payout", row)), t("at_attainment", { share: percent(pay.at("attainment", row)) })))),
    ledger ? dataTable({ caption: t("ledger"), columns, rows: ledger.where("rep", node.id), search: false }) : null);
}

function rulesSection(held, node) {
  const rules = block("rules");
  const at = rules ? rules.of[node.id] ?? -1 : -1;
  if (at < 0) return null;
  return h("details", { class: "card" }, h("summary", {}, t("rules")), planRules(at, held.people, node.row));
}

function detailView(kind, id) {
  const held = plan();
  const node = held.find(kind, id);
  if (!node) return [h("p", { class: "lead" }, t("no_such", { name: id }))];
  const isRep = node.kind === "rep";
  return [
    crumbs(held, node),
    isRep ? h("p", { class: "lead small" }, personLine(held, node)) : null,
    h("dl", { class: "figures" },
      figureCard(t("floor"), held.amount(held.figure(node, "floor")), held.unit),
      figureCard(t("target"), held.amount(held.target(node)), held.unit),
      figureCard(t("stretch"), held.amount(held.figure(node, "stretch")), held.unit),
      figureCard(t("of_reference"), percent(held.multiple(node))),
      isRep || node.kind === "team" ? null : figureCard(t("gap"), held.amount(held.figure(node, "gap")), null, held.figure(node, "gap") > 0 ? "warn" : "")),
    h("div", { class: "columns" },
      section(t("levels"), held.periods.length > 1 && held.periods.length <= BARS ? levelBars(t("levels"), marginRows(held, node, held.periods, (name) => [name, ALL]), (value) => held.amount(value)) : null,
        wide(t("levels"), levelsTable(held, node))),
      whySection(held, node)),
    productTable(held, node),
    standingSection(node),
    isRep ? weeksSection(held, node) : null,
    bindingSection(held, node),
    isRep ? [scoreSection(node), paySection(held, node)] : childTable(held, node),
    isRep ? rulesSection(held, node) : null,
    held.listed && held.seats ? h("p", {}, h("a", { class: "button", href: address("letters", node.kind, node.id) }, t(isRep ? "letter_of" : "letters_of", { name: held.nameOf(node) }))) : null,
  ];
}
