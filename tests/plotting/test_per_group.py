import numpy as np

from fertools.plotting._per_group import PerGroupDisplay


def test_each_group_has_a_dot(panels):
    accuracy = [[0.2, 0.4, 0.9], [1, 1, 0]]
    display = PerGroupDisplay(accuracy, ["a $x^{$", "b"]).plot(panels[1])
    assert display.ax_ is panels[1] and display.figure_ is panels[1].figure
    assert [line.get_xdata().tolist() for line in display.lines_] == accuracy
    for row, line in enumerate(display.lines_):
        # Distinct heights within the row.
        heights = line.get_ydata() - row
        assert np.abs(heights).max() < 0.5 and len(set(heights)) == 3
    [spans] = display.ax_.collections
    limits = [path.vertices[:, 0].tolist() for path in spans.get_paths()]
    np.testing.assert_allclose(limits, [[0.3, 0.65], [0.5, 1]])
    middles = display.ax_.lines[-1]
    assert middles.get_xdata().tolist() == [0.4, 1]
    bottom, top = display.ax_.get_ylim()
    assert bottom > top


def test_from_comparison(compared):
    comparison, faces = compared
    display = PerGroupDisplay.from_comparison(comparison)
    assert display.names == ["lda", "knn"]
    for name, accuracy in zip(display.names, display.accuracy, strict=True):
        case = comparison.results[name]
        persons = np.unique(faces.groups)
        right = [(case.predicted == case.truth)[case.group == person] for person in persons]
        np.testing.assert_allclose(accuracy, [of.mean() for of in right])
