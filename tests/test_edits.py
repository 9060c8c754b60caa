"""Whatever is asked of a scenario ends in one that the loader accepts, or in an InputError."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import World, worlds
from worlds import write_world

from optimizer.change import edits
from optimizer.change.tables import ALL
from optimizer.domain.scenario import Scenario
from optimizer.errors import InputError
from optimizer.inputs.copy import write_copy
from optimizer.inputs.load import load_scenarios
from optimizer.inputs.loaded import Loaded
from optimizer.problem.build import build_instance
from optimizer.problem.stages import Stages, same

Edit = Callable[[Scenario], Scenario]


def loaded(world: World, folder: Path) -> Scenario:
    """Return the scenario of a world that the loader accepts."""
    try:
        return load_scenarios(write_world(folder, world.settings, **world.tables)).scenarios[0]
    except InputError:
        assume(False)
        raise


@st.composite
def an_edit(draw: st.DrawFn, scenario: Scenario) -> Edit:
    """Draw a change, some of them such as a loader refuses."""
    unit = scenario.settings.rounding or 1.0
    goal = scenario.settings.goal.target or 100.0
    amount = draw(
        st.one_of(
            st.integers(0, 40).map(lambda k: k * unit),
            st.sampled_from([0, goal / 3, -1, float("nan"), np.float32(12.5), np.int64(7), "5"]),
        )
    )
    share = draw(st.sampled_from([0, 0.05, 0.2, 0.5, 1, 1.2, -0.1, np.float64(0.3), None]))
    instance = build_instance(scenario)
    names = {
        "period": instance.periods,
        "region": instance.tree.names,
        "product": instance.products,
        "rep": instance.reps.names if instance.reps is not None else ("nobody",),
    }
    place = {
        name: draw(st.sampled_from([*[ALL] * len(labels), *labels * 4, f"{labels[-1]} x"]))
        for name, labels in names.items()
    }
    slice_ = {name: place[name] for name in ("period", "region", "product")}
    rep = draw(st.sampled_from(names["rep"]))
    kind = draw(st.sampled_from(sorted(edits.SHARES)))
    bounds = {
        name: draw(st.sampled_from([None, 0, 0.1, 0.4, 0.9, 1]))
        for name in ("min_share", "max_share")
    }
    columns = draw(
        st.dictionaries(
            st.sampled_from(
                ["capacity", "min", "floor", "stretch", "open", "start", "team", "products",
                 "fte", "x_grade", "产能", "nonsense", "email"]
            ),
            st.sampled_from(
                [5, 0.5, 1.2, -3, "maybe", "yes", True, "2024-02-01", dt.date(2024, 5, 1), "soon",
                 None, names["product"][0], list(names["product"]), " A "]
            ),
            max_size=3,
        )
    )  # fmt: skip
    return draw(
        st.sampled_from(
            [
                lambda s: edits.set_goal(s, amount),
                lambda s: edits.set_buffer(s, draw(st.sampled_from(edits.BUFFERS)), share or 0),
                lambda s: edits.set_share(s, kind, share, **bounds, **slice_),
                lambda s: edits.set_share(s, "region_share", share, region=names["region"][-1]),
                lambda s: edits.set_potential(s, amount, **slice_),
                lambda s: edits.set_capacity(s, rep, amount, place["period"]),
                lambda s: edits.set_minimum(s, rep, amount, place["period"]),
                lambda s: edits.set_products(s, rep, names["product"][:2]),
                lambda s: edits.add_rep(s, " 新人 ", names["region"][-1], **columns),
                lambda s: edits.set_lock(s, amount, **place),
                lambda s: edits.remove_lock(s, **place),
            ]
        )
    )


@settings(max_examples=15)
@given(worlds(), st.data())
def test_an_edit_is_refused_or_a_file_would_say_the_same(world: World, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scenario = loaded(world, folder / "as it is")
        stages = Stages()
        build_instance(scenario, stages=stages)
        for turn in range(5):
            edit = data.draw(an_edit(scenario))
            try:
                changed = edit(scenario)
            except InputError as error:
                assert "command line" not in str(error)
                continue
            write_copy(Loaded((changed,)), folder / f"{turn}", keep_personal=True)
            read = load_scenarios(folder / f"{turn}").scenarios[0]
            fresh = build_instance(changed)
            assert same(fresh, build_instance(read))
            assert same(fresh, build_instance(changed, stages=Stages(stages)))
            scenario = changed
