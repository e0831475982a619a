import numpy as np
import pytest

from fertools.datasets import make_faces, take_samples
from fertools.plotting import SampleGridDisplay


@pytest.fixture(scope="module")
def faces():
    return make_faces(70, size=16, random_state=0)


def boxes(artists):
    """Return left, right, bottom and top of images in drawing order."""
    return [artist.get_extent() for artist in artists]


def captions(display):
    return [text.get_text() for text in display.text_]


def test_classes_are_columns(faces):
    display = SampleGridDisplay.from_bunch(faces, n=3, random_state=0)
    assert captions(display) == faces.target_names * 3
    assert len(np.unique([image.tobytes() for image in display.images])) == 21
    left = np.array(boxes(display.images_))[:, 0].reshape(3, 7)
    assert (left == left[0]).all() and (np.diff(left[0]) > 1).all()
    for image, artist in zip(display.images, display.images_, strict=True):
        np.testing.assert_array_equal(artist.get_array(), image)


def test_captions_are_labels_of_images(faces):
    display = SampleGridDisplay.from_bunch(faces, n=12, per_class=False, random_state=0)
    label_of = dict(zip(map(bytes, faces.images), faces.labels, strict=True))
    assert [label_of[bytes(image)] for image in display.images] == captions(display)
    assert len(set(map(bytes, display.images))) == 12


def test_choice_depends_on_random_state(faces):
    one, same, other = (
        SampleGridDisplay.from_bunch(faces, random_state=seed).images for seed in (0, 0, 1)
    )
    assert (one == same).all() and (one != other).any()


def test_classes_without_images_have_no_column(faces):
    few = take_samples(faces, np.isin(faces.labels, ["sad", "fear"]))
    assert captions(SampleGridDisplay.from_bunch(few, n=1)) == ["fear", "sad"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n": 11}, "n must be at most 10, the number of images of 'angry'; got 11"),
        ({"n": 71, "per_class": False}, "n must be at most 70, the number of images; got 71"),
        ({"n": 0}, "n == 0, must be >= 1"),
    ],
)
def test_invalid_number_of_images_raises(faces, arguments, message):
    with pytest.raises(ValueError, match=message):
        SampleGridDisplay.from_bunch(faces, **arguments)


def test_wrong_predictions_are_marked(faces):
    y_true, y_pred = faces.labels[:9], faces.labels[:9].copy()
    y_pred[[2, 5]] = "neutral"
    display = SampleGridDisplay.from_predictions(faces.images[:9], y_true, y_pred, n_columns=3)
    assert captions(display)[2] == "fear\nas neutral"
    assert captions(display)[3] == "happy"
    assert len(display.frames_) == 2
    for frame, place in zip(display.frames_, (2, 5), strict=True):
        left, right, bottom, top = boxes(display.images_)[place]
        assert sorted(set(frame.get_xdata())) == pytest.approx([left, right])
        assert sorted(set(frame.get_ydata())) == pytest.approx([top, bottom])
    colors = {text.get_color() for text in display.text_}
    assert len(colors) == 2
    assert display.text_[2].get_color() == display.frames_[0].get_color()


def test_from_estimator(faces):
    class AlwaysSad:
        def predict(self, X):
            return np.full(len(X), "sad")

    display = SampleGridDisplay.from_estimator(AlwaysSad(), faces.images[:7], faces.labels[:7])
    assert display.predictions.tolist() == ["sad"] * 7
    assert len(display.frames_) == 6


def test_plot_on_given_axes(faces, panels):
    display = SampleGridDisplay.from_bunch(faces, ax=panels[1])
    assert display.ax_ is panels[1] and display.figure_ is panels[1].figure
    assert not panels[0].images and len(panels[1].images) == 21
    wide = SampleGridDisplay.from_bunch(faces)
    assert wide.figure_ is not panels[1].figure
    # Smaller tiles have smaller text.
    assert display.text_[0].get_fontsize() < wide.text_[0].get_fontsize()


def test_captions_do_not_overlap():
    faces = make_faces(21, size=16, random_state=0)
    display = SampleGridDisplay.from_predictions(
        faces.images, np.full(21, "surprise"), np.full(21, "disgust")
    )
    display.figure_.canvas.draw()
    drawn = [artist.get_window_extent() for artist in display.text_ + display.images_]
    for k, one in enumerate(drawn):
        # Tolerance of one pixel.
        assert not any(one.padded(-1).overlaps(other.padded(-1)) for other in drawn[k + 1 :])


def test_color_float_and_mixed_size_images():
    gray = np.linspace(0, 1, 12).reshape(3, 4)
    color = np.zeros((8, 4, 3), dtype=np.uint8)
    display = SampleGridDisplay([gray, color, gray * 50 - 10], ["a", "b", "c"]).plot()
    np.testing.assert_array_equal(display.images_[0].get_array(), np.rint(gray * 255))
    np.testing.assert_array_equal(display.images_[1].get_array(), color)
    np.testing.assert_array_equal(display.images_[2].get_array(), np.rint(gray * 255))
    sizes = [(right - left, bottom - top) for left, right, bottom, top in boxes(display.images_)]
    np.testing.assert_allclose(sizes, [(1, 0.75), (0.5, 1), (1, 0.75)])


def test_inconsistent_lengths_raise(faces):
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        SampleGridDisplay(faces.images, faces.labels[:3]).plot()
    with pytest.raises(ValueError, match="images must hold at least one image; got 0"):
        SampleGridDisplay(faces.images[:0], []).plot()
