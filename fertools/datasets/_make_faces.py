"""Drawn faces, a small synthetic data set of expressions."""

from numbers import Integral, Real

import cv2
import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, validate_params

from ._bunch import EXPRESSIONS, choose, face_bunch
from ._face_drawing import OVERSAMPLING, Canvas, draw_actions, draw_face, draw_person


def photograph(pixels, size, noise, rng):
    """Simulate a photo of a drawing, with random blur, uneven illumination and noise.

    Parameters
    ----------
    pixels : ndarray of shape (side, side), uint8
    size : int
        Height and width of the result; `side` is a multiple of it.
    noise : float
        Standard deviation in gray levels.
    rng : Generator

    Returns
    -------
    ndarray of shape (size, size), uint8
    """
    focus = rng.uniform(0.1, 0.35) * OVERSAMPLING
    blurred = cv2.GaussianBlur(pixels, (0, 0), focus * size / 48)
    picture = cv2.resize(blurred, (size, size), interpolation=cv2.INTER_AREA).astype(np.float64)
    y, x = np.meshgrid(*[np.linspace(-1, 1, size)] * 2, indexing="ij")
    angle, slope = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.35)
    illumination = 1 + slope * (np.cos(angle) * x + np.sin(angle) * y)
    picture = picture * illumination * rng.uniform(0.55, 1.15) + rng.uniform(-15, 25)
    picture += rng.normal(0, noise, size=picture.shape)
    return np.rint(picture).clip(0, 255).astype(np.uint8)


@validate_params(
    {
        "n_samples": [Interval(Integral, 1, None, closed="left")],
        "size": [Interval(Integral, 16, None, closed="left")],
        "random_state": ["random_state"],
        "noise": [Interval(Real, 0, None, closed="left")],
        "classes": ["array-like", None],
    },
    prefer_skip_nested_validation=True,
)
def make_faces(n_samples=100, *, size=48, random_state=None, noise=6.0, classes=None):
    """Generate drawn faces with expressions.

    The person (head, hair, skin, features, glasses), the intensity of the expression, pose,
    illumination, focus and noise vary, so that faces with similar pixels usually have different
    expressions. The images only depend on the parameters, and image i does not depend on
    `n_samples`.

    Parameters
    ----------
    n_samples : int, default=100
        Number of faces. The classes alternate, so that their sizes differ by at most one.
    size : int, default=48
        Height and width in pixels, at least 16.
    random_state : int, RandomState instance or None, default=None
        Random seed.
    noise : float, default=6.0
        Standard deviation of the pixel noise, in gray levels.
    classes : list of str or None, default=None
        Expressions to draw; None means the seven classes of FER-2013, in their order.

    Returns
    -------
    Bunch
        Data set with the keys

        - images : ndarray of shape (n_samples, size, size), uint8
        - target : ndarray of shape (n_samples,), int; indices into `target_names`
        - target_names : list of str
        - labels : ndarray of shape (n_samples,), str; the name of each target
        - ids : ndarray of shape (n_samples,), str; "face 0", "face 1", ...
        - DESCR : str

    Raises
    ------
    ValueError
        If a parameter is out of range or a class is unknown.

    References
    ----------
    .. [1] P. Ekman, W. V. Friesen, J. C. Hager, "Facial Action Coding System: the manual",
       Research Nexus, Salt Lake City, 2002.

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> faces = make_faces(14, random_state=0)
    >>> faces.images.shape, faces.images.dtype
    ((14, 48, 48), dtype('uint8'))
    >>> faces.labels[:3].tolist()
    ['angry', 'disgust', 'fear']
    """
    names = choose("classes", classes, EXPRESSIONS)
    seed = check_random_state(random_state).randint(2**31)
    target = np.arange(n_samples) % len(names)
    images = np.empty((n_samples, size, size), dtype=np.uint8)
    for index in range(n_samples):
        # One generator per image, so that images do not depend on previous ones.
        rng = np.random.default_rng([seed, index])
        images[index] = _make_face(names[target[index]], size, noise, rng)
    return face_bunch(
        images,
        target,
        names,
        [f"face {index}" for index in range(n_samples)],
        DESCR="Synthetic faces, drawn by fertools.datasets.make_faces.",
    )


def _make_face(expression, size, noise, rng):
    person = draw_person(rng)
    pose = (
        np.radians(rng.normal(0, 7)),
        rng.uniform(0.43, 0.5),
        rng.normal(0, 0.025),
        rng.normal(0, 0.025),
    )
    canvas = Canvas(size * OVERSAMPLING, pose, person["background"])
    draw_face(canvas, person, draw_actions(expression, rng))
    return photograph(canvas.pixels, size, noise, rng)
