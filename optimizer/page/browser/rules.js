/* Rules of pay in the reader's language. */

function moneyOf(value, unit) {
  return withUnit(fixed(value, Number.isInteger(value) ? 0 : 2), unit);
}

function matchWords(match) {
  const parts = Object.entries(match).map(([column, values]) =>
    t("match_is", { column: term("column", column.replace(/^x_/, "")), values: values.join(t("or")) || "–" }));
  return parts.length ? parts.join(t("and")) : t("everyone");
}

function fromWords(step) {
  if (step.level) return t("from_level", { level: t(step.level) });
  return step.from ? t("from_share", { share: percent(step.from) }) : t("at_first");
}

/** Steps as a small table: from where on, and what then. */
function stepsTable(caption, heads, rows) {
  return h("table", { class: "steps" },
    h("caption", {}, caption),
    h("thead", {}, h("tr", {}, heads.map((head, at) => h("th", { scope: "col", class: at ? "number" : null }, head)))),
    h("tbody", {}, rows.map(([first, ...rest]) => h("tr", {}, h("th", { scope: "row" }, first), rest.map((cell) => h("td", { class: "number" }, cell))))));
}

function commission(blockOf, rules) {
  const what = blockOf.products.length ? blockOf.products.join(t("and")) : t("all_sales");
  const measure = blockOf.measure === "amount" ? "" : ` (${blockOf.measure})`;
  const rate = (value) => blockOf.per_unit === null || blockOf.per_unit === rules.per_unit
    ? percent(value, 3)
    : t("per_unit", { money: moneyOf(value * blockOf.per_unit, rules.unit) });
  const rows = blockOf.steps.map((step) => [fromWords(step), rate(step.rate)]);
  return stepsTable(t(`commission_${blockOf.mode}`, { what: what + measure }), [t("attainment"), t("rate")], rows);
}

function bonus(paid, rules, people, row) {
  const own = paid.column && people && people.has(paid.column) ? Number(people.at(paid.column, row)) : paid.amount;
  const amount = isKnown(own) ? moneyOf(own, rules.unit) : t("own_incentive", { column: paid.column });
  const rows = paid.steps.map((step) => [fromWords(step), `× ${short(step.multiplier)}`]);
  const { rank, progress } = paid;
  return [
    stepsTable(t(`bonus_${paid.mode}`, { amount }), [t("attainment"), t("multiplier")], rows),
    rank && h("p", {}, t("rank_rule", { top: percent(rank.top), within: t(`within_${rank.within}`), multiplier: short(rank.multiplier), from: percent(rank.from), least: rank.least })),
    progress && h("p", {}, t("progress_rule", { gain: short(progress.gain * 100), from: percent(progress.from), multiplier: short(progress.multiplier) })),
  ];
}

/** Say what a plan pays; with a row of people, to the person it is about. */
function planRules(at, people = null, row = null) {
  const rules = block("rules");
  const paid = rules.plans[at];
  const { cap, guarantee } = paid;
  return h("div", { class: "rules" },
    h("p", {}, t("plan_rule", { name: paid.name, who: matchWords(paid.match), of: t(`of_${paid.of}`), basis: t(`basis_${paid.basis}`) })),
    paid.commissions.map((one) => commission(one, rules)),
    paid.bonus && bonus(paid.bonus, rules, people, row),
    paid.gates.map((gate) => h("p", {}, t(gate.factor === null ? "gate_proportion" : "gate_rule", { metric: term("metric", gate.metric), below: short(gate.below), factor: percent(gate.factor) }))),
    cap && h("p", {}, capWords(cap, rules)),
    guarantee && h("p", {}, t("guarantee_rule", { amount: moneyOf(guarantee.amount, rules.unit), periods: guarantee.periods })),
    whenPaid(paid),
    rules.pools.map((pool) => h("p", {}, t("pool_rule", { name: pool.name, group: t(`group_${pool.of}`), trigger: percent(pool.trigger), rate: percent(pool.rate), over: percent(pool.over), against: t(`against_${pool.against}`), split: t(`split_${pool.split}`), who: matchWords(pool.match) }), whenPaid(pool))),
    rules.awards.map((award) => h("p", {}, t("award_rule", { name: award.name, who: matchWords(award.match), metric: term("metric", award.metric), least: award.metric === "attainment" ? percent(award.at_least) : short(award.at_least), periods: award.periods, gets: [award.text, award.amount ? moneyOf(award.amount, rules.unit) : ""].filter(Boolean).join(", ") }), whenPaid(award))));
}

/** When something is paid, in the planner's own words. */
function whenPaid({ paid }) {
  return paid && h("span", {}, ` ${t("when_paid", { when: paid })}`);
}

function capWords(cap, rules) {
  const most = cap.amount === null ? t("times_incentive", { times: short(cap.times) }) : moneyOf(cap.amount, rules.unit);
  return t("cap_rule", { most });
}
