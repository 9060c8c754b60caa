"""The schemas for editors say what the readers say: same keys, same bounds, same choices."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import documents
import pytest
from click.testing import CliRunner
from jsonschema import Draft7Validator
from worlds import ROOT

from cli import main
from optimizer.domain.keys import KEYS, Form, Key
from optimizer.errors import InputError
from optimizer.incentives.keys import KEYS as INCENTIVE_KEYS
from optimizer.schema.schema import FILES, schema_of
from optimizer.scorecards.keys import KEYS as SCORECARD_KEYS

ALL = {"scenario": KEYS, "incentive": INCENTIVE_KEYS, "scorecard": SCORECARD_KEYS}
SAMPLE: dict[Form, Any] = {
    Form.TEXT: "a text", Form.NUMBER: 0.5, Form.WHOLE: 5, Form.DATE: "2024-01-01",
    Form.TEXTS: ["a"], Form.NUMBERS: [0.5], Form.WHOLES: [1], Form.NUMBER_OR_NUMBERS: [1],
    Form.FREE: {"anything": 1},
}  # fmt: skip
KEY_CASES = [pytest.param(file, key, id=f"{file}: {key.path}") for file in ALL for key in ALL[file]]
BOUND = [case for case in KEY_CASES if case.values[1].low is not None]


def nested(path: str, value: Any) -> dict[str, Any]:
    """Return a document with one key."""
    for step in reversed(path.split(".")):
        name, many = step.removesuffix("[]").replace("*", "own"), step.endswith("[]")
        value = {name: [value] if many else value}
    return value  # type: ignore[no-any-return]


def faults(file: str, document: Any) -> list[str]:
    """Return what a schema says of a document, but for keys that are missing."""
    found = Draft7Validator(schema_of(file)).iter_errors(document)
    return [one.message for one in found if one.validator != "required"]


def sample(key: Key) -> Any:
    if key.choices:
        return [key.choices[0]] if key.form is Form.TEXTS else key.choices[0]
    if key.form is Form.NUMBER and key.low is not None and key.low >= 1:
        return key.low
    return SAMPLE[key.form]


def documents_in(folder: Path) -> Iterator[Path]:
    yield from sorted(path for file in ALL for path in folder.glob(f"*/{file}.toml"))


@pytest.mark.parametrize("file", FILES)
def test_it_is_a_schema(file: str) -> None:
    Draft7Validator.check_schema(schema_of(file))
    assert "additionalProperties" in schema_of(file)


@pytest.mark.parametrize(("file", "key"), KEY_CASES)
def test_every_key_of_the_reader_is_known_and_no_other(file: str, key: Key) -> None:
    assert faults(file, nested(key.path, sample(key))) == []
    if not key.path.endswith("*") and key.form is not Form.FREE:
        assert faults(file, nested(key.path + "x", sample(key)))


@pytest.mark.parametrize(("file", "key"), BOUND)
def test_bounds_are_those_of_the_reader(file: str, key: Key) -> None:
    assert key.low is not None
    below = key.low if key.open_low else key.low - 1
    value = [below] if key.form in (Form.NUMBERS, Form.WHOLES) else below
    assert faults(file, nested(key.path, value))


@pytest.mark.parametrize("path", list(documents_in(ROOT / "scenarios")), ids=str)
def test_bundled_files_pass(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = Draft7Validator(schema_of(path.stem)).iter_errors(
        json.loads(json.dumps(tomllib.loads(text), default=str))
    )
    assert [one.message for one in found] == []


def test_what_is_missing_is_told() -> None:
    found = Draft7Validator(schema_of("incentive")).iter_errors({"plan": [{"commission": [{}]}]})
    told = " ".join(one.message for one in found)
    for name in ("'name'", "'mode'", "'tiers'"):
        assert f"{name} is a required property" in told


@pytest.mark.parametrize("file", FILES)
def test_the_copies_in_the_documents_are_in_step(file: str) -> None:
    stored = documents.ROOT / "docs" / "schema" / f"{file}.schema.json"
    assert json.loads(stored.read_text(encoding="utf-8")) == schema_of(file), (
        "write them anew: quotaplan schema --out docs/schema"
    )


def test_the_command(tmp_path: Path) -> None:
    run = CliRunner().invoke
    assert json.loads(run(main, ["schema", "scenario"]).stdout) == schema_of("scenario")
    done = run(main, ["schema", "--out", str(tmp_path / "s")])
    assert (done.exit_code, "incentive.schema.json" in done.stdout) == (0, True)
    assert json.loads((tmp_path / "s" / "scorecard.schema.json").read_text(encoding="utf-8"))
    own = tmp_path / "s" / "scenario.schema.json"
    own.write_text("{}", encoding="utf-8")
    refused = run(main, ["schema", "--out", str(tmp_path / "s")])
    assert (refused.exit_code, own.read_text(encoding="utf-8")) == (2, "{}")
    assert f"{own}: there is a file of that name" in refused.stderr
    for words in (["--force"], []):
        assert run(main, ["schema", "--out", str(tmp_path / "s"), *words]).exit_code == 0
    assert json.loads(own.read_text(encoding="utf-8")) == schema_of("scenario")
    bare = run(main, ["schema"])
    assert (bare.exit_code, bare.stdout) == (2, "")
    assert "name one of scenario, incentive, scorecard" in bare.stderr
    with pytest.raises(InputError, match="there is a schema of"):
        schema_of("people")
