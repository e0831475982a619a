import numpy as np
import pytest

from fertools.datasets import make_faces
from fertools.plotting import DisagreementDisplay


def test_captions_show_most_frequent_predictions(panels):
    faces = make_faces(2, size=16, random_state=0)
    votes = [["sad", "fear", "sad", "happy", "sad", "fear"], ["a $x^{$"] * 6]
    display = DisagreementDisplay(faces.images, faces.labels, votes).plot(panels[1])
    assert display.ax_ is panels[1] and display.figure_ is panels[1].figure
    captions = [text.get_text() for text in display.text_]
    assert captions == ["angry\n3 sad\n2 fear", "disgust\n6 a $x^{$"]
    np.testing.assert_array_equal(display.images_[1].get_array(), faces.images[1])


def test_inconsistent_lengths_raise():
    faces = make_faces(2, size=16, random_state=0)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        DisagreementDisplay(faces.images, faces.labels, [["sad"]]).plot()


@pytest.mark.parametrize("order", ["hardest", "disputed"])
def test_from_comparison(compared, order):
    comparison, faces = compared
    display = DisagreementDisplay.from_comparison(comparison, faces, order=order, n=5)
    assert len(display.images) == 5
    answers = {}
    for name in ("lda", "knn"):
        case = comparison.results[name]
        answers[name] = dict(zip(map(bytes, faces.images[case.row]), case.predicted, strict=True))
    truth = dict(zip(map(bytes, faces.images), faces.labels, strict=True))
    for image, label, votes in zip(display.images, display.labels, display.votes, strict=True):
        assert truth[bytes(image)] == label
        assert votes.tolist() == [answers[name][bytes(image)] for name in ("lda", "knn")]
        assert label not in votes if order == "hardest" else votes[0] != votes[1]


def test_unknown_order_raises(compared):
    with pytest.raises(ValueError, match=r"order must be one of \['hardest', 'disputed'\]; got"):
        DisagreementDisplay.from_comparison(*compared, order="easiest")
