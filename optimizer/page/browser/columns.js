/* Columns of tables by what they hold: names, words of the program, people, numbers. */

/** Return a column of labels of a table; `group` and `place` name the words for what it holds. */
function labelColumn(held, key, label, group = null, place = key) {
  const told = (name) => {
    if (name === ALL) return t("all");
    return inWords(place, name, group);
  };
  return { key, label, text: (row) => told(held.at(key, row)) };
}

/** Return what a program has written into a column, in the page's language. */
function inWords(place, name, group = null) {
  const own = spoken(place, name);
  return own === name && group && name ? term(group, name) : own;
}

/** Return a column of names, each of the dimension beside it; those of pay are the program's own. */
function namedColumn(held, key, label) {
  const own = { tier: (name) => inWords("rate", name), component: (name) => inWords("component", name, "component") };
  const text = (row) => (own[held.at("dimension", row)] ?? ((name) => (name === ALL ? t("all") : name)))(held.at(key, row));
  return { key, label, text };
}

/** Return a column of numbers of a table. */
function numberColumn(held, key, label, shown) {
  return { key, label, value: (row) => held.at(key, row), text: (row) => shown(held.at(key, row)) };
}

/** Return a column of people with a way to each. */
function repColumn(held, key) {
  const text = (row) => (held.at(key, row) === ALL ? t("all") : held.at(key, row));
  const cell = (row) => {
    const name = held.at(key, row);
    return plan().find("rep", name) ? h("a", { href: address("rep", name) }, name) : text(row);
  };
  return { key, label: term("column", key), text, cell };
}

/** Return a table of a file as it is, each column by what it holds. */
function plainTable(caption, held, rows = null, names = held.names, places = {}) {
  const columns = names.filter((name) => held.has(name)).map((name) => {
    const label = columnWords(name);
    if (name === "rep") return repColumn(held, name);
    if (name === "name" && held.has("dimension")) return namedColumn(held, name, label);
    if (!held.isNumber(name)) return labelColumn(held, name, label, valueWords(name), places[name] ?? name);
    return numberColumn(held, name, label, isShare(held, name) ? (value) => percent(value, 1) : asLarge(held, name));
  });
  return dataTable({ caption, columns, rows: rows ?? rowsIn(held) });
}

/** Return the heading of a column; one of a run is called after what it holds, then the run. */
function columnWords(name) {
  const [first, ...run] = name.split(" ");
  const known = run.length > 0 && `column.${first}` in words[state.lang];
  return known ? `${term("column", first)} ${run.join(" ")}` : term("column", name);
}

/** Return how to show the numbers of a column: the larger they are, the fewer decimals. */
function asLarge(held, name) {
  let most = 0;
  let whole = true;
  for (let row = 0; row < held.n; row += 1) {
    const value = held.at(name, row);
    if (!isKnown(value)) continue;
    most = Math.max(most, Math.abs(value));
    whole &&= Number.isInteger(value);
  }
  if (whole) return (value) => fixed(value);
  if (most < 1000) return (value) => short(value, 4);
  return (value) => fixed(value, most < 100000 ? Math.max(1, plan().decimals) : plan().decimals);
}

const SHARES = /^(attainment|share|rate|probability.*|pace|weight|conversion|converted|change .+|share_.*|within_.*|.*_attainment|.*_chance)$/;
const RELATIVE = /^(change|change_year|gain)$/;
const FACTS = /^(told|binding( .+)?)$/;
const isShare = (held, name) => SHARES.test(name) || (RELATIVE.test(name) && held.has("attainment"));

function valueWords(name) {
  if (FACTS.test(name)) return "fact";
  return { kind: "limit", side: "side", level: "level", dimension: "level", status: "light", lever: "lever", flag: "flag" }[name] ?? null;
}
