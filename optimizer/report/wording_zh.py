"""The words of pictures and workbooks of finance and pacing: English → Chinese."""

from __future__ import annotations

_PAY = {
    "target": "目标",
    "attainment": "完成率",
    "attainment, %": "完成率（%）",
    "pay per period": "每期收入",
    "pay of a rep and period": "每人每期薪酬",
    "of it bonus": "其中奖金",
    "commission and bonus": "提成与奖金",
    "{name}: target {amount}": "{name}：目标 {amount}",
    "{name}: payout curves": "{name}：薪酬曲线",
    "{name}: payout curves, the first {some} of {number}": (
        "{name}：薪酬曲线（{number} 条中的前 {some} 条）"
    ),
    "{name}: payout curves before and after": "{name}：调整前后的薪酬曲线",
}

_COST = {
    "at target": "全员达标",
    "budget": "预算",
    "over budget: {share} % of trials": "超出预算：{share} % 的模拟",
    "cost of the whole plan": "整个计划的激励成本",
    "{name}: how much incentive pay may cost": "{name}：激励成本的分布",
    "change of the mean cost": "成本均值的变化",
    "{name}: what shocks change": "{name}：冲击带来的变化",
}

_TUNE = {
    "before": "调整前",
    "after": "调整后",
    "bounds": "允许范围",
    "multiple of what the rate is today": "相对现行费率的倍数",
    "{name}: rates before and after": "{name}：调整前后的费率",
    "a tenth exceed": "一成人员可超过",
}

_FRONTIER = {
    "{name}: what over-assignment buys": "{name}：超额分配换来什么",
    "over-assignment, %": "超额分配（%）",
    "chance of the goal": "达成总目标的概率",
    "chance of the goal, %": "达成总目标的概率（%）",
    "wanted: {share}": "要求：{share}",
    "as planned: {share}": "当前计划：{share}",
    "cheapest for {wanted}: {share}": "达到 {wanted} 的最省方案：{share}",
    "P90 of cost": "成本 P90",
    "mean cost": "成本均值",
    "mean cost there: {amount}": "该方案的成本均值：{amount}",
}

_PLAN = {
    "floor": "底线",
    "stretch": "挑战",
    "within ±10 %": "±10% 以内",
    "outside": "以外",
    "how many": "人数",
    "target / reference, %": "目标 / 参考值（%）",
    "{name}: Targets by region": "{name}：各区域目标",
    "{name}: Targets by period": "{name}：各周期目标",
    "{name}: How far targets are from their reference": "{name}：目标偏离参考值的程度",
}

_PACING = {
    "week": "周",
    "sold": "实际销售",
    "target due": "应达目标",
    "floor due": "应达底线",
    "80 % of landings": "预计区间（八成）",
    "as planned": "按计划销售",
    "back-loaded": "前松后紧",
    "red, {behaviour}": "红灯，{behaviour}",
    "red and wrong, {behaviour}": "误报的红灯，{behaviour}",
    "the plan's": "计划曲线",
    "learned": "习得曲线",
    "learned, with its lights": "习得曲线与灯号",
    "% of the target": "占目标的 %",
    "% of all targets": "占全部目标的 %",
    "{name}, {period}: landing seen from week {week}": "{name}，{period}：第 {week} 周末的预计",
    "{name}, {period}: red (R), yellow (y), green (g) by week": (
        "{name}，{period}：各周红灯（R）、黄灯（y）、绿灯（g）"
    ),
    "{name}, {period}: simulated lights": "{name}，{period}：模拟的灯号",
    "{name}, {period}: weekly shares": "{name}，{period}：各周占比",
    "{name}, {period}: red and wrong": "{name}，{period}：误报的红灯",
}

_SHEETS = {
    "figures": "主要数字",
    "assumptions": "假设",
    "by group": "分组成本",
    "shocks": "冲击",
    "payout curve": "薪酬曲线",
    "cliffs": "跳升",
    "method": "计算方式",
    "rates": "费率",
    "pay": "薪酬",
    "cost": "成本",
    "curve before": "调整前曲线",
    "curve after": "调整后曲线",
    "frontier": "超额分配与成本",
    "by period": "按周期",
    "by plan": "按方案",
    "payouts": "薪酬明细",
    "ledger": "逐项明细",
    "pools": "奖金池",
    "notes": "提示",
}
"""Names of sheets; `assumptions` and `notes` are headings, too."""

_HEADINGS = {
    "standard error": "标准误",
    "{column}, standard error": "{column}，标准误",
    "figure": "项目",
    "value": "数值",
    "dimension": "维度",
    "name": "名称",
    "mean": "均值",
    "p50": "P50",
    "p95": "P95",
    "cvar95": "CVaR95",
    "share": "占比",
    "probability": "概率",
    "change": "变化",
    "change error": "变化，标准误",
    "mean error": "均值，标准误",
    "p50 error": "P50，标准误",
    "p95 error": "P95，标准误",
    "cvar95 error": "CVaR95，标准误",
    "plan": "方案",
    "payout": "薪酬",
    "slope": "斜率",
    "jump": "跳升",
    "plan or pool": "方案或奖金池",
    "cost is found by": "成本计算方式",
    "rate": "费率",
    "low": "下限",
    "high": "上限",
    "excellence": "优秀水平",
    "at target before": "达标薪酬，调整前",
    "at target after": "达标薪酬，调整后",
    "at excellence before": "优秀薪酬，调整前",
    "at excellence after": "优秀薪酬，调整后",
    "on fresh trials": "以新的模拟检验",
    "over assignment": "超额分配",
    "cost mean": "成本均值",
    "cost p90": "成本 P90",
    "ccos": "成本 / 销售额",
    "sales": "销售额",
    "period": "周期",
    "people": "人数",
    "rep": "销售员",
    "actual": "实际",
    "gate factor": "门槛系数",
    "cap cut": "封顶扣减",
    "component": "组成",
    "tier": "档位",
    "base": "基数",
    "amount": "金额",
    "group": "范围",
    "paid": "已分配",
}

_FIGURES = {
    "money of pay": "薪酬单位",
    "trials": "模拟次数",
    "seed": "随机种子",
    "cost, {figure}": "成本，{figure}",
    "standard deviation": "标准差",
    "CVaR95, mean of the worst 5 %": "CVaR95（最差 5% 的均值）",
    "cost with everybody on target": "全员达标时的成本",
    "cost with everybody on the mean attainment": "全员达到平均完成率时的成本",
    "probability that it is exceeded": "超出预算的概率",
    "probability that the budget is exceeded": "超出预算的概率",
    "reserve, P90 − P50": "准备金，P90 − P50",
    "expected sales": "预计销售额",
    "cost / sales": "成本 / 销售额",
    "share of the variance of cost, {source}": "成本波动来源，{source}",
    "cost of targets that are off": "目标偏差带来的成本",
    "cost of sales moved between periods": "跨周期转移销售带来的成本",
    "CVaR95 on the trials the rates were found by": "CVaR95，求解费率所用的模拟",
    "CVaR95 on fresh trials, over the budget": "CVaR95，新的模拟，超出预算",
    "goal": "总目标",
    "sum of all targets": "全部目标之和",
    "over-assignment as planned": "当前计划的超额分配",
    "elasticity of sales to targets": "销售额对目标的弹性",
    "wanted chance of the goal": "要求的达成概率",
    "cheapest over-assignment that has it": "满足要求的最省超额分配",
    "none up to 100 %": "100% 以内没有",
    "mean cost there": "该处的成本均值",
}

_VALUES = {
    "closed form": "精确公式",
    "simulation": "模拟",
    "company": "公司",
    "region": "区域",
    "team": "团队",
    "role": "岗位",
    "individual": "个人",
    "shock": "冲击",
    "commission": "提成",
    "bonus": "奖金",
    "gate": "门槛",
    "cap": "封顶",
    "paid before": "已付",
    "pool": "奖金池",
    "award": "奖项",
    "guarantee": "保底",
    "none": "无",
    "{table}: {number} rows, more than the {most} that a sheet holds; see {file}.csv": (
        "{table}：共 {number} 行，超过工作表可容纳的 {most} 行；见 {file}.csv"
    ),
    "{plan} is paid: {text}": "{plan}，发放时间：{text}",
}

CHINESE = {
    **_PAY, **_COST, **_TUNE, **_FRONTIER, **_PLAN, **_PACING, **_SHEETS, **_HEADINGS, **_FIGURES,
    **_VALUES,
}  # fmt: skip
"""English → Chinese; both have the same slots."""
