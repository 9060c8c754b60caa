"""The words of a page on rules of pay, in English and Chinese."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from optimizer.incentives.plan import Award, Plan, Pool
from optimizer.incentives.sentences import award_sentence, plan_sentences, pool_sentence
from optimizer.incentives.sentences_zh import (
    award_sentence_zh,
    plan_sentences_zh,
    pool_sentence_zh,
)
from optimizer.pay.before_plan import CHOSEN, REFERENCE, UNKNOWN

LANGUAGES = ("en", "zh")


@dataclass(frozen=True)
class Words:
    """What a page says, but for the rules themselves.

    Attributes
    ----------
    title, pools, awards, order : str
        Headings, and the order of pay.
    assumed : mapping of str to str
        What an example assumes where there is no plan.
    example, head, left_out, rises, falls, picture : str
        The example: its targets, the head of its table, what it leaves out, jumps, the curve.
    levels : tuple of str
        Floor, target, stretch.
    comma, also : str
        Between the parts of a sentence, and between names that stand together.
    plan, pool, award : function
        Rule → sentences.
    """

    title: str
    pools: str
    awards: str
    order: str
    assumed: dict[str, str]
    example: str
    head: str
    left_out: str
    rises: str
    falls: str
    picture: str
    levels: tuple[str, str, str]
    comma: str
    also: str
    plan: Callable[[Plan, str, Decimal], Iterator[str]]
    pool: Callable[[Pool], str]
    award: Callable[[Award, str], str]


WORDS = {
    "en": Words(
        title="How we are paid: {name}",
        pools="Pools",
        awards="Awards",
        order="Pay is worked out in this order: commission and bonus, gates, cap, pools, awards, "
        "guarantee. Every line is rounded to the cent by itself.",
        assumed={
            REFERENCE: "There is no plan yet: the target is what this person would carry if no "
            "limit stood in the way.",
            CHOSEN: "There is no plan yet: the target was chosen for the example.",
            UNKNOWN: "There is no plan yet: target, floor and stretch were chosen for the example, "
            "spread evenly over the products that the rules name; a target incentive that differs "
            "by person is taken as 10,000.",
        },
        example="An example: {levels} in {period}, all products sold alike, every gate passed, "
        "nothing from rank or progress.",
        head="attainment | sold | commission | bonus | pay{unit}",
        left_out="Not in these figures: what is paid on {names}.",
        rises="At {at} % pay rises by {amount} at once.",
        falls="At {at} % pay falls by {amount} at once.",
        picture="Pay at each attainment",
        levels=("floor", "target", "stretch"),
        comma=", ",
        also=" and ",
        plan=plan_sentences,
        pool=pool_sentence,
        award=award_sentence,
    ),
    "zh": Words(
        title="薪酬办法：{name}",
        pools="奖金池",
        awards="奖励",
        order="计算顺序：提成与奖金、门槛、封顶、奖金池、奖励、保底。每一项单独四舍五入到分。",
        assumed={
            REFERENCE: "目前尚无计划：示例目标是此人在没有任何限制时应承担的数额。",
            CHOSEN: "目前尚无计划：示例目标为假设值。",
            UNKNOWN: "目前尚无计划：示例的目标、底线与挑战目标均为假设值，"
            "在办法所列产品间平均分配；因人而异的目标奖金按 10,000 计。",
        },
        example="示例：{period}，{levels}，各产品同比例完成，全部门槛达标，不计排名与进步奖励。",
        head="完成率 | 销售额 | 提成 | 奖金 | 合计{unit}",
        left_out="上表未包括按 {names} 计算的部分。",
        rises="完成率达到 {at}% 时，收入一次增加 {amount}。",
        falls="完成率达到 {at}% 时，收入一次减少 {amount}。",
        picture="各完成率下的收入",
        levels=("底线", "目标", "挑战目标"),
        comma="，",
        also="、",
        plan=plan_sentences_zh,
        pool=pool_sentence_zh,
        award=award_sentence_zh,
    ),
}
"""Language → words."""
