"""What the declaration of an input table is made of: kinds, columns, tables."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    LABEL = "label"
    LIST = "list"
    NUMBER = "number"
    DATE = "date"
    BOOL = "bool"


CHINESE: dict[str, tuple[str, ...]] = {
    "rep": ("销售员", "銷售員"),
    "name": ("姓名",),
    "region": ("区域", "區域"),
    "parent": ("上级区域", "上級區域"),
    "team": ("团队", "團隊"),
    "role": ("岗位", "崗位"),
    "product": ("产品线", "產品線"),
    "period": ("周期", "週期"),
    "week": ("周次", "週次"),
    "date": ("日期",),
    "amount": ("金额", "金額"),
    "potential": ("市场潜力", "市場潛力"),
    "capacity": ("产能", "產能"),
    "min": ("目标下限", "目標下限"),
    "floor": ("底线", "底線"),
    "target": ("目标", "目標"),
    "stretch": ("挑战", "挑戰"),
    "ability": ("能力系数", "能力係數"),
    "resource": ("资源系数", "資源係數"),
    "start": ("入职", "入職"),
    "share": ("占比", "佔比"),
    "min_share": ("占比下限", "佔比下限"),
    "max_share": ("占比上限", "佔比上限"),
    "attainment": ("完成率",),
    "collection_rate": ("回款率",),
    "step": ("步骤", "步驟"),
    "conversion": ("转化率", "轉化率"),
    "deal_size": ("客单价", "客單價"),
    "count": ("次数", "次數"),
}
"""Canonical column name → the same header in simplified and traditional Chinese."""

CANONICAL: dict[str, str] = {
    header: name for name, headers in CHINESE.items() for header in headers
}
"""Chinese header → canonical column name."""


@dataclass(frozen=True)
class Column:
    """One column of an input table.

    Attributes
    ----------
    name : str
        Canonical header.
    kind : Kind
    meaning : str
        One short sentence.
    required : bool
        The column must exist and no cell of it may be blank.
    low, high : float or None
        Bounds of a number, both included.
    whole : bool
        Only whole numbers.
    percent : bool
        A share or ratio: ``30%`` is read as 0.3.
    personal : bool
        Left out of copies unless the planner asks to keep it.
    """

    name: str
    kind: Kind
    meaning: str
    required: bool = False
    low: float | None = None
    high: float | None = None
    whole: bool = False
    percent: bool = False
    personal: bool = False

    @property
    def aliases(self) -> tuple[str, ...]:
        """Chinese headers of the column, simplified first."""
        return CHINESE.get(self.name, ())


@dataclass(frozen=True)
class Table:
    """One input table.

    Attributes
    ----------
    name : str
    meaning : str
        One short sentence.
    columns : tuple of Column
    key : tuple of str
        Columns that together name a row; no two rows may agree in all of them. Empty where
        rows may repeat.
    either : tuple of str
        Columns of which each row must fill at least one; empty where there is no such rule.
    filled : bool
        A table that exists must have rows.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    either: tuple[str, ...] = ()
    filled: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Canonical headers in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column | None:
        """Return a column by its canonical header, or None."""
        return next((column for column in self.columns if column.name == name), None)


def label(name: str, meaning: str, *, required: bool = False) -> Column:
    """Declare a column of names that other tables refer to."""
    return Column(name, Kind.LABEL, meaning, required=required)


def amount(name: str, meaning: str, *, required: bool = False) -> Column:
    """Declare a column of amounts in the scenario's unit, none negative."""
    return Column(name, Kind.NUMBER, meaning, required=required, low=0.0)


def share(name: str, meaning: str, *, high: float | None = None, required: bool = False) -> Column:
    """Declare a column of shares, none negative."""
    return Column(name, Kind.NUMBER, meaning, required=required, low=0.0, high=high, percent=True)


def ratio(name: str, meaning: str, low: float = 0.0, high: float | None = None) -> Column:
    """Declare a column of factors without a unit."""
    return Column(name, Kind.NUMBER, meaning, low=low, high=high, percent=True)


def bands() -> tuple[Column, Column]:
    """Declare the two columns that bound a share."""
    return (
        share("min_share", "The share may not fall below this.", high=1.0),
        share("max_share", "The share may not rise above this.", high=1.0),
    )


def slices() -> tuple[Column, Column, Column]:
    """Declare the three columns that name a slice; blank means all."""
    return (
        label("period", "Period of the slice; blank means all."),
        label("region", "Region of the slice, leaf or parent; blank means all."),
        label("product", "Product of the slice; blank means all."),
    )
