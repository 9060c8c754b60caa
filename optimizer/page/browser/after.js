/* The actions that targets take, and the inputs proposed for the next plan. */

function activitiesView() {
  const steps = table("activities", "steps");
  const people = table("activities", "people");
  const names = ["step", "region", "count", "due", "done", "left"].filter((name) => steps.has(name) && tells(steps, name));
  const mostly = ["rep", "region", "step", "count", "due", "done", "left", "conversion", "converted", "flag"];
  return [
    h("p", { class: "lead small" }, t("activities_lead")),
    section(t("activities_steps"), plainTable(t("activities_steps"), steps, null, names)),
    people ? section(t("activities_people"), plainTable(t("activities_people"), people, null, mostly.filter((name) => people.has(name) && tells(people, name)))) : null,
    notesList(block("activities").notes),
  ];
}

/** Return whether a column holds anything. */
function tells(held, name) {
  return rowsIn(held).some((row) => (held.isNumber(name) ? isKnown(held.at(name, row)) : held.at(name, row) !== ""));
}

function nextView() {
  const edits = table("proposal", "edits");
  const names = ["number", "table", "row", "column", "before", "after", "reason", "observations"];
  return [
    h("p", { class: "lead small" }, t("next_lead")),
    section(t("next_edits"), plainTable(t("next_edits"), edits, null, names.filter((name) => edits.has(name) && tells(edits, name)), { row: "whose" })),
    notesList(block("proposal").notes),
  ];
}
