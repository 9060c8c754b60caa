/* The page around its views: heading, ways to go, language, and what an address shows. */

const VIEWS = {
  overview: { group: "plan", draw: overview, has: () => true },
  tree: { group: "plan", draw: treeView, has: () => true },
  people: { group: "plan", draw: peopleView, has: () => plan().listed && plan().seats > 0 },
  reference: { group: "plan", draw: referenceView, has: () => plan().reason("off_reference")?.n > 0 },
  limits: { group: "plan", draw: limitsView, has: () => plan().reason("limits")?.n > 0 },
  changes: { group: "plan", draw: changesView, has: () => plan().reason("changes") !== null },
  weeks: { group: "run", draw: weeksView, has: () => block("pace") !== null },
  activities: { group: "run", draw: activitiesView, has: () => block("activities") !== null },
  results: { group: "run", draw: resultsView, has: () => block("score") !== null || block("review") !== null },
  letters: { group: "run", draw: lettersView, has: () => plan().listed && plan().seats > 0 },
  next: { group: "run", draw: nextView, has: () => block("proposal") !== null },
  pay: { group: "money", draw: payView, has: () => block("pay") !== null },
  cost: { group: "money", draw: costView, has: () => block("cost") !== null },
  scenarios: { group: "money", draw: scenariosView, has: () => block("compared") !== null },
};
const DETAILS = ["company", "region", "team", "rep"];

/** What recalibration moved, and what it could not move. */
function changesView() {
  const held = plan();
  const [changes, left] = ["changes", "not_moved"].map((name) => held.reason(name));
  return [
    h("p", { class: "lead small" }, t("changes_lead")),
    section(t("changes"), plainTable(t("changes"), changes)),
    left && left.n ? section(t("not_moved"), plainTable(t("not_moved"), left)) : null,
  ];
}

function place() {
  const parts = window.location.hash.replace(/^#\/?/, "").split("/").filter(Boolean).map(decodePart);
  const [view = "overview", ...rest] = parts;
  if (DETAILS.includes(view)) return { view, rest: [view, rest[0] ?? ""], title: () => titleOf(view, rest[0] ?? "") };
  const known = view in VIEWS && VIEWS[view].has() ? view : "overview";
  return { view: known, rest, title: () => t(`view_${known}`) };
}

function decodePart(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function titleOf(kind, id) {
  const node = plan().find(kind, id);
  return node ? plan().nameOf(node) : id;
}

/** Draw what the address says. */
function show() {
  const now = place();
  forgetTables();
  const drawn = DETAILS.includes(now.view) ? detailView(...now.rest) : VIEWS[now.view].draw(...now.rest);
  const title = now.title();
  document.title = `${title} · ${core.name}`;
  const kind = DETAILS.includes(now.view) ? h("p", { class: "kind" }, t(now.view === "company" ? "company_level" : now.view)) : null;
  const main = document.getElementById("main");
  main.replaceChildren(kind ?? "", h("h1", { tabindex: -1 }, title), ...drawn.flat(Infinity).filter(Boolean));
  for (const link of document.querySelectorAll("#views a")) {
    const own = link.getAttribute("href") === address(now.view) || (DETAILS.includes(now.view) && link.getAttribute("href") === address("tree"));
    if (own) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

function navigation() {
  const of = (group) => Object.entries(VIEWS).filter(([, view]) => view.group === group && view.has());
  return h("nav", { id: "views", "aria-label": t("views") }, ["plan", "run", "money"].filter((group) => of(group).length).map((group) => [
    h("h2", { id: `group-${group}` }, t(`group_${group}`)),
    h("ul", { "aria-labelledby": `group-${group}` }, of(group).map(([name]) => h("li", {}, h("a", { href: address(name) }, t(`view_${name}`))))),
  ]));
}

function controls() {
  const other = state.lang === "en" ? "zh" : "en";
  const measures = core.measures.length > 1 ? h("label", {}, h("span", {}, t("measure")),
    h("select", { id: "measure", "aria-label": t("measure"), onchange: (event) => { state.measure = Number(event.target.value); state.period = ALL; state.product = ALL; opened.clear(); draw(); } },
      core.measures.map((name, at) => h("option", { value: at, selected: at === state.measure }, name === "amount" ? t("amount") : name)))) : null;
  return h("div", { class: "controls" }, measures,
    h("button", { type: "button", id: "language", class: "plain-button", lang: other === "zh" ? "zh-Hans" : "en", onclick: () => speak(other) }, other === "zh" ? "中文" : "English"),
    h("button", { type: "button", id: "print", class: "plain-button", onclick: () => window.print() }, t("print")));
}

function speak(lang) {
  state.lang = lang;
  document.documentElement.lang = lang === "zh" ? "zh-Hans" : "en";
  draw();
  document.getElementById("language").focus();
}

function status() {
  const { gap } = plan().figures;
  const open = core.status === "gap";
  return h("span", { class: `pill ${open ? "warn" : ""}` }, open ? `▲ ${t("status_gap", { gap: plan().amountWithUnit(gap) })}` : `✓ ${t("status_complete")}`);
}

/** Draw the whole page in the language and measure of the moment. */
function draw() {
  const about = core.region ? `${core.name} · ${core.region}` : core.name;
  document.getElementById("app").replaceChildren(
    h("a", { class: "skip", href: "#main", onclick: (event) => { event.preventDefault(); document.querySelector("h1").focus(); } }, t("skip")),
    patterns(),
    h("header", { class: "top" },
      h("div", {}, h("p", { class: "product" }, t("report")), h("p", { class: "scenario" }, about)),
      core.region ? null : status(), controls()),
    h("div", { class: "frame" }, navigation(), h("main", { id: "main" })),
    h("div", { id: "heard", class: "heard", role: "status", "aria-live": "polite" }));
  show();
}

window.addEventListener("hashchange", () => {
  show();
  window.scrollTo(0, 0);
  document.querySelector("h1").focus({ preventScroll: true });
});

draw();
