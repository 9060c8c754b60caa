"""Rules of pay in plain Chinese sentences, rule for rule as `sentences` says them in English."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from optimizer.incentives.plan import (
    Award,
    Bonus,
    Commission,
    Gate,
    Plan,
    Pool,
    Threshold,
)
from optimizer.incentives.sentences import money
from optimizer.incentives.words import percent, plain

_GROUPS = {"rep": "本人", "team": "所在团队", "region": "所在区域"}
_POOLS = {"company": "公司", "members": "成员合计", "team": "团队", "region": "区域"}
_LEVELS = {"floor": "底线", "target": "目标", "stretch": "挑战目标"}
_COLUMNS = {"role": "岗位", "region": "区域", "team": "团队", "rep": "姓名"}
_METRICS = {"attainment": "完成率", "collection_rate": "回款率"}
_WIDE = "[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"
_NO_SPACE = re.compile(rf"(?<={_WIDE}) +(?={_WIDE})| +(?=[，。；：）])|(?<= ) +")
_WITHIN = {"region": "区域内", "team": "团队内", "company": "全公司"}


def plan_sentences_zh(plan: Plan, unit: str, per_unit: Decimal) -> Iterator[str]:
    """Yield what a plan says, one rule after the other.

    Parameters
    ----------
    plan : Plan
    unit : str
        Money of pay.
    per_unit : Decimal
        Pay units in one unit of the scenario.
    """
    yield from map(_tidy, _sentences(plan, unit, per_unit))


def _sentences(plan: Plan, unit: str, per_unit: Decimal) -> Iterator[str]:
    yield f"本方案适用于{match_words_zh(plan.match)}。"
    whose = _GROUPS[plan.of]
    included = "" if plan.of == "rep" else "（含本人）"
    when = (
        "每期单独计算"
        if plan.basis == "period"
        else "按年初至今累计计算；本年已发的部分予以扣除，但绝不追回"
    )
    yield f"以{whose}的销售额{included}为准，{when}。"
    for block in plan.commissions:
        yield _commission(block, whose, unit, per_unit)
    if plan.bonus is not None:
        yield from _bonus(plan.bonus, whose, unit)
    yield from _gates(plan.gates)
    if plan.cap is not None:
        if plan.cap.amount is None:
            most = f"目标奖金的 {plain(plan.cap.times or Decimal(0))} 倍"
        else:
            most = money(plan.cap.amount, unit)
        yield f"提成与奖金合计每期最高为 {most}。"
    if plan.guarantee is not None:
        yield (
            f"入职后前 {plan.guarantee.periods} 期，每期至少发放 "
            f"{money(plan.guarantee.amount, unit)}，按在岗天数折算；此款绝不追回。"
        )
    if plan.paid:
        yield _when(plan.paid)


def _tidy(text: str) -> str:
    """Leave no space between Chinese characters, nor before a per cent sign."""
    return _NO_SPACE.sub("", text.replace(" %", "%"))


def match_words_zh(match: Mapping[str, tuple[str, ...]]) -> str:
    """Return whom a rule is for, such as ``岗位为 senior 的人员``."""
    if not match:
        return "全体人员"
    parts = [f"{_column(column)}为 {' 或 '.join(values)}" for column, values in match.items()]
    return _tidy(f"{'、'.join(parts)} 的人员")


def _column(name: str) -> str:
    return _COLUMNS.get(name, name.removeprefix("x_"))


def _when(paid: str) -> str:
    return f"发放时间：{paid.rstrip('。.')}。"


def _commission(block: Commission, whose: str, unit: str, per_unit: Decimal) -> str:
    sold = f" {'、'.join(block.products)} 的销售额" if block.products else "全部销售额"
    if block.measure != "amount":
        sold = f"{sold}对应的 {block.measure} "
    rates = {tier: _rate(block, tier.rate, unit, per_unit) for tier in block.tiers}
    if block.is_flat:
        return f"提成：{sold} 的 {rates[block.tiers[0]]}。"
    steps = "，".join(
        f"{_from(tier.start)} {rates[tier]}"
        if tier.start != Threshold(Decimal(0))
        else f"起始 {rates[tier]}"
        for tier in block.tiers
    )
    how = (
        "各段分别按各自的比例计提" if block.mode == "marginal" else "全部按所达到档次的同一比例计提"
    )
    target = f"{whose}的目标" if not block.products else f"{whose}在这些产品上的目标"
    return f"提成：按{sold}，{how}：{steps}。百分比以{target}为基准。"


def _rate(block: Commission, rate: Decimal, unit: str, per_unit: Decimal) -> str:
    own = per_unit if block.per_unit is None else block.per_unit
    return percent(rate) if own == per_unit else f"每单位 {money(rate * own, unit)}"


def _from(start: Threshold) -> str:
    if start.attainment is None:
        return f"达到{_LEVELS[start.level]}起"
    return f"达到 {percent(start.attainment)} 起"


def _bonus(bonus: Bonus, whose: str, unit: str) -> Iterator[str]:
    incentive = bonus.target_incentive
    amount = "目标奖金" if isinstance(incentive, str) else money(incentive, unit)
    how = "分档计算" if bonus.mode == "band" else "在下列各点之间按直线计算"
    steps = "，".join(
        f"达到 {percent(one.start)} 起 {plain(one.multiplier)}" for one in bonus.knots
    )
    start = bonus.knots[0].start
    below = f"低于 {percent(start)} 没有奖金，" if start else ""
    yield (
        f"奖金：每期 {amount} 乘以系数，系数随{whose}的完成率（销售额/目标）{how}：{below}{steps}。"
    )
    if rank := bonus.rank:
        terms = [f"完成率不低于 {percent(rank.start)}"] if rank.start else []
        terms += [f"同组至少 {rank.min_group} 人"] if rank.min_group > 1 else []
        only = f"，条件是{'且'.join(terms)}" if terms else ""
        yield (
            f"完成率列{_WITHIN[rank.within]}前 {percent(rank.top)} 者（含并列），系数至少为 "
            f"{plain(rank.multiplier)}{only}。"
        )
    if progress := bonus.progress:
        only = f"且达到 {percent(progress.start)}" if progress.start else ""
        yield (
            f"完成率比上期提高至少 {plain(progress.gain * 100)} 个百分点{only}者，系数至少为 "
            f"{plain(progress.multiplier)}。"
        )


def _gates(gates: tuple[Gate, ...]) -> Iterator[str]:
    for metric in dict.fromkeys(gate.metric for gate in gates):
        own = sorted(
            (gate for gate in gates if gate.metric == metric),
            key=lambda gate: gate.below,
            reverse=True,
        )
        yield f"提成与奖金取决于{_metric(metric)}：{'，'.join(map(_gate, own))}。"


def _gate(gate: Gate) -> str:
    below = plain(gate.below)
    if gate.factor is None:
        return f"低于 {below} 时按比例发放（实际值 / {below}）"
    return f"低于 {below} 时发放 {percent(gate.factor)}"


def _metric(name: str) -> str:
    return _METRICS.get(name, f" {name.replace('_', ' ')} ")


def pool_sentence_zh(pool: Pool) -> str:
    """Return what a pool says."""
    group = _POOLS[pool.of]
    against = "目标" if pool.measured_against == "goal" else "各成员目标之和"
    over = "" if pool.over == 1 else f"的 {percent(pool.over)} "
    people = match_words_zh(pool.match)
    split = {
        "equal": f"由{people}平均分配",
        "amount": f"由{people}按各自销售额的比例分配",
        "share": f"由{people}按约定的份额分配",
        "none": "作为基金保留，不发给个人",
    }[pool.split]
    whose = group if pool.measured_against == "goal" else ""
    text = (
        f"{pool.name}：{group}完成率达到 {percent(pool.trigger)} 后，"
        f"销售额超出{whose}{against}{over}部分的 {percent(pool.rate)} {split}。"
    )
    return _tidy(text + (_when(pool.paid) if pool.paid else ""))


def award_sentence_zh(award: Award, unit: str) -> str:
    """Return what an award says."""
    value = percent(award.at_least) if award.metric == "attainment" else plain(award.at_least)
    held = f"{_metric(award.metric).strip()}不低于 {value}"
    if award.periods > 1:
        running = "连续" if award.consecutive else "累计"
        held = f"{running} {award.periods} 期{held}"
    gets = "、".join(
        part for part in (award.text, money(award.amount, unit) if award.amount else "") if part
    )
    text = f"{award.name}：{match_words_zh(award.match)}，{held}：{gets or '记入明细'}。"
    return _tidy(text + (_when(award.paid) if award.paid else ""))
