"""The verifier's arrays: columns as read, rows matched and compared, against the plain way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.verify import columns
from optimizer.verify.axes import joint, place
from optimizer.verify.check_equals import SAME, _most_before, _Seats
from optimizer.verify.check_slack import _positions
from optimizer.verify.columns import (
    column_of,
    converted,
    find,
    ranks,
    repeats,
    rows_where,
    same,
)
from optimizer.verify.cube import grow_tree, margins
from optimizer.verify.files import UnreadableError, is_filled, numbers, read_columns, read_texts
from optimizer.verify.layout import PRICES, read_table
from optimizer.verify.waterfalls import Waterfalls

labels = st.sampled_from(["", "*", "a", "b", "é", "z"])
few = st.integers(0, 3)


@given(st.lists(st.tuples(labels, labels, few), max_size=12), st.booleans(), st.booleans())
def test_repeated_rows_are_those_that_stand_below_their_like(
    rows: list[tuple[str, str, int]], as_categories: bool, numbered: bool
) -> None:
    frame = pd.DataFrame(rows, columns=["x", "y", "n"])
    expected = frame.duplicated().tolist()
    if as_categories:
        frame["x"] = pd.Categorical(frame["x"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "MANY", 1 << 62 if numbered else 1)
        patch.setattr(columns, "ROOM", 8 if numbered else 0)
        assert repeats(frame, ["x", "y", "n"]).tolist() == expected


@given(st.lists(st.tuples(labels, labels), max_size=9))
def test_a_joint_place_is_below_zero_where_any_label_is_unknown(
    rows: list[tuple[str, str]],
) -> None:
    frame = pd.DataFrame(rows, columns=["x", "y"], dtype="object")
    known = {"x": ("b", "a"), "y": ("z", "é", "a")}
    found = joint(
        *((lambda texts, name=name: place(known[name], texts), frame[name], len(known[name]))
          for name in known)
    )  # fmt: skip
    for at, (x, y) in zip(found.tolist(), rows, strict=True):
        if x in known["x"] and y in known["y"]:
            assert at == known["x"].index(x) * 3 + known["y"].index(y)
        else:
            assert at < 0


def test_rows_are_looked_at_slice_by_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "BLOCK", 3)
    amounts = np.array([0.0, 2.0, 0.0, 3.0, 0.0, 0.0, 4.0, 5.0])
    assert rows_where(8, lambda rows: amounts[rows] > 0.0).tolist() == [1, 3, 6, 7]
    assert rows_where(0, lambda rows: amounts[rows] > 0.0).tolist() == []


@given(st.lists(labels, max_size=9))
def test_labels_are_found_compared_ranked_and_changed_as_texts(texts: list[str]) -> None:
    written: list[Any] = [pd.Series(texts, dtype="object"), pd.Categorical(texts)]
    for column in written:
        assert same(column, "a").tolist() == [text == "a" for text in texts]
        assert list(converted(column, str.upper)) == [text.upper() for text in texts]
        order = np.argsort(ranks(column), kind="stable")
        assert [texts[row] for row in order] == sorted(texts)
    assert find(("b", "a"), pd.Index(["a", "c", "b"])).tolist() == [1, -1, 0]
    assert find(("1",), pd.Index([1.0])).tolist() == [-1]


cells = st.sampled_from(
    ["", "1", "-2.5", "1e3", "007", " 4", "nan", "NA", "inf", "x", "'=1", "'a", '"a,b"', '"a\nb"']
)


@given(st.lists(st.tuples(cells, cells), max_size=6))
def test_a_table_by_columns_is_the_table_cell_by_cell(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    text = "rep,amount\n" + "".join(f"{rep},{amount}\n" for rep, amount in rows)
    path.write_text(text, encoding="utf-8")
    quick, names = read_columns(path, ("amount",))
    slow = read_texts(path)
    assert names == ("rep", "amount")
    assert quick.index.tolist() == slow.index.tolist() == list(range(2, len(rows) + 2))
    assert quick["rep"].astype(str).tolist() == slow["rep"].astype(str).tolist()
    one, other = numbers(quick["amount"]), numbers(slow["amount"])
    assert np.array_equal(one, other, equal_nan=True)
    wrong = [is_filled(frame["amount"]) & np.isnan(one) for frame in (quick, slow)]
    assert wrong[0].tolist() == wrong[1].tolist()


def test_columns_of_any_kind_become_labels_or_numbers() -> None:
    dictionary = pa.DictionaryArray.from_arrays(
        pa.array([0, 2, None, 1], type=pa.uint8()), pa.array(["b", "'=1", "a"])
    )
    found = column_of(pa.chunked_array([dictionary]))
    assert list(found) == ["b", "a", "", "=1"]
    halves = [pa.array(["x", "y"]).dictionary_encode(), pa.array(["y", None]).dictionary_encode()]
    assert list(column_of(pa.chunked_array(halves))) == ["x", "y", "y", ""]
    assert list(column_of(pa.chunked_array([[True, None, False]]))) == ["true", "", "false"]
    assert np.array_equal(column_of(pa.chunked_array([[3, None]])), [3.0, np.nan], equal_nan=True)
    assert list(column_of(pa.chunked_array([], type=pa.string()))) == []


def test_a_fault_in_parquet_is_told_with_its_row(tmp_path: Path) -> None:
    texts = {name: ["*", "*", "x"] for name in PRICES.texts}
    table = pa.table({**texts, "price": pa.array([1.0, np.inf, None], from_pandas=False)})
    pq.write_table(table, tmp_path / "prices.parquet", row_group_size=1)
    written = read_table(tmp_path, PRICES, ["amount"])
    assert [failure.text for failure in written.failures] == [
        "prices.parquet, row 3, price: is not a number (found inf)",
        "prices.parquet, row 3, price: is blank",
        "prices.parquet, row 4, price: is blank",
    ]
    (tmp_path / "prices.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(UnreadableError, match="as a table"):
        read_texts(tmp_path / "prices.parquet")


keys = st.lists(st.integers(0, 6), max_size=8)


@given(st.lists(st.integers(0, 6), min_size=1, max_size=8), keys)
def test_limits_are_matched_whatever_their_order(due: list[int], found: list[int]) -> None:
    at = _positions(np.array(due, dtype=np.int64), np.array(found, dtype=np.int64))
    expected = [due.index(key) if key in due else -1 for key in found]
    if sorted(due) != sorted(found) or len(set(due)) == len(due):
        assert at.tolist() == expected
    else:
        assert [due[number] for number in at] == found


seats = st.lists(st.tuples(few, few, st.integers(0, 9)), min_size=1, max_size=12)


@given(seats)
def test_the_largest_target_of_a_smaller_reference(rows: list[tuple[int, int, int]]) -> None:
    rows = sorted(rows)
    group, reference, total = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    found = _most_before(group.astype(np.int64), reference, total)
    for (own, size, _), most in zip(rows, found.tolist(), strict=True):
        smaller = [told for where, other, told in rows if where == own and other < size]
        assert most == max(smaller, default=-np.inf)


@given(seats)
def test_equal_seats_that_differ_are_among_those_looked_at(
    rows: list[tuple[int, int, int]],
) -> None:
    group, low, total = (np.array(column) for column in zip(*rows, strict=True))
    zeros = np.zeros(len(rows))
    numbers_of: dict[str, Any] = dict.fromkeys((*SAME, "rep", "reference"), zeros)
    numbers_of |= {"group": group, "low": low.astype(float), "total": total.astype(float)}
    looked_at = _Seats(**numbers_of).unlike(1.0)
    frame = pd.DataFrame(rows, columns=["group", "low", "total"])
    spread = frame.groupby(["group", "low"])["total"].transform(lambda own: own.max() - own.min())
    assert set(np.flatnonzero(spread > 1.25)) <= set(looked_at.tolist())


def test_steps_that_stand_apart_are_added_up() -> None:
    falls = Waterfalls(
        "explain.csv", ("equal share",), str, 3,
        np.array([1, 1, 0, 1]), np.zeros(4, dtype=np.int8), np.array([1.0, 2.0, 4.0, 8.0]),
    )  # fmt: skip
    assert falls.sums(falls.amount).tolist() == [4.0, 11.0, 0.0]
    assert falls.listed.tolist() == [True, True, False]


@given(st.lists(st.integers(-1, 6), min_size=1, max_size=8))
def test_margins_of_any_tree_add_up_every_leaf_below(parents: list[int]) -> None:
    names = [f"r{number}" for number in range(len(parents))]
    tree = grow_tree(
        {name: names[above] if 0 <= above < row else ""
         for row, (name, above) in enumerate(zip(names, parents, strict=True))}
    )  # fmt: skip
    cells = np.arange(1.0, 1.0 + len(tree.leaves)).reshape(-1, 1, 1)
    for node, total in enumerate(margins(cells, tree)[:, 0, 0].tolist()):
        assert total == cells[tree.under(node)].sum()
