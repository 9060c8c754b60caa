/* Target letters: a page per person to sign, printed from here. */

const LETTERS = 100;

function lettersView(kind = "company", id = "") {
  const held = plan();
  const node = held.find(kind, id) ?? held.root;
  const people = held.below(node).filter((one) => one.kind === "rep");
  const places = held.nodes.filter((one) => ["region", "team"].includes(one.kind) && one.children.some((child) => child.kind === "rep"));
  const pick = h("select", { "aria-label": t("letters_for"), onchange: () => { window.location.hash = pick.value; } },
    node.kind === "rep" ? h("option", { value: address("letters", "rep", node.id), selected: true }, held.nameOf(node)) : null,
    h("option", { value: address("letters"), selected: node === held.root }, held.nameOf(held.root)),
    places.map((one) => h("option", { value: address("letters", one.kind, one.id), selected: one === node }, `${"\u2003".repeat(one.depth)}${one.name}`)));
  const shown = people.slice(0, LETTERS);
  return [
    h("div", { class: "screen" },
      h("p", { class: "lead small" }, t("letters_lead")),
      h("div", { class: "bar" }, h("label", {}, h("span", {}, t("letters_for")), pick),
        h("button", { type: "button", class: "button", onclick: () => window.print() }, t(shown.length === 1 ? "print_letter" : "print_letters", { count: shown.length }))),
      people.length > LETTERS ? h("p", { class: "note-box" }, t("letters_many", { count: LETTERS, all: fixed(people.length) })) : null),
    shown.map((person) => letter(person)),
  ];
}

function everyMeasure() {
  return core.measures.map((_, place) => {
    if (!plans.has(place)) plans.set(place, new Plan(place));
    return plans.get(place);
  });
}

function letter(person) {
  const held = plan();
  const facts = [[t("rep"), person.name], [t("region"), held.people.at("region", person.row)], [t("team"), held.people.at("team", person.row)], [t("role"), held.people.at("role", person.row)],
    [t("plan"), core.name], [t("periods"), held.periods.length > 1 ? `${held.periods[0]} – ${held.periods.at(-1)}` : held.periods[0]]];
  const rules = block("rules");
  const at = rules ? rules.of[person.id] ?? -1 : -1;
  return h("article", { class: "letter", "aria-label": t("letter_of", { name: held.nameOf(person) }) },
    h("header", {}, h("p", { class: "quiet" }, core.name), h("h2", {}, t("letter")), h("p", { class: "who" }, held.nameOf(person))),
    h("dl", { class: "facts" }, facts.filter(([, value]) => value).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
    everyMeasure().map((each) => {
      const own = each.find("rep", person.id);
      return own && [h("h3", {}, levelsTitle(each)), wide(t("levels"), levelsTable(each, own, ["floor", "target", "stretch"]))];
    }),
    letterWeeks(held, person),
    at >= 0 ? [h("h3", {}, t("rules")), planRules(at, held.people, person.row)] : null,
    letterMeasures(person),
    h("p", { class: "small" }, t("letter_terms")),
    h("div", { class: "sign" }, [t("sign_rep"), t("sign_manager")].map((who) =>
      h("div", {}, h("span", { class: "line" }), h("span", {}, who), h("span", { class: "line short" }), h("span", {}, t("date"))))));
}

function levelsTitle(held) {
  const title = held.measure === "amount" ? t("three_levels") : `${t("three_levels")}: ${held.measure}`;
  return held.unit && held.unit !== held.measure ? `${title} (${held.unit})` : title;
}

function letterWeeks(held, person) {
  const weeks = table("pace", "seats");
  if (!weeks || block("pace").measure !== held.measure) return null;
  const rows = weeks.where("rep", person.id);
  const { starts } = block("pace");
  if (!rows.length) return null;
  const names = weeks.names.filter((name) => /^w\d+$/.test(name)).filter((name) => rows.some((row) => isKnown(weeks.at(name, row))));
  return [h("h3", {}, t("weekly_targets")), wide(t("weekly_targets"), h("table", { class: "levels weeks" },
    h("caption", { class: "heard" }, t("weekly_targets")),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("week")), names.map((name) => h("th", { scope: "col", class: "number" }, name.slice(1))))),
    h("tbody", {}, rows.map((row) => h("tr", {}, h("th", { scope: "row" }, weeks.at("period", row)),
      names.map((name, at) => h("td", { class: "number", title: starts[weeks.at("period", row)]?.[at] }, held.amount(weeks.at(name, row)))))))))];
}

/** Measures of a scorecard beside the targets, where the run has scores. */
function letterMeasures(person) {
  const score = block("score");
  if (!score || !score.scores) return null;
  const held = scoreTable("score", "scores");
  if (!held.has("metric") || !held.has("weight")) return null;
  const found = new Map();
  for (const row of held.where("rep", person.id)) {
    const weight = held.at("weight", row);
    if (isKnown(weight) && held.at("metric", row) !== "score") found.set(held.at("metric", row), weight);
  }
  if (!found.size) return null;
  return [h("h3", {}, t("measures")), h("p", {}, [...found].map(([name, weight]) => `${term("metric", name)} ${percent(weight)}`).join(t("comma")))];
}
