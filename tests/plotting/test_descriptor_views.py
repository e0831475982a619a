import numpy as np

from fertools.datasets import make_faces
from fertools.features import VisualWords
from fertools.inspection import zernike_view
from fertools.plotting import DescriptorViewsDisplay

FACES = make_faces(8, random_state=0).images


def test_views_are_drawn_with_captions(panels):
    words = VisualWords(10, size=16, step=8, random_state=0).fit(FACES)
    display = DescriptorViewsDisplay.from_image(
        FACES[0], dct=(20,), zernike=(6,), words=words, ax=panels[1]
    )
    names = ["face", "LBP codes", "HOG", "DCT 20", "Zernike 6", "visual words"]
    assert [text.get_text() for text in display.text_] == list(display.views) == names
    assert display.ax_ is panels[1] and not panels[0].images
    expected = np.nan_to_num(zernike_view(FACES[0], 6))
    np.testing.assert_allclose(display.images_[4].get_array().filled(0), expected)


def test_most_frequent_word_has_the_first_color():
    view = np.array([[7, 3], [7, 9]])
    [image] = DescriptorViewsDisplay({"words": view}).plot().images_
    drawn = image.get_array()
    assert (drawn == 0).tolist() == [[True, False], [True, False]]
    assert sorted(np.unique(drawn)) == [0, 1, 2]
