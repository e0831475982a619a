import numpy as np
import pytest
from sklearn.metrics import precision_score, recall_score

from fertools.plotting._per_class import PerClassDisplay


def test_cells_show_scores_and_means(panels):
    scores = [[0.9, 0.5, 0.1], [1, 0, 0.5]]
    display = PerClassDisplay(scores, ["a $x^{$", "b"], ["x", "y", "z"]).plot(panels[1])
    assert display.ax_ is panels[1] and display.figure_ is panels[1].figure
    texts = [[text.get_text() for text in row] for row in display.text_]
    assert texts == [["90", "50", "10", "50"], ["100", "0", "50", "50"]]
    assert display.im_.get_clim() == (0, 1)
    assert [label.get_text() for label in display.ax_.get_yticklabels()] == ["a $x^{$", "b"]
    assert [label.get_text() for label in display.ax_.get_xticklabels()][-1] == "mean"
    assert display.text_[1, 0].get_color() == "white"
    assert display.text_[1, 1].get_color() == "black"


@pytest.mark.parametrize(
    ("score", "function"), [("recall", recall_score), ("precision", precision_score)]
)
def test_from_comparison(compared, score, function):
    comparison, faces = compared
    display = PerClassDisplay.from_comparison(comparison, score=score)
    assert display.names == ["lda", "knn"] and display.classes == faces.target_names
    for name, scores in zip(display.names, display.scores, strict=True):
        case = comparison.results[name]
        expected = function(
            case.truth, case.predicted, labels=faces.target_names, average=None, zero_division=0
        )
        np.testing.assert_allclose(scores, expected)
