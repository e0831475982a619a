import numpy as np
import pytest
from numpy.testing import assert_array_equal
from skimage.feature import hog
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

from fertools.datasets import EXPRESSIONS, make_faces
from fertools.datasets._face_drawing import ACTION_NAMES, ACTIONS, Canvas, draw_face, draw_person


def test_shapes_and_types():
    faces = make_faces(10, random_state=0)
    assert faces.images.shape == (10, 48, 48)
    assert faces.images.dtype == np.uint8
    assert faces.target_names == list(EXPRESSIONS)
    assert faces.target.tolist() == [0, 1, 2, 3, 4, 5, 6, 0, 1, 2]
    assert_array_equal(faces.labels, np.array(EXPRESSIONS)[faces.target])
    assert len(set(faces.ids)) == 10
    assert len(np.unique(faces.images.reshape(10, -1), axis=0)) == 10


def test_faces_depend_on_the_seed_only():
    first, second = make_faces(7, random_state=3), make_faces(7, random_state=3)
    assert_array_equal(first.images, second.images)
    assert_array_equal(first.images, make_faces(7, random_state=np.random.RandomState(3)).images)
    assert not np.array_equal(first.images, make_faces(7, random_state=4).images)


def test_face_does_not_depend_on_the_number_of_faces():
    assert_array_equal(
        make_faces(3, random_state=0).images, make_faces(20, random_state=0).images[:3]
    )


def test_faces_are_equal_on_all_computers():
    # Coarse statistics of these faces, from the computer on which they were first drawn.
    images = make_faces(70, random_state=0, noise=0).images
    found = np.array([images.mean(), images.std(), images[:, 30:, 12:36].mean()])
    np.testing.assert_allclose(found, [124.961, 51.791, 131.144], atol=0.01)


def test_classes_are_in_the_given_order():
    faces = make_faces(4, random_state=0, classes=["sad", "happy"])
    assert faces.target_names == ["sad", "happy"]
    assert faces.labels.tolist() == ["sad", "happy", "sad", "happy"]


@pytest.mark.parametrize("size", [16, 33, 96])
def test_size(size):
    small = make_faces(7, size=size, random_state=0, noise=0).images
    assert small.shape == (7, size, size)
    # The same drawing at another size: its thirds have the same brightness.
    usual = make_faces(7, random_state=0, noise=0).images
    means = [images.reshape(7, -1).mean(axis=1) for images in (small, usual)]
    np.testing.assert_allclose(*means, atol=8)


def test_noise_is_the_standard_deviation_in_gray_levels():
    clean, noisy = (make_faces(20, random_state=0, noise=n).images.astype(int) for n in (0, 5))
    inside = (clean > 25) & (clean < 230)
    assert (noisy - clean)[inside].std() == pytest.approx(5, rel=0.05)


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"n_samples": 0}, "n_samples"),
        ({"size": 15}, "size"),
        ({"noise": -1}, "noise"),
        ({"random_state": "x"}, "random_state"),
        ({"classes": ["bored"]}, "classes must be different names"),
    ],
)
def test_invalid_parameters_are_rejected(parameters, reason):
    with pytest.raises(ValueError, match=reason):
        make_faces(**parameters)


def draw(expression, **changes):
    """Draw the same person, upright, with an expression at full intensity."""
    person = draw_person(np.random.default_rng(0))
    person |= {"glasses": False, "yaw": 0, "pitch": 0, "skin": 200, "hair": 20}
    actions = dict(zip(ACTION_NAMES, ACTIONS[expression], strict=True)) | changes
    canvas = Canvas(192, (0, 0.46, 0, 0), 128)
    draw_face(canvas, person, actions)
    return canvas.pixels


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_facial_actions_of_upright_faces_are_symmetric(expression):
    face = draw(expression)[60:]  # the hair above is not symmetric
    difference = np.abs(face.astype(int) - face[:, ::-1])
    assert np.mean(difference > 20) < 0.001


@pytest.mark.parametrize("action", ["corner_up", "brow_in", "brow_out", "lid_up", "jaw"])
def test_facial_action_changes_only_its_part_of_the_face(action):
    changed = np.flatnonzero((draw("neutral") != draw("neutral", **{action: 1})).any(axis=1))
    eyes, mouth = (20, 92), (125, 192)
    low, high = mouth if action in ("corner_up", "jaw") else eyes
    assert changed.size
    assert low <= changed.min() <= changed.max() < high


def dark_rows(face):
    """Return the mean row of dark pixels at the corners and at the center of the mouth."""
    mouth = face[125:165, 60:132] < 150
    columns = np.flatnonzero(mouth.any(axis=0))
    rows = np.arange(40)

    def mean_row(part):
        return (rows * part.sum(axis=1)).sum() / part.sum()

    edge = 4
    corners = mouth[:, [*columns[:edge], *columns[-edge:]]]
    return mean_row(corners), mean_row(mouth[:, 32:40])


def test_mouth_corners_are_raised_in_happy_and_lowered_in_sad_faces():
    corner, middle = dark_rows(draw("neutral", corner_up=1))
    assert corner < middle - 3
    corner, middle = dark_rows(draw("sad"))
    assert corner > middle + 3


def test_edges_are_more_informative_than_pixels():
    train, test = make_faces(350, random_state=0), make_faces(140, random_state=1)

    def pixels(faces):
        return faces.images.reshape(len(faces.images), -1) / 255

    def gradients(faces):
        return np.stack([hog(image, cells_per_block=(2, 2)) for image in faces.images])

    for n_neighbors in (1, 5):
        neighbors = KNeighborsClassifier(n_neighbors).fit(pixels(train), train.labels)
        assert neighbors.score(pixels(test), test.labels) < 0.5
    machine = SVC(C=10).fit(gradients(train), train.labels)
    assert machine.score(gradients(test), test.labels) > 0.8
