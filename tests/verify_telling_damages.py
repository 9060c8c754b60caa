"""Kinds of damage to the tables that tell why, each with words that must be said."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from verify_damages import Case
from verify_runs import Row, add, edit, pick

Change = Callable[[list[Row]], list[Row] | None]

CASES: list[Case] = []
EXPLAIN, REGIONS, ADVICE = "explain.csv", "explain_regions.csv", "advice.csv"
LOCKS, COMMITS, OFF, GROUPS = "locks.csv", "commits.csv", "off_reference.csv", "fairness.csv"
Q1, Q2 = "2024Q1", "2024Q2"


def case(file: str, words: str) -> Callable[[Change], Change]:
    """Put a change of the rows of a table on the list, named after its function."""

    def put(change: Change) -> Change:
        damage = partial(edit, file=file, change=change)
        CASES.append(Case(change.__name__, "why", file, file, words, damage))
        return change

    return put


def shift(rows: list[Row], giver: str, amount: float, **labels: str) -> None:
    """Move an amount from one step of a waterfall to its rounding: the sum stays."""
    add(pick(rows, step=giver, **labels), "amount", -amount)
    add(pick(rows, step="rounding", **labels), "amount", amount)


# ---------------------------------------------------------------- waterfalls of reps


@case(EXPLAIN, "is not the region's reference ask in equal parts")
def equal_share_shifted(rows: list[Row]) -> None:
    shift(rows, "equal share", 2, rep="Bob", period=Q1)


@case(EXPLAIN, "is not what the rep's ability makes")
def ability_shifted(rows: list[Row]) -> None:
    shift(rows, "ability", 0.05, rep="Ann", period=Q1)


@case(EXPLAIN, "is not what the rep's resource factor adds")
def resource_shifted(rows: list[Row]) -> None:
    shift(rows, "resource", 0.05, rep="Bob", period=Q2)


@case(EXPLAIN, "is not what part time and ramp-up add")
def ramp_shifted(rows: list[Row]) -> None:
    shift(rows, "ramp", -0.05, rep="Cid", period=Q1)


@case(EXPLAIN, "is not the over-assignment of reps")
def over_assignment_shifted(rows: list[Row]) -> None:
    shift(rows, "over-assignment", 0.05, rep="Bob", period=Q1)


@case(EXPLAIN, "the steps do not add up to the target")
def step_off_by_a_hundredth(rows: list[Row]) -> None:
    add(pick(rows, rep="Bob", period=Q2, step="fairness shift"), "amount", 0.01)


@case(EXPLAIN, "is no whole multiple of 0.01")
def step_with_three_decimals(rows: list[Row]) -> None:
    shift(rows, "lock", 0.004, rep="Bob", period=Q1)


@case(EXPLAIN, "is an unknown label")
def step_invented(rows: list[Row]) -> None:
    pick(rows, rep="Bob", period=Q2, step="fairness shift")["step"] = "weather"


@case(EXPLAIN, "no limit of the kind min acts there")
def limit_named_that_is_none(rows: list[Row]) -> None:
    pick(rows, rep="Ann", period=Q2, step="capacity")["step"] = "min"


@case(EXPLAIN, "no limit of the kind coverage acts there")
def coverage_told_of_a_rep(rows: list[Row]) -> None:
    pick(rows, rep="Ann", period=Q2, step="capacity")["step"] = "coverage"


@case(EXPLAIN, "stands out of order")
def steps_out_of_order(rows: list[Row]) -> None:
    rows[1], rows[2] = rows[2], rows[1]


@case(EXPLAIN, "its steps do not stand together")
def waterfall_torn_apart(rows: list[Row]) -> list[Row]:
    return [*rows[1:], rows[0]]


@case(EXPLAIN, "does not begin with the step 'equal share'")
def first_step_swallowed(rows: list[Row]) -> list[Row]:
    first = pick(rows, rep="Dee", period=Q1, step="equal share")
    add(pick(rows, rep="Dee", period=Q1, step="rounding"), "amount", float(first["amount"]))
    return [row for row in rows if row is not first]


@case(EXPLAIN, "nothing explains the target")
def waterfall_missing(rows: list[Row]) -> list[Row]:
    return [row for row in rows if (row["rep"], row["period"]) != ("Gil", Q2)]


@case(EXPLAIN, "is an unknown label")
def stranger_explained(rows: list[Row]) -> list[Row]:
    return [*rows, {"rep": "Zoe", "period": Q1, "step": "equal share", "amount": "0.00"}]


@case(EXPLAIN, "stands there twice")
def step_told_twice(rows: list[Row]) -> list[Row]:
    return [*rows, {**rows[0], "amount": "0.00"}]


# ---------------------------------------------------------------- waterfalls of regions


@case(REGIONS, "is not the goal by the shares")
def shares_shifted(rows: list[Row]) -> None:
    shift(rows, "shares", 0.05, period=Q1, region="South", product="MES")


@case(REGIONS, "is not what history makes of the shares")
def history_shifted(rows: list[Row]) -> None:
    shift(rows, "history mix", 0.05, period=Q1, region="South", product="MES")


@case(REGIONS, "the steps do not add up to the target")
def region_off_by_a_hundredth(rows: list[Row]) -> None:
    add(rows[0], "amount", 0.01)


@case(REGIONS, "no limit of the kind eligibility acts there")
def lists_blamed_where_there_are_none(rows: list[Row]) -> None:
    labels = {"period": Q1, "region": "South", "product": "MES"}
    pick(rows, step="fairness shift", **labels)["step"] = "eligibility"


@case(REGIONS, "no limit of the kind capacity acts there")
def capacity_blamed_where_nobody_works(rows: list[Row]) -> None:
    labels = {"period": Q1, "region": "Far", "product": "MES"}
    pick(rows, step="coverage", **labels)["step"] = "capacity"


@case(REGIONS, "nothing explains the target")
def cell_missing(rows: list[Row]) -> list[Row]:
    return [row for row in rows if (row["region"], row["product"]) != ("West", "MES")]


# ---------------------------------------------------------------- advice


@case(ADVICE, "is no known lever")
def lever_invented(rows: list[Row]) -> None:
    rows[0]["lever"] = "luck"


@case(ADVICE, "there is no such place for the lever")
def lever_nowhere(rows: list[Row]) -> None:
    next(row for row in rows if row["lever"] == "share")["where"] = "Far > Moon"


@case(ADVICE, "cannot be pulled so far")
def half_a_rep(rows: list[Row]) -> None:
    next(row for row in rows if row["lever"] == "rep")["change"] = "0.5"


@case(ADVICE, "closes more than the gap")
def too_much_promised(rows: list[Row]) -> None:
    rows[0]["closes"] = "5000"
    rows[0]["text"] = rows[0]["text"].rpartition("closes")[0] + "closes 5,000 of the gap"


@case(ADVICE, "closes nothing")
def nothing_promised(rows: list[Row]) -> list[Row]:
    text = "Put one more rep into West: closes 0 of the gap"
    new = {"lever": "rep", "where": "West", "change": "1", "closes": "0", "text": text}
    return [*rows[:-1], new, rows[-1]]


@case(ADVICE, "no whole multiple of 1")
def part_of_a_unit_promised(rows: list[Row]) -> None:
    last = [row for row in rows if row["lever"] != "combination"][-1]
    closes = float(last["closes"]) - 0.5
    last["closes"] = f"{closes:g}"
    last["text"] = last["text"].rpartition("closes")[0] + f"closes {closes:g} of the gap"


@case(ADVICE, "does not say what the row closes")
def text_says_another_amount(rows: list[Row]) -> None:
    rows[0]["text"] = rows[0]["text"].rpartition("closes")[0] + "closes 7 of the gap"


@case(ADVICE, "the most helpful lever comes first")
def least_helpful_first(rows: list[Row]) -> list[Row]:
    text = "Put one more rep into West: closes 1 of the gap"
    return [{"lever": "rep", "where": "West", "change": "1", "closes": "1", "text": text}, *rows]


@case(ADVICE, "the combination must be the last row")
def combination_first(rows: list[Row]) -> list[Row]:
    return [rows[-1], *rows[:-1]]


# ---------------------------------------------------------------- locks and commits


@case(LOCKS, "owner: is not what the inputs say")
def lock_without_owner(rows: list[Row]) -> None:
    pick(rows, rep="Hal")["owner"] = ""


@case(LOCKS, "reason: is not what the inputs say")
def reason_altered(rows: list[Row]) -> None:
    pick(rows, region="East")["reason"] = "agree"


@case(LOCKS, "expires: is not what the inputs say")
def lock_made_to_last(rows: list[Row]) -> None:
    pick(rows, rep="Hal")["expires"] = "2024-12-3"


@case(LOCKS, "amount: is not what the inputs say")
def lock_amount_altered(rows: list[Row]) -> None:
    add(pick(rows, rep="Hal"), "amount", 1)


@case(LOCKS, "is not the price in limits.csv")
def lock_price_altered(rows: list[Row]) -> None:
    add(pick(rows, rep="Hal"), "price", 0.1)


@case(LOCKS, "does not name the reason")
def reason_kept_from_the_text(rows: list[Row]) -> None:
    row = pick(rows, region="East")
    row["text"] = row["text"].replace("agreed", "so it is")


@case(LOCKS, "is missing")
def lock_hidden(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["rep"] != "Hal"]


@case(LOCKS, "the scenario has no such lock that still holds")
def expired_lock_told(rows: list[Row]) -> list[Row]:
    return [*rows, {**rows[0], "period": Q1, "region": "East", "product": "*", "rep": "Ann"}]


@case(COMMITS, "is not what the inputs and targets give")
def commit_altered(rows: list[Row]) -> None:
    add(rows[0], "commit", 1)


@case(COMMITS, "is not what the inputs and targets give")
def difference_altered(rows: list[Row]) -> None:
    add(rows[0], "difference", 1)


@case(COMMITS, "is not that of the rep")
def offer_from_another_team(rows: list[Row]) -> None:
    rows[0]["team"] = "Two"


@case(COMMITS, "is missing")
def offer_hidden(rows: list[Row]) -> list[Row]:
    return rows[1:]


@case(COMMITS, "the rep offers nothing, or has no targets there")
def offer_invented(rows: list[Row]) -> list[Row]:
    return [*rows, {**rows[0], "rep": "Dee"}]


# ---------------------------------------------------------------- off reference


@case(OFF, "target: is not that of the targets")
def off_reference_target_altered(rows: list[Row]) -> None:
    add(pick(rows, rep="Ann"), "target", 1)


@case(OFF, "reference: is not that of the targets")
def off_reference_reference_altered(rows: list[Row]) -> None:
    add(pick(rows, rep="Ann"), "reference", 1)


@case(OFF, "multiple: is not that of the targets")
def multiple_flattered(rows: list[Row]) -> None:
    pick(rows, rep="Ann")["multiple"] = "1"


@case(OFF, "does not list the kinds of limits")
def acting_limit_hidden(rows: list[Row]) -> None:
    row = next(row for row in rows if row["limit"])
    row["limit"] = ""


@case(OFF, "does not list the kinds of limits")
def acting_limit_invented(rows: list[Row]) -> None:
    pick(rows, rep="Dee")["limit"] = "capacity;potential"


@case(OFF, "role: is not the right one")
def role_altered(rows: list[Row]) -> None:
    pick(rows, rep="Ann")["role"] = "junior"


@case(OFF, "stands too far down")
def furthest_last(rows: list[Row]) -> list[Row]:
    return rows[::-1]


@case(OFF, "is missing")
def person_left_out(rows: list[Row]) -> list[Row]:
    return rows[1:]


@case(OFF, "nobody of that name has targets")
def person_invented(rows: list[Row]) -> list[Row]:
    return [*rows, {**rows[-1], "rep": "Zoe"}]


@case(GROUPS, "reps: is not that of its people")
def head_count_altered(rows: list[Row]) -> None:
    add(pick(rows, group="role", name="senior"), "reps", 1)


@case(GROUPS, "within_20: is not that of its people")
def spread_flattered(rows: list[Row]) -> None:
    pick(rows, group="role", name="senior")["within_20"] = "1"


@case(GROUPS, "target: is not that of the targets")
def group_target_altered(rows: list[Row]) -> None:
    add(pick(rows, group="region", name="South"), "target", 1)


@case(GROUPS, "does not name the kinds of limits")
def group_limits_invented(rows: list[Row]) -> None:
    pick(rows, group="role", name="senior")["limits"] = "year"


@case(GROUPS, "is missing")
def group_left_out(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["name"] != "junior"]


@case(GROUPS, "there is no such role with targets")
def group_invented(rows: list[Row]) -> list[Row]:
    return [*rows, {**pick(rows, group="role", name="senior"), "name": "chief"}]


@case(GROUPS, "is no group of this plan")
def group_of_no_kind(rows: list[Row]) -> None:
    pick(rows, group="role", name="senior")["group"] = "team"
