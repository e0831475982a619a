import numpy as np
import pytest

from fertools.plotting._pairwise import PairwiseDisplay


def test_cells_show_difference_and_p_value(panels):
    difference = np.array([[0, 0.2, 0.01], [-0.2, 0, -0.19], [-0.01, 0.19, 0]])
    p = np.array([[1, 0.0004, 0.6], [0.0004, 1, 0.05], [0.6, 0.05, 1]])
    display = PairwiseDisplay(difference, p, ["a $x^{$", "b", "c"]).plot(panels[1])
    assert display.ax_ is panels[1] and display.figure_ is panels[1].figure
    texts = [text.get_text() for text in display.text_.flat]
    assert texts == [
        *["", "+20.0\n<.001", "+1.0\n.600"],
        *["-20.0\n<.001", "", "-19.0\n.050"],
        *["-1.0\n.600", "+19.0\n.050", ""],
    ]
    # Significant differences are blue if positive and red if negative.
    colors = display.im_.get_array()
    assert colors.mask.sum() == 7
    (red, _, blue, _), (red_too, _, blue_too, _) = (
        display.im_.cmap(display.im_.norm(colors[cell])) for cell in [(0, 1), (1, 0)]
    )
    assert blue > red and red_too > blue_too
    # Text on dark cells is white.
    assert display.text_[0, 1].get_color() == "white"
    assert display.text_[0, 2].get_color() == "black"


def test_equal_methods_have_no_color():
    display = PairwiseDisplay(np.zeros((2, 2)), np.ones((2, 2)), ["a", "b"]).plot()
    assert display.im_.get_array().mask.all()


def test_from_comparison(compared):
    display = PairwiseDisplay.from_comparison(compared[0])
    [pair] = compared[0].pairs().itertuples()
    assert display.names == ["lda", "knn"] == [pair.first, pair.second]
    assert display.difference[0, 1] == pytest.approx((pair.only_first - pair.only_second) / 140)
    np.testing.assert_array_equal(display.difference, -display.difference.T)
    np.testing.assert_array_equal(display.p, [[1, pair.p_holm], [pair.p_holm, 1]])
