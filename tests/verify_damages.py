"""Kinds of damage to a run folder, each with the file to blame and words that must be said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from verify_runs import Row, add, edit, edit_json, pick

Damage = Callable[[Path], None]


@dataclass(frozen=True)
class Case:
    """One kind of damage.

    Attributes
    ----------
    name : str
    world : str
        The run that is damaged.
    changed : str
        The file that is changed; its hash no longer fits.
    blamed : str
        The file that a rule must name when the hash is made to fit.
    words : str
        What that rule must say.
    """

    name: str
    world: str
    changed: str
    blamed: str
    words: str
    damage: Damage


CASES: list[Case] = []
TARGETS, ROLLUP, GAPS = "targets.csv", "rollup.csv", "gaps.csv"
LIMITS, PRICES, RUN, FAIRNESS = "limits.csv", "prices.csv", "run.json", "fairness.json"
Q1, Q2 = "2024Q1", "2024Q2"


def case(
    changed: str, blamed: str, words: str, world: str = "people"
) -> Callable[[Damage], Damage]:
    """Put a kind of damage on the list, named after its function."""

    def put(damage: Damage) -> Damage:
        CASES.append(Case(damage.__name__, world, changed, blamed, words, damage))
        return damage

    return put


def move(rows: list[Row], giver: Row, taker: Row, amount: float) -> None:
    """Move a target, with floor and stretch, so that only the reps' own rules can object."""
    for column in ("floor", "target", "stretch"):
        add(giver, column, -amount)
        add(taker, column, amount)


def cell(rows: list[Row], period: str, rep: str, product: str) -> Row:
    """Return a row of the targets."""
    return pick(rows, period=period, rep=rep, product=product)


# ---------------------------------------------------------------- targets


@case(TARGETS, ROLLUP, "is not the sum of its cells")
def cell_plus_one(run: Path) -> None:
    edit(run, TARGETS, lambda rows: add(cell(rows, Q1, "Ann", "MES"), "target", 1))


@case(TARGETS, TARGETS, "equal reps differ")
def two_cells_swapped(run: Path) -> None:
    def change(rows: list[Row]) -> None:
        one, other = cell(rows, Q2, "Ann", "Twin"), cell(rows, Q2, "Cid", "Twin")
        for column in ("floor", "target", "stretch"):
            one[column], other[column] = other[column], one[column]

    edit(run, TARGETS, change)


@case(TARGETS, TARGETS, "equal reps differ")
def equal_reps_unequal(run: Path) -> None:
    edit(run, TARGETS, lambda rows: move(
        rows, cell(rows, Q2, "Bob", "Twin"), cell(rows, Q2, "Ann", "Twin"), 3))  # fmt: skip


@case(TARGETS, TARGETS, "smaller reference has the larger target")
def order_turned_round(run: Path) -> None:
    def change(rows: list[Row]) -> None:
        for rep in ("Ann", "Bob"):
            move(rows, cell(rows, Q1, rep, "MES"), cell(rows, Q1, "Cid", "MES"), 25)

    edit(run, TARGETS, change)


@case(TARGETS, TARGETS, "above the rep's usable capacity")
def capacity_broken(run: Path) -> None:
    edit(run, TARGETS, lambda rows: move(
        rows, cell(rows, Q2, "Cid", "Twin"), cell(rows, Q2, "Dee", "Twin"), 2))  # fmt: skip


@case(TARGETS, TARGETS, "below the rep's min")
def min_broken(run: Path) -> None:
    edit(run, TARGETS, lambda rows: move(
        rows, cell(rows, Q1, "Fay", "MES"), cell(rows, Q1, "Eve", "MES"), 4))  # fmt: skip


@case(TARGETS, TARGETS, "a lock fixes")
def rep_lock_broken(run: Path) -> None:
    edit(run, TARGETS, lambda rows: move(
        rows, cell(rows, Q2, "Hal", "MES"), cell(rows, Q2, "Ina", "MES"), 1))  # fmt: skip


@case(TARGETS, TARGETS, "not eligible")
def ineligible_cell(run: Path) -> None:
    def change(rows: list[Row]) -> None:
        rows.append({**cell(rows, Q1, "Dee", "MES"), "product": "Service"})

    edit(run, TARGETS, change)


@case(TARGETS, TARGETS, "closed")
def closed_cell(run: Path) -> None:
    def change(rows: list[Row]) -> None:
        rows.append({**cell(rows, Q2, "Ann", "MES"), "product": "Service"})

    edit(run, TARGETS, change)


@case(TARGETS, TARGETS, "row is missing")
def cell_missing(run: Path) -> None:
    edit(run, TARGETS, lambda rows: [row for row in rows if row["rep"] != "Gil"])


@case(TARGETS, TARGETS, "is negative")
def negative_target(run: Path) -> None:
    def change(rows: list[Row]) -> None:
        cell(rows, Q1, "Ann", "MES")["target"] = "-5"

    edit(run, TARGETS, change)


@case(TARGETS, TARGETS, "no whole multiple of 1")
def broken_unit(run: Path) -> None:
    edit(run, TARGETS, lambda rows: add(cell(rows, Q1, "Ann", "MES"), "target", 0.5))


@case(TARGETS, TARGETS, "floor is above the target")
def floor_above_target(run: Path) -> None:
    def change(rows: list[Row]) -> None:
        row = cell(rows, Q1, "Ann", "MES")
        row["floor"] = f"{float(row['target']) + 1:g}"

    edit(run, TARGETS, change)


@case(TARGETS, TARGETS, "more than a unit away from target × floor ratio")
def floor_too_low(run: Path) -> None:
    edit(run, TARGETS, lambda rows: add(cell(rows, Q1, "Ann", "MES"), "floor", -3))


@case(TARGETS, TARGETS, "stretch is below the target")
def stretch_below_target(run: Path) -> None:
    def change(rows: list[Row]) -> None:
        row = cell(rows, Q1, "Ann", "MES")
        row["stretch"] = f"{float(row['target']) - 1:g}"

    edit(run, TARGETS, change)


@case(TARGETS, TARGETS, "above the capacity without buffer")
def stretch_above_capacity(run: Path) -> None:
    edit(run, TARGETS, lambda rows: add(cell(rows, Q1, "Gil", "MES"), "stretch", 30))


@case(TARGETS, TARGETS, "is not what region, product mix and weight give")
def reference_altered(run: Path) -> None:
    edit(run, TARGETS, lambda rows: add(cell(rows, Q1, "Ann", "MES"), "reference", 0.01))


@case(TARGETS, TARGETS, "does not belong there")
def rep_in_another_team(run: Path) -> None:
    def change(rows: list[Row]) -> None:
        cell(rows, Q1, "Ann", "MES")["team"] = "Two"

    edit(run, TARGETS, change)


@case(TARGETS, TARGETS, "unknown label")
def unknown_region(run: Path) -> None:
    def change(rows: list[Row]) -> None:
        cell(rows, Q1, "Ann", "MES")["region"] = "Esat"

    edit(run, TARGETS, change)


@case(TARGETS, TARGETS, "duplicate row")
def duplicate_row(run: Path) -> None:
    edit(run, TARGETS, lambda rows: [*rows, rows[0]])


@case(TARGETS, TARGETS, "lacks the column floor")
def column_missing(run: Path) -> None:
    edit(run, TARGETS, lambda rows: [
        {name: value for name, value in row.items() if name != "floor"} for row in rows
    ])  # fmt: skip


@case(TARGETS, TARGETS, "does not belong there")
def column_too_many(run: Path) -> None:
    edit(run, TARGETS, lambda rows: [{**row, "bonus": "1"} for row in rows])


@case(TARGETS, TARGETS, "is not a number")
def word_for_a_number(run: Path) -> None:
    def change(rows: list[Row]) -> None:
        cell(rows, Q1, "Ann", "MES")["target"] = "many"

    edit(run, TARGETS, change)


@case(TARGETS, TARGETS, "cannot be read")
def not_a_table(run: Path) -> None:
    (run / TARGETS).write_bytes(b"\xff\xfe\x00target\x9d\x00" * 40)


@case(TARGETS, TARGETS, "is empty")
def empty_file(run: Path) -> None:
    (run / TARGETS).write_bytes(b"")


# ---------------------------------------------------------------- roll-up


@case(ROLLUP, ROLLUP, "is not the sum of its cells")
def company_total_off(run: Path) -> None:
    edit(run, ROLLUP, lambda rows: add(
        pick(rows, period="*", region="*", team="*", product="*"), "target", 1))  # fmt: skip


@case(ROLLUP, ROLLUP, "is not the sum of its cells")
def parent_row_off(run: Path) -> None:
    edit(run, ROLLUP, lambda rows: add(
        pick(rows, period=Q1, region="Coast", team="*", product="Twin"), "floor", -1))  # fmt: skip


@case(ROLLUP, ROLLUP, "is not the sum of its cells")
def street_off(run: Path) -> None:
    edit(run, ROLLUP, lambda rows: add(
        pick(rows, period=Q2, region="South", team="*", product="*"), "street", 2))  # fmt: skip


@case(ROLLUP, ROLLUP, "is not the sum of the team's cells")
def team_row_off(run: Path) -> None:
    edit(run, ROLLUP, lambda rows: add(
        pick(rows, period="*", team="Two", product="*"), "street", 1))  # fmt: skip


@case(ROLLUP, ROLLUP, "is not ask less target")
def gap_column_off(run: Path) -> None:
    edit(run, ROLLUP, lambda rows: add(
        pick(rows, period=Q1, region="West", team="*", product="MES"), "gap", 1))  # fmt: skip


@case(ROLLUP, ROLLUP, "row is missing")
def rollup_row_missing(run: Path) -> None:
    edit(run, ROLLUP, lambda rows: [row for row in rows if row["region"] != "Coast"])


@case(ROLLUP, ROLLUP, "is not the usable one of the slice")
def potential_column_off(run: Path) -> None:
    def change(rows: list[Row]) -> None:
        add(pick(rows, period="*", region="West", team="*", product="Twin"), "potential", 4)

    edit(run, ROLLUP, change)


@case(ROLLUP, ROLLUP, "is not what shares and history give")
def reference_moved(run: Path) -> None:
    def change(rows: list[Row]) -> None:
        for region in ("East", "Coast", "*"):
            for product in ("MES", "*"):
                labels = {"region": region, "team": "*", "product": product}
                add(pick(rows, period=Q1, **labels), "reference", 1)
                add(pick(rows, period=Q2, **labels), "reference", -1)

    edit(run, ROLLUP, change)


@case(ROLLUP, ROLLUP, "add up to less than the target")
def target_above_street(run: Path) -> None:
    def change(rows: list[Row]) -> None:
        for region in ("South", "Coast", "*"):
            for product in ("MES", "*"):
                for period in (Q1, "*"):
                    row = pick(rows, period=period, region=region, team="*", product=product)
                    add(row, "ask", 9)
                    add(row, "target", 9)

    edit(run, ROLLUP, change)


@case(ROLLUP, ROLLUP, "goal with over-assignment")
def ask_off(run: Path) -> None:
    def change(rows: list[Row]) -> None:
        for row in rows:
            if row["team"] == "*" and row["region"] in ("West", "Inland", "*"):
                for period, product in ((Q1, "MES"), (Q1, "*"), ("*", "MES"), ("*", "*")):
                    if (row["period"], row["product"]) == (period, product):
                        add(row, "ask", 1)
                        add(row, "gap", 1)

    edit(run, ROLLUP, change)


# ---------------------------------------------------------------- limits of the inputs


@case("scenario/potential.csv", ROLLUP, "above the usable potential")
def potential_shrunk(run: Path) -> None:
    def change(rows: list[Row]) -> None:
        pick(rows, region="West", product="Twin")["potential"] = "20"

    edit(run, "scenario/potential.csv", change)


@case("scenario/locks.csv", ROLLUP, "a lock fixes")
def region_lock_changed(run: Path) -> None:
    edit(run, "scenario/locks.csv", lambda rows: add(pick(rows, region="East"), "amount", 2))


@case("scenario/shares.csv", ROLLUP, "outside the share band")
def band_narrowed(run: Path) -> None:
    def change(rows: list[Row]) -> None:
        rows[0]["max_share"] = "0.25"

    edit(run, "scenario/shares.csv", change)


@case("scenario/people.csv", TARGETS, "not eligible")
def product_list_shortened(run: Path) -> None:
    def change(rows: list[Row]) -> None:
        pick(rows, rep="Dee")["products"] = "MES"

    edit(run, "scenario/people.csv", change)


@case("scenario/people.csv", TARGETS, "is not what region, product mix and weight give")
def stale_people(run: Path) -> None:
    def change(rows: list[Row]) -> None:
        pick(rows, rep="Fay")["resource"] = "1.4"

    edit(run, "scenario/people.csv", change)


@case("scenario/history.csv", ROLLUP, "is not what shares and history give")
def stale_history(run: Path) -> None:
    def change(rows: list[Row]) -> None:
        rows[0]["amount"] = "400"

    edit(run, "scenario/history.csv", change)


@case("scenario/scenario.toml", RUN, "does not agree with the tables")
def stale_goal(run: Path) -> None:
    path = run / "scenario/scenario.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("target = 1000", "target = 990"),
                    encoding="utf-8")  # fmt: skip


@case("scenario/scenario.toml", "scenario/scenario.toml", "cannot be read")
def settings_broken(run: Path) -> None:
    (run / "scenario/scenario.toml").write_text("goal = = 5\n", encoding="utf-8")


@case("scenario/people.csv", "scenario/people.csv", "is not a known region")
def stranger_in_people(run: Path) -> None:
    def change(rows: list[Row]) -> None:
        pick(rows, rep="Fay")["region"] = "Nowhere"

    edit(run, "scenario/people.csv", change)


# ---------------------------------------------------------------- gaps, limits, fairness


@case(GAPS, GAPS, "is missing")
def gap_row_removed(run: Path) -> None:
    edit(run, GAPS, lambda rows: rows[1:])


@case(GAPS, GAPS, "is not the gap of the cell")
def gap_amount_off(run: Path) -> None:
    edit(run, GAPS, lambda rows: add(rows[0], "gap", 1))


@case(GAPS, GAPS, "is no known cause")
def cause_invented(run: Path) -> None:
    edit(run, GAPS, lambda rows: rows[0].update(cause="weather"))


@case(GAPS, GAPS, "no rep works there")
def cause_wrong(run: Path) -> None:
    def change(rows: list[Row]) -> None:
        next(row for row in rows if row["region"] == "Far")["cause"] = "capacity"

    edit(run, GAPS, change)


@case(LIMITS, LIMITS, "is not the room between value and limit")
def slack_off(run: Path) -> None:
    edit(run, LIMITS, lambda rows: add(pick(rows, kind="potential", region="West"), "slack", 1))


@case(LIMITS, LIMITS, "does not agree with the inputs and tables")
def limit_off(run: Path) -> None:
    def change(rows: list[Row]) -> None:
        row = pick(rows, kind="capacity", period=Q1, rep="Dee")
        add(row, "limit", 6)
        add(row, "slack", 6)

    edit(run, LIMITS, change)


@case(LIMITS, LIMITS, "row is missing")
def limit_row_removed(run: Path) -> None:
    edit(run, LIMITS, lambda rows: [row for row in rows if row["kind"] != "min"])


@case(LIMITS, LIMITS, "the scenario has no such limit")
def limit_invented(run: Path) -> None:
    edit(run, LIMITS, lambda rows: [*rows, {**rows[0], "kind": "growth", "side": "max"}])


@case(LIMITS, LIMITS, "does not agree with the shadow price")
def binding_denied(run: Path) -> None:
    edit(run, LIMITS, lambda rows: next(
        row for row in rows if row["binding"] == "true").update(binding="false"))  # fmt: skip


@case(LIMITS, LIMITS, "does not agree with the shadow price")
def price_wiped(run: Path) -> None:
    edit(run, LIMITS, lambda rows: next(
        row for row in rows if row["binding"] == "true").update(shadow_price="0"))  # fmt: skip


@case(LIMITS, LIMITS, "does not agree with the shadow price")
def binding_no_truth(run: Path) -> None:
    edit(run, LIMITS, lambda rows: rows[0].update(binding="perhaps"))


@case(FAIRNESS, FAIRNESS, "is not what the targets give")
def fairness_flattered(run: Path) -> None:
    edit_json(run, FAIRNESS, lambda content: content.update(gini=0.001))


@case(FAIRNESS, FAIRNESS, "correlation_history: is not what the targets give")
def correlation_with_history_flattered(run: Path) -> None:
    edit_json(run, FAIRNESS, lambda content: content.update(correlation_history=1.0))


@case(FAIRNESS, FAIRNESS, "correlation_potential: is not what the targets give")
def correlation_with_potential_invented(run: Path) -> None:
    edit_json(run, FAIRNESS, lambda content: content.update(correlation_potential=0.9))


@case(FAIRNESS, FAIRNESS, "correlation_potential: is not what the targets give", world="regional")
def correlation_of_one_region(run: Path) -> None:
    edit_json(run, FAIRNESS, lambda content: content.update(correlation_potential=1.0))


@case(FAIRNESS, FAIRNESS, "correlation_history: is missing")
def correlation_left_out(run: Path) -> None:
    edit_json(run, FAIRNESS, lambda content: content.pop("correlation_history"))


# ---------------------------------------------------------------- the proof


@case(PRICES, PRICES, "wrong sign")
def price_of_wrong_sign(run: Path) -> None:
    def change(rows: list[Row]) -> None:
        pick(rows, step="fairness", kind="street")["price"] = "-1"

    edit(run, PRICES, change)


@case(PRICES, RUN, "is more than the prices of prices.csv prove")
def price_removed(run: Path) -> None:
    edit(run, PRICES, lambda rows: [
        row for row in rows if (row["step"], row["kind"]) != ("fairness", "street")
    ])  # fmt: skip


@case(PRICES, RUN, "is not the most that the gap prices of prices.csv prove")
def gap_price_removed(run: Path) -> None:
    edit(run, PRICES, lambda rows: [
        row for row in rows if (row["step"], row["region"]) != ("gap", "Far")
    ])  # fmt: skip


@case(PRICES, PRICES, "is the price of no rule of this scenario")
def price_of_no_rule(run: Path) -> None:
    edit(run, PRICES, lambda rows: [*rows, {**rows[0], "kind": "wish", "side": "max"}])


@case(RUN, RUN, "is more than the prices of prices.csv prove")
def bound_raised(run: Path) -> None:
    def change(content: dict[str, float]) -> None:
        content["bound"] *= 1.00005

    edit_json(run, RUN, change)


@case(RUN, RUN, "is not within 0.0001 of its bound")
def objective_worse(run: Path) -> None:
    def change(content: dict[str, float]) -> None:
        content["objective"] *= 1.01

    edit_json(run, RUN, change)


@case(RUN, RUN, "is not the most that the gap prices of prices.csv prove")
def most_raised(run: Path) -> None:
    edit_json(run, RUN, lambda content: content["proof"].update(placed_most=980.0))


# ---------------------------------------------------------------- run.json


def _figure(key: str, value: object) -> Damage:
    return lambda run: edit_json(run, RUN, lambda content: content.update({key: value}))


for figure in ("goal", "placed", "street", "gap", "over_assignment_short", "street_short"):
    CASES.append(
        Case(f"figure_{figure}", "people", RUN, RUN, "does not agree with the tables",
             _figure(figure, 77.0))
    )  # fmt: skip
CASES += [
    Case("figure_stretch_gap", "people", RUN, RUN, "does not agree with the inputs",
         _figure("stretch_gap", 3.0)),
    Case("figure_objective_rounded", "people", RUN, RUN, "unfairness of the written plan",
         _figure("objective_rounded", 1.0)),
    Case("figure_no_number", "people", RUN, RUN, "missing or no number",
         _figure("placed", "many")),
    Case("gap_called_complete", "people", RUN, RUN, "does not fit the gap",
         _figure("status", "complete")),
    Case("complete_called_gap", "regional", RUN, RUN, "does not fit the gap",
         _figure("status", "gap")),
    Case("status_invented", "people", RUN, RUN, "is none of complete, gap",
         _figure("status", "fine")),
    Case("command_altered", "people", RUN, RUN, "command: is not that of the run",
         _figure("command", "pay")),
    Case("seed_altered", "people", RUN, RUN, "seed: is not that of the run",
         _figure("seed", 5)),
    Case("name_altered", "people", RUN, RUN, "name: is not that of the run",
         _figure("name", "other")),
    Case("method_invented", "people", RUN, RUN, "method: is none of decomposed, pooled",
         _figure("method", "magic")),
    Case("assumptions_no_list", "people", RUN, RUN, "assumptions: is no list of texts",
         _figure("assumptions", "none")),
    Case("assumption_no_text", "people", RUN, RUN, "assumptions: is no list of texts",
         _figure("assumptions", [1])),
    Case("verification_failed", "people", RUN, RUN, "is no plan",
         _figure("verification", {"checks": 41, "failed": 2})),
    Case("verification_uncounted", "people", RUN, RUN, "verification.checks: is no whole number",
         _figure("verification", {"checks": "many", "failed": 0})),
    Case("verification_missing", "people", RUN, RUN, "verification: is missing",
         _figure("verification", None)),
]  # fmt: skip


# ---------------------------------------------------------------- a regional plan, two measures


@case(TARGETS, ROLLUP, "is not the sum of its cells", world="regional")
def regional_cell_plus_one(run: Path) -> None:
    edit(run, TARGETS, lambda rows: add(rows[0], "target", 0.5))


@case(TARGETS, TARGETS, "no whole multiple of 0.5", world="regional")
def regional_broken_unit(run: Path) -> None:
    edit(run, TARGETS, lambda rows: add(rows[0], "target", 0.25))


@case("scenario/potential.csv", ROLLUP, "above the usable potential", world="regional")
def regional_potential_shrunk(run: Path) -> None:
    edit(run, "scenario/potential.csv", lambda rows: add(rows[0], "potential", -2))


@case(TARGETS, TARGETS, "lacks the column measure", world="measures")
def measure_column_missing(run: Path) -> None:
    edit(run, TARGETS, lambda rows: [
        {name: value for name, value in row.items() if name != "measure"} for row in rows
    ])  # fmt: skip


@case(ROLLUP, ROLLUP, "is an unknown label", world="measures")
def measure_unknown(run: Path) -> None:
    edit(run, ROLLUP, lambda rows: rows[0].update(measure="clients"))


@case(TARGETS, ROLLUP, "is not the sum of its cells", world="measures")
def second_measure_cell(run: Path) -> None:
    edit(run, TARGETS, lambda rows: add(
        pick(rows, measure="customers", rep="Eve"), "target", 1))  # fmt: skip


@case(RUN, RUN, "is missing", world="measures")
def measure_left_out(run: Path) -> None:
    edit_json(run, RUN, lambda content: content["measures"].pop("customers"))


@case(RUN, RUN, "does not agree with the main measure", world="measures")
def top_figure_off(run: Path) -> None:
    edit_json(run, RUN, lambda content: content.update(placed=1.0))


@case(RUN, RUN, "does not fit the measures", world="measures")
def top_status_flipped(run: Path) -> None:
    edit_json(run, RUN, lambda content: content.update(status="gap"))


@case("scenario/regions_customers.csv", ROLLUP, "is not what shares and history give", "measures")
def stale_regions_of_measure(run: Path) -> None:
    edit(run, "scenario/regions_customers.csv", lambda rows: add(rows[0], "share", 0.1))
