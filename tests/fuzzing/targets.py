"""Every reader as a target: inputs that are good, ways to break them, and how to read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from random import Random
from zlib import crc32

import openpyxl

from optimizer.compare.read import read_run as read_compared
from optimizer.domain.columns import Table
from optimizer.domain.tables import ACTIVITIES, ACTUALS, TABLES
from optimizer.errors import InputError
from optimizer.explain.explanation import explain_run
from optimizer.incentives.read import read_incentives
from optimizer.inputs.case import Case
from optimizer.inputs.checks import check_case, check_complete
from optimizer.inputs.columnar import read_columns
from optimizer.inputs.document import parse_toml
from optimizer.inputs.load import load_scenarios
from optimizer.inputs.loaded import Loaded
from optimizer.inputs.normalise import known_anywhere, typed
from optimizer.inputs.read import headed
from optimizer.inputs.settings import build_settings, measure_names, of_measure
from optimizer.inputs.single import read_single
from optimizer.inputs.sound_keys import sound_keys
from optimizer.inputs.text import read_cells
from optimizer.pacing.actuals import read_actuals
from optimizer.pacing.run import PlannedRun, read_measures, read_planned
from optimizer.page.run import read_page_run
from optimizer.pay.actuals import PERIOD_ACTUALS, read_period_actuals
from optimizer.pay.run import PlannedPay
from optimizer.pay.run import read_run as read_paid
from optimizer.pipeline import plan
from optimizer.proposal.accept import ANSWERED
from optimizer.recalibrate.run import recalibrate_run
from optimizer.review.actuals import ORDERS, REVIEW_ACTUALS, Known, read_sales
from optimizer.review.run import _known
from optimizer.scorecards.read import check_beside, read_scorecard
from optimizer.verify.check_files import check_run
from optimizer.verify.verify import verify_run
from optimizer.workbook.locked import with_locks
from optimizer.workbook.run import read_run as read_sheets_of
from optimizer.workbook.words import sheet_of
from optimizer.workbook.write import write_plan_workbook
from tests.fuzzing import good
from tests.fuzzing.archives import BOOK_STEPS
from tests.fuzzing.columns import PARQUET_STEPS, as_parquet
from tests.fuzzing.commands import SEEDS, run_command
from tests.fuzzing.raw import STEPS, Step, mutated
from tests.fuzzing.texts import CSV_STEPS, JSON_STEPS, TOML_STEPS

STEPS_OF = {
    ".toml": TOML_STEPS,
    ".csv": CSV_STEPS,
    ".json": JSON_STEPS,
    ".xlsx": BOOK_STEPS,
    ".parquet": PARQUET_STEPS,
}
"""Ending of a file → ways to break it."""

Read = Callable[[str, bytes], object]
"""Kind and bytes of an input → whatever the reader makes of it."""


@dataclass(frozen=True)
class Target:
    """A reader under fire.

    Attributes
    ----------
    seeds : mapping of kind to good inputs of it
        A kind is the name of a file, or of a table with its ending.
    read : function of kind and bytes
    """

    seeds: Mapping[str, Sequence[bytes]]
    read: Read

    def input(self, random: Random) -> tuple[str, bytes]:
        """Return the kind and the bytes of a broken input."""
        kind = random.choice(list(self.seeds))
        own = self.seeds[kind]
        return kind, mutated(random.choice(own), random, own, steps_of(kind))


def steps_of(kind: str) -> Sequence[Step]:
    """Return the ways to break a kind of input."""
    return STEPS_OF.get(Path(kind).suffix, STEPS)


DECLARED: dict[str, Table] = {
    **{table.name: table for table in TABLES},
    "weeks": ACTUALS,
    "activities": ACTIVITIES,
    "sales": REVIEW_ACTUALS,
    "paid": PERIOD_ACTUALS,
    "orders": ORDERS,
    "proposal": ANSWERED,
}
"""Every table that is read anywhere."""

CSV = {**good.TABLES, **good.GIVEN, "paid": good.GIVEN["sales"]}
MEASURES = frozenset(("collection_rate", "amount"))


class Workshop:
    """Good scenarios, runs and workbooks, made when they are asked for, and room for broken files.

    Parameters
    ----------
    folder : Path
        Where all of it lies; on a disk in memory if possible.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def scenario(self, name: str) -> Path:
        """Return a folder with a file of the good scenario and those that it needs."""
        folder = self.folder / f"with-{name}"
        folder.mkdir(exist_ok=True)
        for one, content in good.beside(name).items():
            (folder / one).write_bytes(content)
        return folder

    @cached_property
    def loaded(self) -> Loaded:
        """A scenario with people, products and rules of pay."""
        return load_scenarios(self.scenario("incentive.toml"))

    @cached_property
    def run(self) -> Path:
        """A run folder of it."""
        plan(self.scenario("incentive.toml"), self.folder / "run", hold=False)
        return self.folder / "run"

    @cached_property
    def columnar(self) -> Path:
        """The run with tables in Parquet."""
        scenario, out = self.scenario("incentive.toml"), self.folder / "columnar"
        plan(scenario, out, hold=False, table_format="parquet")
        return out

    @cached_property
    def recalibrated(self) -> Path:
        """A folder of the run after two weeks, with more to sell."""
        weeks = self.folder / "weeks.csv"
        weeks.write_text(good.GIVEN["weeks"], encoding="utf-8")
        goal = 1.02 * float(self.planned.seats[0].target.sum())
        recalibrate_run(self.run, weeks, "2024Q1W02", self.folder / "recalibrated", goal=goal)
        return self.folder / "recalibrated"

    @cached_property
    def planned(self) -> PlannedRun:
        """The run as pacing has it."""
        return read_planned(self.run)

    @cached_property
    def paid(self) -> PlannedPay:
        """The run as pay has it."""
        return read_paid(self.run)

    @cached_property
    def known(self) -> Known:
        """What sales of the run may name."""
        return _known(self.planned)

    def book(self) -> bytes:
        """Return a small scenario in a workbook."""
        book = openpyxl.Workbook()
        book.remove(book.active)
        for name, rows in good.BOOK.items():
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
        book.save(self.folder / "book.xlsx")
        return (self.folder / "book.xlsx").read_bytes()

    def plan_book(self) -> bytes:
        """Return the workbook of the run, with its sheets to edit alone."""
        write_plan_workbook(self.run, self.folder / "plan.xlsx")
        book = openpyxl.load_workbook(self.folder / "plan.xlsx")
        for name in book.sheetnames:
            if sheet_of(name) not in ("targets", "locks", "record"):
                del book[name]
        book.save(self.folder / "plan.xlsx")
        return (self.folder / "plan.xlsx").read_bytes()

    def put(self, kind: str, data: bytes) -> Path:
        """Write a broken file and return its path."""
        path = self.folder / f"broken{Path(kind).suffix}"
        path.write_bytes(data)
        return path


def _keys(_kind: str, data: bytes) -> None:
    """Read and check the keys of a scenario without tables."""
    document = parse_toml(data, "scenario.toml")
    keys, found = sound_keys(document)
    for measure in measure_names(keys):
        case = Case(document, measure, of_measure(keys, measure), {})
        found += [*check_complete(case), *check_case(case)]
    if errors := sorted(one for one in set(found) if one.severity == "error"):
        raise InputError(errors)
    for measure in measure_names(keys):
        build_settings(of_measure(keys, measure), measure, "tiny")


def _cells(kind: str, data: bytes) -> None:
    """Read and understand a table."""
    name, _, ending = kind.partition(".")
    if ending == "csv":
        cells = headed(read_cells(data, kind, known_anywhere), kind)
    else:
        cells = read_columns(data, kind)
    table, found = typed(cells, DECLARED[name], kind, MEASURES)
    if found or table is None:
        raise InputError(sorted(found))


def targets(shop: Workshop) -> dict[str, Callable[[], Target]]:
    """Return name → target, each made only when it is asked for."""
    return {
        "toml": lambda: Target({"scenario.toml": good.pieces(good.SCENARIO, 1)}, _keys),
        "incentive": lambda: _rules(shop, "incentive.toml"),
        "scorecard": lambda: _rules(shop, "scorecard.toml"),
        "csv": lambda: Target(
            {f"{name}.csv": [text.encode()] for name, text in CSV.items()}, _cells
        ),
        "parquet": lambda: Target(
            {f"{name}.parquet": [as_parquet(text)] for name, text in CSV.items()}, _cells
        ),
        "scenario": lambda: _folders(shop),
        "xlsx": lambda: Target(
            {"scenario.xlsx": [shop.book()]},
            lambda kind, data: load_scenarios(shop.put(kind, data)),
        ),
        "locks": lambda: Target(
            {"plan.xlsx": [shop.plan_book()]},
            lambda kind, data: with_locks(shop.loaded, shop.put(kind, data)),
        ),
        "actuals": lambda: _given(shop),
        "run": lambda: _runs(shop.run),
        "columnar": lambda: _runs(shop.columnar),
        "recalibrated": lambda: _runs(shop.recalibrated),
        "command": lambda: _commands(shop),
    }


def _rules(shop: Workshop, kind: str) -> Target:
    """Return the target of rules of pay or scorecards, alone and for the good people."""
    people = shop.loaded

    def read(_kind: str, data: bytes) -> None:
        # Most inputs are refused before anybody looks for people, which takes longest.
        if crc32(data) % 8:
            read_incentives(data) if kind == "incentive.toml" else read_scorecard(data)
        if kind == "incentive.toml":
            read_incentives(data, people.scenarios[0])
        else:
            read_scorecard(data, people)

    return Target({kind: good.pieces(good.TEXTS[kind], 1)}, read)


def _folders(shop: Workshop) -> Target:
    """Return the target of scenario folders in which one file is broken."""

    def read(kind: str, data: bytes) -> None:
        folder = shop.scenario(kind)
        (folder / kind).write_bytes(data)
        check_beside(load_scenarios(folder))

    return Target({name: [text.encode()] for name, text in good.TEXTS.items()}, read)


def _given(shop: Workshop) -> Target:
    """Return the target of tables that are given to commands about a run."""

    def read(kind: str, data: bytes) -> None:
        path = shop.put(kind, data)
        name = kind.partition(".")[0]
        if name == "weeks":
            read_actuals(path, shop.planned.seats[0], 2)
        elif name == "sales":
            read_sales(path, shop.known, "actuals")
        elif name == "orders":
            read_sales(path, shop.known, "orders")
        elif name == "paid":
            read_period_actuals(path, shop.paid)
        else:
            read_single(path, DECLARED[name], MEASURES)

    names = [*good.GIVEN, "paid", "people", "potential"]
    seeds = {f"{name}.csv": [CSV[name].encode()] for name in names}
    return Target(seeds | {f"{name}.parquet": [as_parquet(CSV[name])] for name in names}, read)


def _runs(run: Path) -> Target:
    """Return the target of run folders in which one file is broken; each time one reader reads."""
    files = {
        path.relative_to(run).as_posix(): path.read_bytes()
        for path in sorted(run.rglob("*"))
        if path.is_file()
    }

    def read(kind: str, data: bytes) -> None:
        path = run / kind
        path.write_bytes(data)
        try:
            RUN_READERS[crc32(data) % len(RUN_READERS)](run)
        finally:
            path.write_bytes(files[kind])

    return Target({name: [content] for name, content in files.items()}, read)


def _commands(shop: Workshop) -> Target:
    """Return the target of the command line."""
    paths = {
        "scenario": shop.scenario("incentive.toml"),
        "run": shop.run,
        "out": shop.folder / "out",
        **{name: shop.folder / f"{name}.csv" for name in ("weeks", "sales")},
    }
    for name in ("weeks", "sales"):
        paths[name].write_text(good.GIVEN[name], encoding="utf-8")
    return Target({"words.json": SEEDS}, lambda _kind, data: run_command(data, paths))


def _verified(run: Path) -> None:
    check_run(run)
    verify_run(run)


RUN_READERS: tuple[Callable[[Path], object], ...] = (
    _verified,
    lambda run: read_compared(run, "run"),
    lambda run: explain_run(run).sentences,
    read_measures,
    read_paid,
    read_page_run,
    read_sheets_of,
)
"""All that reads run folders."""
