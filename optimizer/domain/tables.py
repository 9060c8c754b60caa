"""Every input table, declared once: its columns, their kinds, bounds and meaning.

Reading, checking, the written copy of a scenario and the documentation all follow this
declaration; nothing else in the program lists the columns of an input table.
"""

from __future__ import annotations

from optimizer.domain.columns import (
    Column,
    Kind,
    Table,
    amount,
    bands,
    label,
    ratio,
    share,
    slices,
)

PEOPLE = Table(
    "people",
    "Who carries targets, open positions included; without it the plan is regional.",
    (
        label("rep", "Unique name or number of the rep.", required=True),
        label("region", "Region the rep works in, a leaf of the tree.", required=True),
        label("team", "Team of the rep; a team lies in one region."),
        label("role", "Role, such as senior or newcomer; pay rules match on it."),
        ratio("ability", "Ability factor; blank means by rank of history."),
        ratio("resource", "Resource factor of the patch; blank means 1."),
        ratio("fte", "Share of a full position; scales the weight only; blank means 1."),
        Column("start", Kind.DATE, "First day at work; the ramp counts from its month."),
        Column("open", Kind.BOOL, "Yes for a position that is not filled yet."),
        amount("capacity", "Most the rep can carry per period; blank means no limit."),
        amount("min", "Least the rep must carry per period; blank means 0."),
        amount("min_total", "Least over all periods together."),
        amount("max_total", "Most over all periods together."),
        ratio("max_growth", "Most growth over the rep's last year; 0.2 means 20 %.", low=-1.0),
        ratio("floor", "Floor as a ratio to the target, in place of the scenario's.", high=1.0),
        ratio("stretch", "Stretch as a ratio to the target, in place of the scenario's.", low=1.0),
        amount("commit", "What the rep offers per period; reported, never a limit."),
        Column("products", Kind.LIST, "Products the rep sells, separated by ;. Blank means all."),
        Column("name", Kind.TEXT, "Name to show."),
        Column("email", Kind.TEXT, "Address; left out of copies.", personal=True),
    ),
    key=("rep",),
    filled=True,
)

CAPACITY = Table(
    "capacity",
    "Final capacity and minimum of a rep in a period, in place of those in people.",
    (
        label("rep", "Rep, as in people.", required=True),
        label("period", "Period of the plan.", required=True),
        amount("capacity", "Most the rep can carry in the period; not ramped."),
        amount("min", "Least the rep must carry in the period; not ramped."),
    ),
    key=("rep", "period"),
    either=("capacity", "min"),
)

REGIONS = Table(
    "regions",
    "The regions, as a tree; people sit on its leaves. At most 100 lie above one.",
    (
        label("region", "Name of the region.", required=True),
        label("parent", "Region above it; blank means directly below the company."),
        share("share", "Share of the parent; blank shares take what the others leave."),
        *bands(),
    ),
    key=("region",),
    filled=True,
)

PRODUCTS = Table(
    "products",
    "The product lines.",
    (
        label("product", "Name of the product line.", required=True),
        Column("lifecycle", Kind.TEXT, "Stage of life, such as new or mature; for reports."),
        ratio("effort", "Capacity that one unit of the product takes; blank means 1."),
        share("share", "Share of the goal; blank shares take what the others leave."),
        *bands(),
    ),
    key=("product",),
    filled=True,
)

PERIODS = Table(
    "periods",
    "Dates, weeks and shares of the periods.",
    (
        label("period", "Label, as in the scenario's periods.", required=True),
        Column("start", Kind.DATE, "First day; needed for labels that carry no date."),
        Column("weeks", Kind.NUMBER, "Number of weeks.", low=1.0, high=53.0, whole=True),
        share("share", "Share of the goal; blank shares take what the others leave."),
        *bands(),
    ),
    key=("period",),
    filled=True,
)

SHARES = Table(
    "shares",
    "Share bands of slices: of the slice without its first named of product, region, period.",
    (
        *slices(),
        share("share", "Share of the slice.", high=1.0, required=True),
        *bands(),
    ),
    key=("period", "region", "product"),
    either=("period", "region", "product"),
)

POTENTIAL = Table(
    "potential",
    "What the market of a slice can give; every row is a limit, a missing row is none.",
    (
        *slices(),
        amount("potential", "Most that the slice can give; 0 means no market.", required=True),
    ),
    key=("period", "region", "product"),
)

HISTORY = Table(
    "history",
    "What was sold: order lines or aggregates.",
    (
        label("period", "Period of the sale, past ones included."),
        Column("date", Kind.DATE, "Day of the sale, in place of the period."),
        label("region", "Region."),
        label("team", "Team."),
        label("rep", "Rep, past ones included."),
        label("product", "Product."),
        Column(
            "amount",
            Kind.NUMBER,
            "Amount sold; returns may be negative where sales outweigh them.",
            required=True,
        ),
    ),
    either=("period", "date"),
)

WEEKLY = Table(
    "weekly",
    "What was sold week by week, to learn the curve of a period.",
    (
        label("period", "Period of the sale, past ones included.", required=True),
        Column(
            "week",
            Kind.NUMBER,
            "Week of the period, from 1.",
            required=True,
            low=1.0,
            high=53.0,
            whole=True,
        ),
        label("rep", "Rep."),
        label("region", "Region."),
        Column("amount", Kind.NUMBER, "Amount sold.", required=True),
    ),
)

LOCKS = Table(
    "locks",
    "Targets that are fixed: with a rep the rep's target, without one the region's.",
    (
        *slices(),
        label("rep", "Rep whose target is fixed; blank means the region target."),
        amount("amount", "The fixed amount, a multiple of the rounding.", required=True),
        Column("owner", Kind.TEXT, "Who decided it."),
        Column("reason", Kind.TEXT, "Why."),
        Column("expires", Kind.DATE, "Last day it holds, judged against as_of."),
    ),
)

METRICS = Table(
    "metrics",
    "Measures beside the amount, such as the collection rate.",
    (
        label("period", "Period of the plan, or a dated one before it.", required=True),
        label("rep", "Rep, as in people.", required=True),
        label("metric", "Name of the measure.", required=True),
        Column("value", Kind.NUMBER, "Its value.", required=True, percent=True),
    ),
    key=("period", "rep", "metric"),
)

POOL_MEMBERS = Table(
    "pool_members",
    "Who shares a pool, and how much of it.",
    (
        label("pool", "Name of the pool.", required=True),
        label("rep", "Rep, as in people.", required=True),
        share("share", "Share of the pool.", required=True),
    ),
    key=("pool", "rep"),
)

ACTIVITY = Table(
    "activity",
    "Rates of the steps that lead to a deal, where they differ from those of the funnel.",
    (
        label("rep", "Rep, as in people; blank means all."),
        label("role", "Role, as in people; blank means all."),
        label("region", "Region, leaf or parent; blank means all."),
        label("step", "Step of the funnel.", required=True),
        share("conversion", "Share of the step that becomes the next, above 0.", high=1.0),
        amount("deal_size", "Mean amount of a deal, above 0; in the row of the last step."),
    ),
    key=("rep", "role", "region", "step"),
    either=("conversion", "deal_size"),
    filled=True,
)

ACTIVITIES = Table(
    "activities",
    "Actions done in the weeks of the plan so far; given to commands, no part of a scenario.",
    (
        label("period", "Period of the plan.", required=True),
        Column("week", Kind.NUMBER, "Week of the period, from 1.", required=True,
               low=1.0, high=53.0, whole=True),
        label("rep", "Rep, as in the plan."),
        label("region", "Region, in a plan without people."),
        label("step", "Step of the funnel.", required=True),
        Column("count", Kind.NUMBER, "How many were done in the week.", required=True,
               low=0.0, whole=True),
    ),
    either=("rep", "region"),
    filled=True,
)  # fmt: skip

ACTUALS = Table(
    "actuals",
    "What was sold in the weeks of the plan so far; given to commands, no part of a scenario.",
    (
        label("period", "Period of the plan.", required=True),
        Column("week", Kind.NUMBER, "Week of the period, from 1.", required=True,
               low=1.0, high=53.0, whole=True),
        label("rep", "Rep, as in the plan."),
        label("region", "Region, in a plan without people."),
        label("product", "Product; without the column nothing is said by product."),
        Column("amount", Kind.NUMBER, "Amount sold in the week; returns are negative.",
               required=True),
    ),
    either=("rep", "region"),
    filled=True,
)  # fmt: skip

TABLES: tuple[Table, ...] = (
    PEOPLE,
    CAPACITY,
    REGIONS,
    PRODUCTS,
    PERIODS,
    SHARES,
    POTENTIAL,
    HISTORY,
    WEEKLY,
    LOCKS,
    METRICS,
    POOL_MEMBERS,
    ACTIVITY,
)
"""All input tables, in the order of the documentation."""

OF_ONE_MEASURE = ("history", "potential", "locks", "shares", "capacity")
"""Tables in the main measure's amounts: another measure has them only where it names its own."""

PEOPLE_AMOUNTS = ("capacity", "min", "min_total", "max_total", "commit")
"""Columns of people in the main measure's amounts: another measure has them only where it names
a people table of its own."""

PASSED_THROUGH = "x_"
"""Prefix of columns that pass through to the outputs untouched."""


def table_of(name: str) -> Table:
    """Return the declaration of a table.

    Raises
    ------
    KeyError
        For a name that is no table's.
    """
    for table in TABLES:
        if table.name == name:
            return table
    raise KeyError(name)
