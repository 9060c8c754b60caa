"""The recipe of scoring: a run, its actuals and its scorecards become totals, ranks, grades."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from optimizer.domain.nearest import meant
from optimizer.errors import Finding, InputError
from optimizer.incentives.plan import IncentivePlan
from optimizer.inputs.findings import Typed
from optimizer.inputs.loaded import Loaded
from optimizer.pay.actuals import Actuals, metric_values, read_figures
from optimizer.pay.exact import named
from optimizer.pay.run import PlannedPay, read_inputs, read_planned
from optimizer.scorecards.card import ATTAINMENT, Metric, Scorecard
from optimizer.scorecards.cards import Card, Cards
from optimizer.scorecards.past import PastPeriod, read_past
from optimizer.scorecards.period import Missing, missing_text, period_scores
from optimizer.scorecards.read import FILE, read_scorecard
from optimizer.scorecards.score import RepScore, ranks
from optimizer.scorecards.summary import summary
from optimizer.scorecards.values import BEFORE, Readings


@dataclass(frozen=True)
class Scores:
    """What the people of a run score.

    Attributes
    ----------
    run : PlannedPay
    scorecard : Scorecard
    scores : tuple of RepScore
        By period, then rep.
    notes : tuple of str
        What is worth knowing.
    """

    run: PlannedPay
    scorecard: Scorecard
    scores: tuple[RepScore, ...]
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the figures of ``score.json``."""
        return summary(self.run, self.scorecard, self.scores, self.notes)

    def of(self, rep: str) -> tuple[RepScore, ...]:
        """Return the scores of a rep, by period.

        Raises
        ------
        InputError
            Where the plan has no such rep, or the rep has no score.
        """
        if rep not in self.run.people:
            raise InputError(f"--rep: the plan has no {rep}. {meant(rep, list(self.run.people))}")
        found = tuple(one for one in self.scores if one.rep == rep)
        if not found:
            raise InputError(
                f"--rep: {rep} has no score: no measure matches, or the start is later"
            )
        return found


def score_run(
    run: Path | str,
    actuals: Path | str,
    *,
    scorecard: Path | str | None = None,
    previous: Sequence[Path | str] = (),
    period: str | None = None,
) -> Scores:
    """Score the people of a run by their cards, in exact fractions.

    Parameters
    ----------
    run : path
        Run folder of ``plan`` or ``recalibrate``.
    actuals : path
        Table of period, rep, amount, and metrics as columns where the table metrics does not
        have them. Every period of the plan that it has is scored.
    scorecard : path, optional
        Scorecards in place of the run's ``scorecard.toml``.
    previous : sequence of path
        Runs of the periods before, the earliest first: for growth and for carried values.
    period : str, optional
        Score only this one.

    Raises
    ------
    InputError
        Where the run, the actuals or the scorecards are wrong, or a value is missing whose
        measure says that this is an error.
    """
    folder = Path(run)
    loaded = read_inputs(folder, "score")
    card = _scorecard(loaded, folder, None if scorecard is None else Path(scorecard))
    planned = read_planned(folder, loaded, IncentivePlan((), (), ()))
    sold = _actuals(Path(actuals), planned, card)
    past = read_past([Path(one) for one in previous], names_of(card))
    if again := {one.period for one in past} & set(planned.periods):
        raise InputError(
            f"--previous: period {min(again)} is one of this plan too; name runs of the periods "
            "before"
        )
    return score_periods(planned, card, sold, _wanted(planned, sold, period), past)


def score_periods(
    run: PlannedPay,
    scorecard: Scorecard,
    sold: Actuals,
    wanted: Sequence[str],
    past: Sequence[PastPeriod] = (),
) -> Scores:
    """Score some periods of a plan.

    Parameters
    ----------
    run : PlannedPay
    scorecard : Scorecard
    sold : Actuals
    wanted : sequence of str
        In the order of the plan.
    past : sequence of PastPeriod
        Periods before the plan.

    Raises
    ------
    InputError
        Where a value is missing whose measure says that this is an error.
    """
    readings, cards = Readings(run, sold, past), Cards(scorecard.metrics, run.scenario)
    found: list[RepScore] = []
    missing: Missing = {}
    notes: list[str] = []
    for period in wanted:
        own = cards.of(period)
        sellers = {rep for when, rep in sold.sold if when == period}
        scored = period_scores(run, scorecard, own, readings, period, sellers, missing)
        found += _ranked(scored, scorecard)
        notes += _without(period, run, own, scored)
        notes += _silent(period, run, scored, sellers)
    refused: list[str] = []
    for place, reps in missing.items():
        metric = scorecard.metrics[place[0]]
        said = refused if metric.missing == "error" else notes
        said.append(missing_text(metric, place, reps))
    if refused:
        raise InputError("\n".join(refused))
    return Scores(run, scorecard, tuple(found), tuple(notes))


def _without(
    period: str, run: PlannedPay, cards: Mapping[str, Card], scores: Sequence[RepScore]
) -> Iterator[str]:
    """Yield who is there and has no card, or a card of which nothing is known."""
    left = [rep for rep, card in cards.items() if not card and not run.people[rep].is_open]
    if left:
        yield f"{period}: no measure matches {named(left)}, so there is no score for them"
    blank = [one.rep for one in scores if one.total is None]
    if blank:
        yield f"{period}: nothing is known of {named(blank)}, so there is no total and no rank"


def _silent(
    period: str, run: PlannedPay, scores: Sequence[RepScore], sellers: Collection[str]
) -> Iterator[str]:
    """Yield whose sales count as 0 because the actuals have no row of them."""
    sold = {"amount", ATTAINMENT, *run.measures}
    silent = [
        one.rep
        for one in scores
        if one.rep not in sellers and any(line.metric.source in sold for line in one.lines)
    ]
    if silent:
        yield f"{period}: the actuals have no row of {named(silent)}, which counts as no sales"


def _ranked(scores: Sequence[RepScore], scorecard: Scorecard) -> Iterator[RepScore]:
    """Yield scores with ranks and grades."""
    totals: dict[str, dict[str, Fraction]] = {}
    for one in scores:
        if one.total is not None:
            totals.setdefault(one.region, {})[one.rep] = one.total
    company = ranks({rep: total for own in totals.values() for rep, total in own.items()})
    region = {rep: rank for own in totals.values() for rep, rank in ranks(own).items()}
    for one in scores:
        grade = "" if one.total is None else scorecard.grade(one.total)
        yield replace(one, rank=company.get(one.rep), region_rank=region.get(one.rep), grade=grade)


def _scorecard(loaded: Loaded, folder: Path, given: Path | None) -> Scorecard:
    source = given if given is not None else loaded.beside.get(FILE)
    if source is None:
        raise InputError(
            f"{folder}: the run has no {FILE}; name one with --scorecard, or put it beside "
            "scenario.toml and plan again"
        )
    return read_scorecard(source, loaded)


def names_of(scorecard: Scorecard) -> frozenset[str]:
    """Return the metrics that scorecards may look at, those of the period before included."""
    growing = {one.source + BEFORE for one in scorecard.metrics if one.kind == "growth"}
    return scorecard.figures | growing


def _actuals(path: Path, run: PlannedPay, scorecard: Scorecard) -> Actuals:
    """Return actuals and metrics; measures of the plan add up, metrics are one value each."""
    names, planned = names_of(scorecard), {"amount", *run.measures}
    sold = read_figures(path, run, names - planned, planned & names, _by_product(scorecard.metrics))
    table = metric_values(run.scenario.table("metrics"), names & planned)
    metrics = {
        place: {**table.get(place, {}), **sold.metrics.get(place, {})}
        for place in {*table, *sold.metrics}
    }
    return replace(sold, metrics=metrics)


def _by_product(metrics: Iterable[Metric]) -> Callable[[Typed], Iterator[Finding]]:
    """Return the check that actuals have products where a measure looks at some."""
    asking = [metric.name for metric in metrics if metric.products]

    def check(table: Typed) -> Iterator[Finding]:
        if asking and "product" not in table.headers:
            problem = f"{asking[0]} looks at some products, and the actuals have none"
            yield Finding(table.source, 1, "product", "", problem, "Add a column product.")

    return check


def _wanted(run: PlannedPay, sold: Actuals, period: str | None) -> list[str]:
    """Return the periods to score."""
    if period is None:
        return list(sold.periods)
    if period not in run.periods:
        remedy = meant(period, list(run.periods))
        raise InputError(f"--period: the plan has no period {period}. {remedy}")
    if period not in sold.periods:
        raise InputError(f"--period {period}: the actuals have nothing for it")
    return [period]
