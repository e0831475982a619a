from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fertools.plotting import AccuracyCostDisplay
from fertools.plotting._accuracy_cost import pareto_front, spread

NAMES = ["svm", "rf", "knn", "a $x^{$ b"]
ACCURACY, COST = [0.6, 0.5, 0.7, 0.7], [1.0, 2.0, 8.0, 9.0]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=1, max_size=12))
def test_front_has_no_dominated_points(points):
    def dominates(one, other):
        return one[0] <= other[0] and one[1] >= other[1] and one != other

    expected = [not any(dominates(one, other) for one in points) for other in points]
    assert pareto_front(*np.transpose(points)).tolist() == expected


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.floats(0, 0.3))
def test_spread_positions_keep_gap_and_limits(positions, gap):
    positions = np.sort(positions)
    moved = spread(positions, gap)
    least = min(gap, 1 / max(len(positions) - 1, 1))
    assert (np.diff(moved) >= least - 1e-9).all()
    assert moved.min() >= -1e-9 and moved.max() <= 1 + 1e-9
    if (np.diff(positions) >= gap).all():
        np.testing.assert_allclose(moved, positions, atol=1e-9)


def test_equal_positions_move_symmetrically():
    np.testing.assert_allclose(spread(np.array([0.5, 0.5]), 0.2), [0.4, 0.6])


def test_pareto_front_is_marked(panels):
    limits = [[0.5, 0.7], [0.4, 0.6], [0.6, 0.8], [0.65, 0.75]]
    display = AccuracyCostDisplay(ACCURACY, COST, NAMES, intervals=limits).plot(panels[1])
    assert display.ax_ is panels[1] and display.figure_ is panels[1].figure
    assert display.front_.tolist() == [True, False, True, False]
    assert display.line_.get_xydata().tolist() == [[1, 0.6], [8, 0.7]]
    assert [text.get_text() for text in display.text_] == NAMES
    assert [text.get_fontweight() for text in display.text_] == ["bold", "normal"] * 2
    assert [text.xy for text in display.text_] == list(zip(COST, ACCURACY, strict=True))
    assert display.ax_.get_xscale() == "log"
    [bars] = display.ax_.collections
    assert [path.vertices[:, 1].tolist() for path in bars.get_paths()] == limits


def test_names_do_not_overlap():
    display = AccuracyCostDisplay([0.5] * 12, np.arange(1, 13), [f"method {k}" for k in range(12)])
    display.plot().figure_.canvas.draw()
    to_pixels = display.ax_.transAxes.transform
    heights = np.sort([to_pixels(text.get_position())[1] for text in display.text_])
    # Font size in points.
    assert np.diff(heights).min() * 72 / display.figure_.dpi > 9


@pytest.mark.parametrize("cost", ["ms_one", "ms_batch"])
def test_from_comparison(compared, cost):
    display = AccuracyCostDisplay.from_comparison(compared[0], cost=cost)
    table = compared[0].table().loc[["lda", "knn"]]
    assert display.names == ["lda", "knn"]
    assert display.accuracy == table["accuracy"].tolist()
    assert display.milliseconds == table[cost].tolist()
    assert display.intervals == table[["accuracy_low", "accuracy_high"]].to_numpy().tolist()


def test_methods_without_time_are_left_out(compared):
    comparison = compared[0]
    untimed = replace(
        comparison.results["lda"], costs=comparison.results["lda"].costs | {"ms_one": None}
    )
    results = comparison.results | {"lda": untimed}
    display = AccuracyCostDisplay.from_comparison(replace(comparison, results=results))
    assert list(display.names) == ["knn"]
