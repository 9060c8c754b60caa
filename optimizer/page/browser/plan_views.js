/* The plan from the company down to people, who is off reference, and what limits it. */

function choice(label, names, now, chosen, all) {
  if (names.length < 2) return null;
  const select = h("select", { "aria-label": label, onchange: () => chosen(select.value) },
    h("option", { value: ALL }, all), names.map((name) => h("option", { value: name, selected: name === now }, name)));
  return h("label", {}, h("span", {}, label), select);
}

function slicers(held) {
  return [
    choice(t("period"), held.periods, state.period, (name) => { state.period = name; show(); }, t("all_periods")),
    choice(t("product"), held.products, state.product, (name) => { state.product = name; show(); }, t("all_products")),
  ];
}

/** The share of a reference with a shape where it is far off. */
function multipleCell(value) {
  if (!isKnown(value)) return "";
  const far = Math.abs(value - 1) > 0.1 + 1e-9;
  return [far ? h("span", { class: "off", "aria-hidden": "true" }, value > 1 ? "▲ " : "▼ ") : null, percent(value)];
}

function treeColumns(held) {
  const { period, product } = state;
  const figure = (field) => (node) => held.figure(node, field, period, product);
  const target = (node) => held.target(node, period, product);
  const whole = (node) => (node.kind === "region" ? target(node.parent) : held.figure(node.parent, "street", period, product));
  const share = (node) => (node.parent ? target(node) / whole(node) : NaN);
  const multiple = (node) => held.multiple(node, period, product);
  const amount = (key, label, value, wide) => ({ key, label, value, wide, text: (node) => held.amount(value(node)) });
  const many = held.periods.length > 1 && period === ALL;
  for (const name of [period, ...(many ? held.periods : [])]) held.carried(name, product);
  return [
    { key: "name", label: t("name"), text: (node) => held.nameOf(node), wide: "236px" },
    amount("target", t("target"), target, "104px"),
    many && { key: "spark", label: t("by_period"), text: () => "", value: target, wide: "92px", cell: (node) => spark(held.periods.map((name) => held.target(node, name, product))) },
    { key: "share", label: t("share_of_parent"), value: share, wide: "112px", text: (node) => percent(share(node)), cell: (node) => shareBar(share(node)) },
    { key: "multiple", label: t("of_reference"), value: multiple, wide: "112px", text: (node) => percent(multiple(node)), cell: (node) => multipleCell(multiple(node)) },
    amount("floor", t("floor"), figure("floor"), "92px"),
    amount("stretch", t("stretch"), figure("stretch"), "92px"),
    held.seats > 0 && amount("street", t("street"), (node) => (node.kind === "rep" ? NaN : figure("street")(node)), "92px"),
    amount("gap", t("gap"), (node) => (node.kind === "rep" ? NaN : figure("gap")(node)), "84px"),
  ].filter(Boolean);
}

function shareBar(value) {
  if (!isKnown(value)) return "";
  return h("span", { class: "share" }, h("span", { class: "meter", "aria-hidden": "true" }, h("i", { css: { width: `${Math.min(100, value * 100)}%` } })), percent(value));
}

function treeView() {
  const held = plan();
  const tree = new Tree(held, treeColumns(held));
  const deepest = Math.max(...held.nodes.map((node) => node.depth));
  const drawn = tree.draw();
  const step = (label, depth) => h("button", { type: "button", class: "plain-button", onclick: () => tree.openTo(depth) }, label);
  return [
    h("p", { class: "lead small" }, t("tree_lead")),
    h("div", { class: "bar" }, searchField((text_) => tree.seek(text_), t("search_tree")), slicers(held),
      h("span", { class: "buttons" }, step(t("close_all"), 1), deepest > 2 && step(t("open_places"), deepest - 1), step(t("open_all"), deepest + 1))),
    h("div", { class: "table" }, drawn),
    h("p", { class: "quiet small" }, t("tree_keys")),
  ];
}

function peopleView() {
  const held = plan();
  const { period, product } = state;
  const people = held.nodes.filter((node) => node.kind === "rep");
  held.carried(period, product);
  const amount = (key, value) => ({ key, label: t(key), value, text: (node) => held.amount(value(node)) });
  const label = (key) => ({ key, label: t(key), text: (node) => held.people.at(key, node.row) });
  const has = (key) => held.people.column(key).labels.some(Boolean);
  const multiple = (node) => held.multiple(node, period, product);
  const columns = [
    { key: "rep", label: t("rep"), text: (node) => held.nameOf(node), cell: (node) => h("a", { href: address("rep", node.id) }, held.nameOf(node)) },
    label("region"), has("team") && label("team"), has("role") && label("role"),
    ...FIELDS.slice(1).map((field) => amount(field, (node) => held.figure(node, field, period, product))),
    amount("reference", (node) => held.figure(node, "reference", period, product)),
    { key: "multiple", label: t("of_reference"), value: multiple, text: (node) => percent(multiple(node)), cell: (node) => multipleCell(multiple(node)) },
  ].filter(Boolean);
  return [
    h("p", { class: "lead small" }, t("people_lead")),
    h("div", { class: "bar" }, slicers(held)),
    dataTable({ caption: t("people"), columns, rows: people }),
    held.reason("commits")?.n ? section(t("commits"), plainTable(t("commits"), held.reason("commits"))) : null,
  ];
}

function reasonsOf(list) {
  return list.split(";").filter(Boolean).map((kind) => term("limit", kind)).join(t("comma"));
}

function referenceView() {
  const held = plan();
  const off = held.reason("off_reference");
  const rows = rowsIn(off);
  const known = rows.filter((row) => isKnown(off.at("multiple", row)));
  const values = known.map((row) => off.at("multiple", row));
  const far = Math.max(0.2, ...values.map((value) => Math.min(1, Math.abs(value - 1))));
  const reach = Math.ceil(far * 20 - 1e-9) / 20;
  const step = reach <= 0.25 ? 0.025 : reach <= 0.5 ? 0.05 : 0.1;
  const edge = Math.ceil(reach / step - 1e-9) * step;
  const { fairness } = held;
  const isPerson = off.column("rep").labels.some(Boolean);
  const who = isPerson ? "rep" : "region";
  const columns = [
    { key: who, label: t(who), text: (row) => off.at(who, row), cell: (row) => h("a", { href: address(who, off.at(who, row)) }, off.at(who, row)) },
    isPerson && labelColumn(off, "region", t("region")),
    isPerson && off.column("role").labels.some(Boolean) && labelColumn(off, "role", t("role")),
    numberColumn(off, "reference", t("reference"), (value) => held.amount(value)),
    numberColumn(off, "target", t("target"), (value) => held.amount(value)),
    { key: "multiple", label: t("of_reference"), value: (row) => off.at("multiple", row), text: (row) => percent(off.at("multiple", row)), cell: (row) => multipleCell(off.at("multiple", row)) },
    { key: "limit", label: t("because"), text: (row) => reasonsOf(off.at("limit", row)), width: 34 },
  ].filter(Boolean);
  const furthest = known.slice().sort((one, other) => Math.abs(off.at("multiple", other) - 1) - Math.abs(off.at("multiple", one) - 1));
  return [
    h("p", { class: "lead small" }, t("reference_lead")),
    core.region ? null : h("dl", { class: "figures" },
      figureCard(t("within_10"), percent(fairness.within_10)), figureCard(t("within_20"), percent(fairness.within_20)),
      figureCard(t("smallest"), percent(fairness.smallest_multiple)), figureCard(t("largest"), percent(fairness.largest_multiple)),
      figureCard(t("gini"), short(fairness.gini, 3)),
      isKnown(fairness.correlation_potential) ? figureCard(t("with_potential"), short(fairness.correlation_potential, 2)) : null,
      isKnown(fairness.correlation_history) ? figureCard(t("with_history"), short(fairness.correlation_history, 2)) : null),
    values.length ? section(t("how_far"), histogram(t("how_far"), values, { from: 1 - edge, to: 1 + edge, step, band: [0.9, 1.1], shown: (value) => percent(value, 1), axis: t("axis_multiple") })) : null,
    section(t("furthest"), dataTable({ caption: t("furthest"), columns, rows: [...furthest, ...rows.filter((row) => !isKnown(off.at("multiple", row)))] })),
    section(t("what_reasons_mean"), h("dl", { class: "glossary" }, reasonKinds(off).map((kind) =>
      [h("dt", {}, term("limit", kind)), h("dd", {}, term("limit_about", kind))]))),
  ];
}

function reasonKinds(off) {
  return [...new Set(off.column("limit").labels.flatMap((list) => list.split(";")))].filter(Boolean);
}

function placeWords(held, row) {
  return ["period", "region", "product", "rep"].filter((name) => held.has(name))
    .map((name) => held.at(name, row)).filter((name) => name && name !== ALL).join(" · ") || t("company");
}

function limitsView() {
  const held = plan();
  const [gaps, advice, limits, locks] = ["gaps", "advice", "limits", "locks"].map((name) => held.reason(name));
  const shown = (value) => held.amount(value);
  return [
    h("p", { class: "lead small" }, t("limits_lead")),
    gaps && section(t("gaps"), dataTable({
      caption: t("gaps"), empty: t("no_gap"), rows: rowsIn(gaps), sort: ["gap", -1],
      columns: [labelColumn(gaps, "period", t("period")), labelColumn(gaps, "region", t("region")), labelColumn(gaps, "product", t("product")),
        numberColumn(gaps, "gap", t("gap"), shown), { key: "cause", label: t("because"), text: (row) => reasonsOf(gaps.at("cause", row)), width: 34 }],
    })),
    advice && advice.n > 0 && section(t("advice"), h("ol", { class: "advice" }, rowsIn(advice).slice(0, 40).map((row) => adviceItem(held, advice, row)))),
    limits && section(t("limits"), h("p", { class: "quiet" }, t(core.status === "gap" ? "price_gap" : "price_fair")), limitsTable(held, limits)),
    locks && locks.n > 0 && section(t("locks"), dataTable({
      caption: t("locks"), rows: rowsIn(locks), sort: ["price", -1],
      columns: [{ key: "where", label: t("where"), text: (row) => placeWords(locks, row) }, numberColumn(locks, "amount", t("amount"), shown),
        labelColumn(locks, "owner", t("owner")), labelColumn(locks, "reason", t("reason")), labelColumn(locks, "expires", t("expires")),
        numberColumn(locks, "price", t("price"), (value) => short(value, 4))],
    })),
  ];
}

/** Limits on shares: their price is told per point, not per whole. */
const PER_POINT = /share$|^growth$/;

function limitsTable(held, limits) {
  const binding = new Set(limits.where("binding", "true"));
  const rows = rowsIn(limits);
  const price = (row) => limits.at("shadow_price", row) / (PER_POINT.test(limits.at("kind", row)) ? 100 : 1);
  rows.sort((one, other) => Math.abs(price(other)) - Math.abs(price(one)));
  const columns = [
    labelColumn(limits, "kind", t("limit"), "limit"), labelColumn(limits, "side", t("side"), "side"),
    { key: "where", label: t("where"), text: (row) => placeWords(limits, row) },
    numberColumn(limits, "limit", t("usable"), (value) => held.amount(value)), numberColumn(limits, "value", t("used"), (value) => held.amount(value)),
    numberColumn(limits, "slack", t("room"), (value) => held.amount(value)), { key: "price", label: t("price"), value: price, text: (row) => short(price(row), 4) },
    { key: "binding", label: t("binds"), text: (row) => (binding.has(row) ? t("yes") : "") },
  ];
  return dataTable({ caption: t("limits"), columns, rows });
}

function adviceItem(held, advice, row) {
  const [lever, where, closes] = ["lever", "where", "closes"].map((name) => advice.at(name, row));
  const told = t(lever === "combination" ? "advice_combination" : "advice_line", { lever: term("lever", lever), where, closes: held.amountWithUnit(closes) });
  const said = advice.at("text", row);
  const own = spoken("text", said);
  if (state.lang === "en" || own !== said) return h("li", {}, own);
  return h("li", {}, told, h("br"), h("span", { class: "quiet", lang: "en" }, said));
}
