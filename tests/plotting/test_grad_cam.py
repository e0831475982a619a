import keras
import numpy as np
import pytest

from fertools.datasets import make_faces
from fertools.inspection import grad_cam
from fertools.neural import KerasImageClassifier
from fertools.plotting import GradCAMDisplay

HEAT = np.array([np.eye(4), np.zeros((4, 4)), np.full((4, 4), 0.5)])


def small_network(input_shape, n_classes):
    return keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Conv2D(4, 3, activation="relu"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(n_classes, activation="softmax"),
        ]
    )


@pytest.fixture(scope="module")
def faces():
    return make_faces(14, size=16, random_state=0)


@pytest.fixture(scope="module")
def network(faces):
    network = KerasImageClassifier(small_network, epochs=1, random_state=0)
    return network.fit(faces.images, faces.labels)


def test_heat_is_drawn_over_images(faces):
    display = GradCAMDisplay(faces.images[:3], HEAT, ["sad", "fear", "sad"]).plot()
    for image, over, heat in zip(display.images_, display.heat_, HEAT, strict=True):
        np.testing.assert_array_equal(over.get_array(), heat)
        assert over.get_extent() == image.get_extent()
        assert over.get_clim() == (0, 1)
        assert over.get_zorder() >= image.get_zorder()
        # Zero heat is transparent, and the maximum is not opaque.
        assert (over.get_alpha()[heat == 0] == 0).all() and over.get_alpha().max() < 1
    assert [text.get_text() for text in display.text_] == ["sad", "fear", "sad"]
    assert display.frames_ == []


def test_captions_show_label_and_class_of_heat(faces):
    images, labels = faces.images[:3], ["sad", "happy", "sad"]
    display = GradCAMDisplay(images, HEAT, ["sad", "fear", "sad"], labels=labels).plot()
    texts = [text.get_text() for text in display.text_]
    assert texts == ["sad", "happy\nas fear", "sad"]
    assert len(display.frames_) == 1


def test_from_estimator_explains_prediction(network, faces, panels):
    display = GradCAMDisplay.from_estimator(network, faces.images, faces.labels, ax=panels[1])
    np.testing.assert_array_equal(display.targets, network.predict(faces.images))
    np.testing.assert_allclose(display.heat, grad_cam(network, faces.images), atol=1e-5)
    assert display.labels is faces.labels
    assert display.ax_ is panels[1] and display.figure_ is panels[1].figure
    assert len(panels[1].images) == 28 and not panels[0].images


def test_from_estimator_explains_given_class(network, faces):
    display = GradCAMDisplay.from_estimator(network, faces.images, target="sad", layer=0)
    assert display.targets.tolist() == ["sad"] * 14
    expected = grad_cam(network, faces.images, target="sad", layer=0)
    np.testing.assert_array_equal(display.heat, expected)
    with pytest.raises(ValueError, match=r"classes of the network, .* got \['joy'\]"):
        GradCAMDisplay.from_estimator(network, faces.images, target="joy")


def test_inconsistent_lengths_raise(faces):
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        GradCAMDisplay(faces.images, HEAT, faces.labels).plot()
