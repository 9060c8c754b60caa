"""Single steps of the allocation, against numbers worked out by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from optimizer.errors import SolverError
from optimizer.model import ascent, pooled, streets


@pytest.mark.parametrize("stretch", [False, True])
@pytest.mark.parametrize("effort", [None, np.ones((1, 1))])
@pytest.mark.parametrize(("gap", "too_far"), [(0.9e-4, False), (1.1e-4, True)])
def test_a_step_is_refused_unless_its_prices_prove_it(
    monkeypatch: pytest.MonkeyPatch, stretch: bool, effort: Any, gap: float, too_far: bool
) -> None:
    """A millionth of the ask of 100 may be missing; only stretch with effort is let off."""
    monkeypatch.setattr(pooled, "badly_scaled", lambda _: "")
    instance: Any = SimpleNamespace(is_stretch=stretch, effort=effort, ask_total=100.0)
    if too_far and not (stretch and effort is not None):
        with pytest.raises(SolverError, match="fullest cover"):
            pooled._must_prove(instance, 50.0 + gap, 50.0, "fullest cover")
    else:
        pooled._must_prove(instance, 50.0 + gap, 50.0, "fullest cover")


@pytest.mark.parametrize("sign", [-1.0, 1.0])
@pytest.mark.parametrize(
    ("values", "scale", "kept"),
    [([3.0, 2.0], 1.0, 3.0), ([2.0], 1.0, 2.0), ([3.0, 3.0], 1.0, 3.0), ([9.0], 9e5, 2.0)],
)
def test_a_straight_dual_is_followed_while_it_rises_and_prices_are_in_reach(
    monkeypatch: pytest.MonkeyPatch, sign: float, values: list[float], scale: float, kept: float
) -> None:
    def point(price: float, value: float) -> Any:
        return SimpleNamespace(
            price=np.array([price]), value=value, placement=SimpleNamespace(theta=0.0),
            missed=SimpleNamespace(side=None),
        )  # fmt: skip

    left = iter(values)
    monkeypatch.setattr(ascent, "point_at", lambda _b, _c, price, _t: point(price[0], next(left)))
    coupling: Any = SimpleNamespace(signed=lambda price, _side: price)
    blocks: Any = None
    found = ascent._farther(blocks, coupling, point(0.0, 1.0), point(sign * scale, 2.0))
    assert found is not None
    assert found.value == kept


@pytest.mark.parametrize(
    ("price", "step"),
    [(0.0, [1e6 + 0.5, 0.0]), (0.0, [-1e6 - 0.5, 0.0]), (0.0, [0.0, np.nan]),
     (9e5, [2e5, 0.0]), (-9e5, [-2e5, 0.0])],
)  # fmt: skip
def test_no_step_goes_past_the_dearest_price(price: float, step: list[float]) -> None:
    here: Any = SimpleNamespace(price=np.array([price, 0.0]))
    nothing: Any = None
    assert ascent._higher(nothing, nothing, here, np.array(step), 1e-9) is None


def test_effort_cuts_a_pool_above_its_lightest_sold_product(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Products of effort 1, 2, 3; pool 0 sells all, pool 1 the last two, pool 2 is not cut."""
    sold = np.array([[[True, True, True]], [[False, True, True]], [[True, True, True]]])
    monkeypatch.setattr(streets, "sellable", lambda *_: sold)
    instance: Any = SimpleNamespace(effort=np.array([1.0, 2.0, 3.0]), groups=(), reference=None)
    pools: Any = SimpleNamespace(group=np.arange(3), period=np.zeros(3, dtype=int))
    cuts = streets.read_cuts(instance, pools, np.array([True, True, False]))
    assert cuts.effort.tolist() == [3.0, 2.0, 1.0]
    assert cuts.there.tolist() == [[True, True, False], [True, False, False], [False] * 3]
    assert cuts.number.tolist() == [[1, 2, 2], [1, 1, 1], [0, 0, 0]]
