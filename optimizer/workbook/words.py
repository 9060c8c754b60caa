"""The words of workbooks in English and Chinese: names of sheets, headings, sentences."""

from __future__ import annotations

from optimizer.domain.columns import CHINESE
from optimizer.errors import InputError

LANGUAGES = ("en", "zh")
"""Languages of headings and sentences."""

FORMAT = "1"
"""What a workbook says of its layout; another one cannot be read back."""

SHEETS = {
    "summary": "概览",
    "checks": "核对",
    "regions": "区域",
    "people": "人员",
    "targets": "目标",
    "locks": "锁定",
    "locked": "已锁定",
    "rollup": "汇总",
    "gaps": "缺口",
    "advice": "建议",
    "limits": "限制",
    "off_reference": "偏离参考",
    "changes": "调整",
    "not_moved": "未调整",
    "explain": "说明",
    "guide": "指南",
    "lists": "名单",
    "record": "记录",
}
"""Sheet → its name in Chinese."""

_HEADINGS = {
    "measure": "指标",
    "reference": "参考值",
    "planned": "计划值",
    "owner": "负责人",
    "reason": "原因",
    "expires": "有效期至",
    "check": "校验码",
    "total": "合计",
    "gap": "缺口",
    "ask": "要求",
    "street": "个人目标之和",
    "level": "层级",
    "what": "核对内容",
    "counted": "实时合计",
    "difference": "差额",
    "verdict": "结论",
    "kind": "类型",
    "side": "方向",
    "limit": "限额",
    "value": "数值",
    "slack": "余量",
    "shadow_price": "影子价格",
    "cause": "成因",
    "lever": "措施",
    "where": "位置",
    "change": "改动",
    "closes": "可补缺口",
    "text": "说明",
    "price": "代价",
    "multiple": "倍数",
    "commit": "承诺",
    "before": "调整前",
    "after": "调整后",
    "pay_effect": "薪酬影响",
    "direction": "方向",
}
"""Heading → the same in Chinese, where input tables do not have it."""

SENTENCES = {
    "goal": "目标总额",
    "goal floor": "底线总额",
    "goal stretch": "挑战总额",
    "region targets": "区域目标合计",
    "gap": "缺口",
    "rep targets": "个人目标之和",
    "status": "状态",
    "unit": "单位",
    "plan": "方案",
    "complete": "已全部分解",
    "left with a gap": "存在缺口",
    "Figures": "主要数字",
    "Sheets": "工作表",
    "Assumptions and notes": "假设与提示",
    "holds": "一致",
    "differs": "不一致",
    "region targets and gap against the goal": "区域目标与缺口之和对目标总额",
    "rep targets of the sheet targets": "“目标”表中个人目标之和",
    "region targets add up": "区域目标合计",
    "street of a region": "区域内个人目标之和",
    "Unedited, every line of the sheet checks says “holds”.": (
        "未作修改时，“核对”表的每一行都应显示“一致”。"
    ),
    "How to send changes back": "如何交回修改",
    "Change the column target in the sheet targets, or fill in the sheet locks.": (
        "在“目标”表中修改“目标”列，或填写“锁定”表。"
    ),
    "Say who decided it and why, in the columns owner and reason.": (
        "请在“负责人”和“原因”两列注明由谁决定、为何如此。"
    ),
    "Save the workbook, then run:": "保存工作簿，然后运行：",
    "Yellow cells are for you to fill in; blue ones you have changed; red ones are wrong.": (
        "黄色单元格供填写；蓝色为已修改；红色为有误。"
    ),
    "Left out: it has more rows than a workbook is good for; take the file in the run folder.": (
        "未列出：行数过多，请使用运行文件夹中的文件。"
    ),
    "Live sums that prove the totals, and show what an edit does to them.": (
        "实时求和，证明各级合计，并显示修改的影响。"
    ),
    "Region targets by period; parents are the sums of their children.": (
        "各区域各周期目标；上级为下级之和。"
    ),
    "What each rep carries by period, all products together.": "每人各周期目标（各产品合计）。",
    "Every target; edit the yellow ones.": "全部目标；黄色单元格可修改。",
    "Every target.": "全部目标。",
    "Locks that hold, and room for more: slices whose target you want fixed.": (
        "现有锁定，并可继续填写：需要固定目标的范围。"
    ),
    "Locks that this plan keeps, and what each costs.": "本方案已遵守的锁定及其代价。",
    "Every total; * stands for all.": "各级汇总；* 表示全部。",
    "Where the ask is not backed, and why.": "未能落实之处及成因。",
    "What would close the gap.": "可以弥补缺口的措施。",
    "Limits that hold the plan back, with their prices.": "起约束作用的限制及其价格。",
    "Who is off reference, and which limit did it.": "偏离参考值者及其所受限制。",
    "What was moved, and why.": "哪些目标被调整及其原因。",
    "The plan has no such name.": "方案中没有这个名称。",
    "Write a number, 0 or above.": "请填写 0 或以上的数字。",
    "Leave it as it is; change the target instead.": "请勿修改此格；请修改目标。",
    "What the cap refused to move.": "因上限而未调整的目标。",
    "Each target step by step.": "每个目标的逐步说明。",
}
"""English → Chinese."""


def check_language(lang: str) -> None:
    """Refuse a language that is none.

    Raises
    ------
    InputError
    """
    if lang not in LANGUAGES:
        raise InputError(f"--lang {lang}: choose one of {', '.join(LANGUAGES)}")


def sheet_name(name: str, lang: str) -> str:
    """Return what a sheet is called."""
    return SHEETS[name] if lang == "zh" else name


def heading(name: str, lang: str) -> str:
    """Return the heading of a column; that of an ``x_`` column is the planner's own."""
    if lang != "zh":
        return name
    return _HEADINGS.get(name) or CHINESE.get(name, (name,))[0]


def input_heading(name: str, lang: str) -> str:
    """Return the heading of a column of an input table, one that the loader knows."""
    return CHINESE.get(name, (name,))[0] if lang == "zh" else name


def column_of(written: str) -> str:
    """Return the column that a heading in any language stands for."""
    stripped = written.strip()
    return _COLUMN_OF.get(stripped, stripped.casefold())


def sheet_of(written: str) -> str:
    """Return the sheet that a name in any language stands for."""
    stripped = written.strip()
    return {name: english for english, name in SHEETS.items()}.get(stripped, stripped.casefold())


def yes_or_no(lang: str) -> tuple[str, str]:
    """Return the words of a language for what holds and what does not; the loader knows both."""
    return ("是", "否") if lang == "zh" else ("yes", "no")


def said(sentence: str, lang: str) -> str:
    """Return a sentence in a language."""
    return SENTENCES[sentence] if lang == "zh" else sentence


_COLUMN_OF = {header: name for name, headers in CHINESE.items() for header in headers} | {
    header: name for name, header in _HEADINGS.items()
}
