"""Scorecards against the scenario they are for: who has which card, and what it weighs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from optimizer.domain.labels import product_names
from optimizer.domain.nearest import meant
from optimizer.domain.scenario import Scenario
from optimizer.errors import Finding
from optimizer.incentives.check_match import CheckMatch
from optimizer.inputs.document import Document
from optimizer.pay.exact import named
from optimizer.scorecards.build import MONTHS
from optimizer.scorecards.card import Metric
from optimizer.scorecards.cards import Card, Cards
from optimizer.scorecards.words import card_text, plain

MANY = 5
"""More measures than this on one card are remarked on."""

MOST = 100
"""Measures that a card may have."""

Metrics = Mapping[str, Metric]
"""Path → measure."""


def check_people(document: Document, metrics: Metrics, scenario: Scenario) -> Iterator[Finding]:
    """Check all measures against the people and products of a scenario.

    Parameters
    ----------
    document : Document
    metrics : mapping of path to Metric
        All measures of the file.
    scenario : Scenario
        Its main measure.
    """
    if scenario.table("people") is None:
        problem = "the scenario has no people, so there is nobody to score"
        yield document.finding("", None, problem, "Add people.csv.", "note")
        return
    wrong = False
    check_match = CheckMatch(document, scenario, (MONTHS,))
    for path, metric in metrics.items():
        for finding in check_match(f"{path}.match", metric.match, "the measure is for nobody"):
            wrong |= finding.severity == "error"
            yield finding
        known = product_names(scenario)
        for product in metric.products:
            if product not in known:
                problem, remedy = "the scenario has no such product", meant(product, known)
                yield document.finding(f"{path}.products", product, problem, remedy)
    if not wrong and metrics:
        found = list(_dated(document, metrics, scenario))
        yield from found
        if not any(finding.severity == "error" for finding in found):
            yield from _cards(document, metrics, scenario)


def _dated(document: Document, metrics: Metrics, scenario: Scenario) -> Iterator[Finding]:
    """Check that months since start can be counted where a measure asks for them."""
    asking = [path for path, metric in metrics.items() if metric.months is not None]
    if not asking:
        return
    cards = Cards(tuple(metrics.values()), scenario)
    undated = [period for period in scenario.settings.periods if not cards.is_dated(period)]
    if undated:
        problem = f"months since start cannot be counted: nothing dates {named(undated)}"
        remedy = "Add periods.csv with a column start, or label periods such as 2024Q1."
        yield document.finding(f"{asking[0]}.match.{MONTHS}", None, problem, remedy)
        return
    people = scenario.tables["people"]
    unknown = people["rep"][(people["start"].isna() & ~people["open"]).to_numpy(dtype=bool)]
    if len(unknown) and len(unknown) < len(people):
        verb = "has no start and counts" if len(unknown) == 1 else "have no start and count"
        problem = f"{_some(list(unknown))} {verb} as there for long"
        remedy = "Fill in their start in people if that is not meant."
        yield document.finding(f"{asking[0]}.match.{MONTHS}", None, problem, remedy, "note")


def _cards(document: Document, metrics: Metrics, scenario: Scenario) -> Iterator[Finding]:
    """Check every card that somebody has: weights, names, number of measures."""
    paths, each = tuple(metrics), tuple(metrics.values())
    cards = Cards(each, scenario)
    people = scenario.tables["people"]
    is_open = dict(zip(cards.reps, people["open"].tolist(), strict=True))
    holders: dict[Card, dict[str, list[str]]] = {}
    for period in scenario.settings.periods:
        for rep, card in cards.of(period).items():
            if not is_open[rep]:
                holders.setdefault(card, {}).setdefault(period, []).append(rep)
    longest = max(holders, key=len, default=())
    if len(longest) > MOST:
        period, reps = next(iter(holders[longest].items()))
        problem = f"the card of {_some(reps)} in {period} has {len(longest):,} measures"
        remedy = f"Let each match fewer people; a card has at most {MOST}."
        yield document.finding(paths[longest[0]], None, problem, remedy)
        return
    for card, by_period in sorted(holders.items()):
        period, reps = next(iter(by_period.items()))
        if not card:
            problem = f"no measure is for {_some(reps)} in {period}, so they have no score"
            remedy = "Add measures that match them, or without match, if that is not meant."
            yield document.finding("metric", None, problem, remedy, "note")
            continue
        yield from _weights(document, [(paths[place], each[place]) for place in card], period, reps)


def _weights(
    document: Document, card: Sequence[tuple[str, Metric]], period: str, reps: Sequence[str]
) -> Iterator[Finding]:
    """Check one card: each name once, weights that add up to 1; remark on too many measures."""
    text = f"the card of {card_text([metric for _, metric in card])} ({_some(reps)} in {period})"
    seen: dict[str, str] = {}
    for path, metric in card:
        if metric.name in seen:
            problem = f"{seen[metric.name]} puts {metric.name} on {text} too: matches overlap"
            remedy = "Let each of the measures match other people, or other months."
            yield document.finding(f"{path}.match", metric.name, problem, remedy)
        seen.setdefault(metric.name, path)
    total = sum((metric.weight for _, metric in card), Fraction(0))
    if total != 1 and len(seen) == len(card):
        off = f"{plain(abs(1 - total))} {'is missing' if total < 1 else 'too much'}"
        problem = f"the weights of {text} add up to {plain(total)}, not to 1; {off}"
        shown = ", ".join(f"{metric.name} {plain(metric.weight)}" for _, metric in card)
        remedy = "Mend the weights, or whom its measures match."
        yield document.finding(f"{card[0][0]}.weight", shown, problem, remedy)
    counted = [metric.name for _, metric in card if metric.weight]
    if len(counted) > MANY:
        problem = f"{text} has {len(counted)} measures"
        remedy = "Two or three results and three to five measures in all steer best."
        yield document.finding(card[0][0], None, problem, remedy, "note")


def _some(reps: Sequence[str]) -> str:
    """Return who, the first few by name."""
    return named(list(reps), 3)
