"""What columns, tables and keys mean, as notes on headings say it, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping

from optimizer.domain.columns import Column, Kind, Table
from optimizer.domain.keys import Form, Key
from optimizer.inputs.findings import number

_TABLES = {
    "people": "承担目标的人员，包括空缺岗位；没有此表则只按区域分解。",
    "capacity": "某人某周期的最终产能与下限，取代 people 中的数值。",
    "regions": "区域树；人员位于叶子区域。",
    "products": "产品线。",
    "periods": "周期的日期、周数与占比。",
    "shares": "切片的占比范围：以去掉产品、区域、周期中首个所列者的切片为整体。",
    "potential": "市场能给出的量；每行都是上限，缺行表示不设上限。",
    "history": "已售数据：订单行或汇总。",
    "weekly": "按周已售数据，用于学习周期内的节奏。",
    "locks": "固定的目标：有销售员则固定其目标，否则固定区域目标。",
    "metrics": "金额以外的指标，例如回款率。",
    "pool_members": "谁参与分配奖金池及其份额。",
    "activity": "通向成交的各步骤的转化率，与漏斗不同者填写。",
}
_COLUMNS = {
    "rep": "销售员姓名或编号。",
    "people.rep": "唯一的姓名或编号。",
    "people.region": "所在区域，须为叶子区域。",
    "regions.region": "区域名称。",
    "region": "区域，叶子或上级；空白表示全部。",
    "parent": "上级区域；空白表示直属公司。",
    "team": "团队；一个团队只属于一个区域。",
    "role": "岗位，例如 senior；薪酬规则据此匹配。",
    "ability": "能力系数；空白表示按历史排名。",
    "resource": "资源系数；空白表示 1。",
    "fte": "岗位折算比例，只影响权重；空白表示 1。",
    "people.start": "入职日；爬坡从该月起算。",
    "periods.start": "周期的第一天；标签不含日期时必填。",
    "open": "尚未到岗的岗位填 yes。",
    "capacity": "每周期最多能承担的量；空白表示不限。",
    "capacity.capacity": "该周期最多能承担的量，不再爬坡。",
    "min": "每周期至少承担的量；空白表示 0。",
    "capacity.min": "该周期至少承担的量，不再爬坡。",
    "min_total": "全部周期合计的下限。",
    "max_total": "全部周期合计的上限。",
    "max_growth": "对上一年的最大增长；0.2 表示 20 %。",
    "floor": "底线对目标的比率，取代方案设置。",
    "stretch": "挑战对目标的比率，取代方案设置。",
    "commit": "本人承诺的每周期数额；只作对照，不是限制。",
    "products": "可售产品，用 ; 分隔；空白表示全部。",
    "name": "显示的姓名。",
    "product": "产品线；空白表示全部。",
    "products.product": "产品线名称。",
    "lifecycle": "生命周期阶段，供报表使用。",
    "effort": "每单位该产品占用的产能；空白表示 1。",
    "share": "占比；空白者分得其余。",
    "shares.share": "该切片的占比。",
    "pool_members.share": "在奖金池中的份额。",
    "min_share": "占比下限。",
    "max_share": "占比上限。",
    "period": "方案的周期；空白表示全部。",
    "history.period": "销售所属周期，可为过去的周期。",
    "weekly.period": "销售所属周期，可为过去的周期。",
    "weeks": "周数。",
    "week": "周期内第几周，从 1 起。",
    "potential": "该切片最多能给出的量；0 表示没有市场。",
    "date": "销售日期，可代替周期。",
    "amount": "销售金额；退货可为负。",
    "locks.amount": "固定的金额，须为取整单位的整数倍。",
    "owner": "由谁决定。",
    "reason": "原因。",
    "expires": "最后有效日，对照 as_of 判断。",
    "metric": "指标名称。",
    "value": "指标数值。",
    "pool": "奖金池名称。",
    "step": "漏斗步骤。",
    "conversion": "进入下一步的比例，大于 0。",
    "deal_size": "平均成交额，填在最后一步。",
}
_KEYS = {
    "name": "方案名称。",
    "unit": "金额单位。",
    "periods": "按顺序列出周期，用 ; 分隔。",
    "rounding": "每个目标都是它的整数倍；0 表示精确到百万分之一。",
    "seed": "模拟用的随机种子。",
    "as_of": "判断锁定是否到期的日期。",
    "goal": "下达的目标总额。",
    "goal.target": "下达的目标总额。",
    "goal.floor": "底线总额。",
    "goal.stretch": "挑战总额。",
    "goal.growth": "对基期历史的增长。",
    "goal.base": "作为基数的历史周期。",
    "levels.floor": "底线对目标的比率。",
    "levels.stretch": "挑战对目标的比率。",
    "buffers.potential": "市场潜力的预留比例。",
    "buffers.capacity": "产能的预留比例。",
    "buffers.over_assignment.region": "区域目标之和可超出总额的比例。",
    "buffers.over_assignment.rep": "人员目标之和可超出区域目标的比例。",
    "tolerance.period": "周期占比的允许偏差。",
    "tolerance.product": "产品占比的允许偏差。",
    "tolerance.region": "区域占比的允许偏差。",
    "ability.top.share": "历史排名靠前者的比例。",
    "ability.top.factor": "靠前者的能力系数。",
    "ability.bottom.share": "历史排名靠后者的比例。",
    "ability.bottom.factor": "靠后者的能力系数。",
    "ramp.factors": "入职第一、二……个月相当于正式人员的比例。",
}
_KINDS = {
    Kind.NUMBER: ("A number", "数字"),
    Kind.DATE: ("A date", "日期"),
    Kind.BOOL: ("yes or no", "是 或 否"),
    Kind.LIST: ("Names, separated by ;", "名称，用 ; 分隔"),
    Kind.LABEL: ("A name", "名称"),
    Kind.TEXT: ("Text", "文字"),
}


def table_meaning(table: Table, lang: str) -> str:
    """Return what a table holds."""
    return _TABLES.get(table.name, table.meaning) if lang == "zh" else table.meaning


def meaning(table: Table, column: Column, lang: str) -> str:
    """Return what a column holds, whether it is required, and its bounds."""
    at = 1 if lang == "zh" else 0
    text = column.meaning or ("A column of your own; it passes through.", "自有列，原样输出。")[at]
    if at:
        own = f"{table.name}.{column.name}"
        text = _COLUMNS.get(own, _COLUMNS.get(column.name, text))
    parts = [_KINDS[column.kind][at]]
    if column.whole:
        parts.append(("whole", "整数")[at])
    if column.low is not None:
        parts.append(f"{('at least', '不小于')[at]} {number(column.low)}")
    if column.high is not None:
        parts.append(f"{('at most', '不大于')[at]} {number(column.high)}")
    parts.append((("required", "必填") if column.required else ("may be blank", "可空"))[at])
    head = "" if lang == "en" else f"{column.name}: "
    return f"{head}{text}\n{('; ', '；')[at].join(parts)}{('.', '。')[at]}"


def key_meaning(path: str, declared: Mapping[str, Key], lang: str) -> str:
    """Return what a key of the sheet `scenario` means; blank where it is not declared alone.

    Parameters
    ----------
    path : str
        Dotted, as written.
    declared : mapping of path to Key
    lang : str
    """
    parts = path.split(".")
    names = [path]
    if parts[0] == "measure":
        names += [".".join(["measure", "*", *parts[2:]]), ".".join(parts[2:])]
    if "tables" in parts:
        names.append("tables.*")
    key = next((declared[name] for name in names if name in declared), None)
    if lang == "zh":
        text = next((_KEYS[name] for name in names if name in _KEYS), None)
        if text is not None:
            return text
    if key is None:
        return ""
    return key.meaning if key.form is Form.FREE else f"{key.meaning}\nHolds {key.form}."
