import numpy as np

from fertools.datasets import make_faces
from fertools.plotting import AugmentedSamplesDisplay
from fertools.preprocessing import Augmenter


def test_rows_are_images_and_their_augmentations():
    images = make_faces(3, size=16, random_state=0).images
    mirror = Augmenter(rotation=0, shift=0, shear=0, zoom=0, flip=1)
    display = AugmentedSamplesDisplay.from_estimator(mirror, images, n_augmented=2)
    drawn = np.array([artist.get_array() for artist in display.images_]).reshape(3, 3, 16, 16)
    np.testing.assert_array_equal(drawn[:, 0], images)
    np.testing.assert_array_equal(drawn[:, 1], images[:, :, ::-1])
    np.testing.assert_array_equal(drawn[:, 2], images[:, :, ::-1])
    np.testing.assert_array_equal(display.augmented, drawn[:, 1:])
    top = np.array([artist.get_extent()[3] for artist in display.images_]).reshape(3, 3)
    assert (top == top[:, :1]).all() and (np.diff(top[:, 0]) > 1).all()
    assert [text.get_text() for text in display.ax_.texts] == ["original", "augmented"]


def test_augmentations_differ():
    images = make_faces(2, size=16, random_state=0).images
    display = AugmentedSamplesDisplay.from_estimator(Augmenter(random_state=0), images)
    assert display.augmented.shape == (2, 6, 16, 16)
    assert len(set(map(bytes, display.augmented.reshape(12, -1)))) == 12


def test_plot_on_given_axes(panels):
    images = make_faces(2, size=16, random_state=0).images
    display = AugmentedSamplesDisplay(images, images[:, None]).plot(panels[1])
    assert display.ax_ is panels[1] and display.figure_ is panels[1].figure
    assert len(panels[1].images) == 4
