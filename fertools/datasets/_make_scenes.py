"""Synthetic scenes with faces at known positions, for the evaluation of detectors."""

from functools import lru_cache
from numbers import Integral, Real

import cv2
import numpy as np
from sklearn.utils import Bunch, check_random_state
from sklearn.utils._param_validation import Interval, validate_params

from .._utils.images import to_gray
from ..detection._boxes import overlaps
from ..detection._crop_square import crop_square
from ._bunch import EXPRESSIONS
from ._face_drawing import OVERSAMPLING, Canvas, draw_actions, draw_face, draw_person

# Photos of scikit-image without human faces.
_BACKGROUNDS = (
    "brick", "chelsea", "coffee", "grass", "gravel", "moon", "page", "rocket", "text",
)  # fmt: skip
# Box of the face in the photo of the astronaut, annotated by hand as defined in `make_scenes`, and
# the ellipse around head and hair, as center (x, y) and half axes.
_ASTRONAUT = (176, 78, 100, 100)
_HEAD = (228, 103), (80, 92)
# Margin of a cut-out around a face: as a fraction of the face on each side, and in face units.
_AROUND = 0.75
_BUST, _RAISED = 3.8, 0.6
_TRIES = 20


@lru_cache
def _photo(name):
    from skimage import data

    return to_gray(getattr(data, name)())


def _texture(height, width, rng):
    """Return a random part of a random photo with random contrast, (height, width), float32."""
    photo = _photo(_BACKGROUNDS[rng.integers(len(_BACKGROUNDS))])
    share = rng.uniform(0.4, 1) * min(photo.shape[0] / height, photo.shape[1] / width)
    h, w = max(1, int(share * height)), max(1, int(share * width))
    top, left = rng.integers(photo.shape[0] - h + 1), rng.integers(photo.shape[1] - w + 1)
    part = photo[
        top : top + h,
        left : left + w,
    ].astype(np.float32)
    part = cv2.resize(part, (width, height), interpolation=cv2.INTER_LINEAR)
    return rng.uniform(0.4, 1) * part + rng.uniform(0, 60)


def _background(shape, rng):
    """Return a part of a photo, overlaid with up to four parts of other photos."""
    scene = _texture(*shape, rng)
    for _ in range(rng.integers(5)):
        height, width = (int(side * rng.uniform(0.1, 0.5)) for side in shape)
        top, left = rng.integers(shape[0] - height + 1), rng.integers(shape[1] - width + 1)
        scene[top : top + height, left : left + width] = _texture(height, width, rng)
    return scene


def _drawn(side, rng):
    """Return a cut-out of a drawn person.

    Parameters
    ----------
    side : int
        Distance from hairline to chin, in pixels.
    rng : Generator

    Returns
    -------
    pixels : ndarray of shape (n, n), float32
        Gray levels multiplied by the opacity.
    opacity : ndarray of shape (n, n), float32
        Opacity in 0..1.
    center : ndarray of shape (2,)
        x and y of the center of the face in the cut-out.
    """
    person, roll = draw_person(rng), np.radians(rng.normal(0, 7))
    actions = draw_actions(EXPRESSIONS[rng.integers(len(EXPRESSIONS))], rng)
    unit = side / (1 - person["hairline"])
    n = round(_BUST * unit)
    layers = []
    # The drawing is opaque where it is equal on a black and on a white background.
    for level in (0, 255):
        canvas = Canvas(n * OVERSAMPLING, (roll, 1 / _BUST, 0, -_RAISED / _BUST), level)
        draw_face(canvas, person, actions)
        small = cv2.resize(canvas.pixels, (n, n), interpolation=cv2.INTER_AREA)
        layers.append(small.astype(np.float32))
    black, white = layers
    down = (person["hairline"] + 1) / 2
    center = n / 2 + unit * np.array([-down * np.sin(roll), down * np.cos(roll) - _RAISED])
    return black, 1 - (white - black) / 255, center


def _photographed(side, rng):
    """Return a cut-out of the astronaut, like `_drawn`."""
    photo = _photo("astronaut")
    head = np.zeros_like(photo)
    cv2.ellipse(head, *_HEAD, 0, 0, 360, 255, cv2.FILLED)
    head = cv2.GaussianBlur(head, (0, 0), 3)
    n, angle = round(side * (1 + 2 * _AROUND)), np.radians(rng.normal(0, 7))
    turn = -1 if rng.random() < 0.5 else 1
    pixels, opacity = (
        crop_square(image, _ASTRONAUT, n, _AROUND, angle)[:, ::turn].astype(np.float32)
        for image in (photo, head)
    )
    return pixels * opacity / 255, opacity / 255, np.full(2, n / 2)


_MAKERS = {"drawn": _drawn, "astronaut": _photographed}


def _place(shape, side, rng):
    """Draw a random position of a face; one in five crosses an edge of the scene."""
    room = np.array(shape[::-1]) - side
    place = rng.integers(room + 1)
    if rng.random() < 0.2:
        axis, beyond = rng.integers(2), round(side * rng.uniform(0.05, 0.3))
        place[axis] = rng.choice([-beyond, room[axis] + beyond])
    return place


def _paste(scene, pixels, opacity, left, top):
    """Paste a cut-out into a scene, in place; parts outside the scene are clipped."""
    h, w = scene.shape
    y0, y1, x0, x1 = (
        max(top, 0),
        min(top + len(pixels), h),
        max(left, 0),
        min(left + len(pixels), w),
    )
    inside = slice(y0 - top, y1 - top), slice(x0 - left, x1 - left)
    scene[y0:y1, x0:x1] *= 1 - opacity[inside]
    scene[y0:y1, x0:x1] += pixels[inside]


def _make_scene(shape, max_faces, face_size, noise, rng):
    """Return the pixels of a scene, the boxes of its faces and their kinds."""
    scene = _background(shape, rng)
    boxes, kinds = [], []
    for _ in range(rng.integers(max_faces + 1)):
        kind = list(_MAKERS)[rng.integers(len(_MAKERS))]
        side = round(np.exp(rng.uniform(*np.log(face_size))))
        pixels, opacity, center = _MAKERS[kind](side, rng)
        for _ in range(_TRIES):
            place = _place(shape, side, rng)
            left, top = np.rint(place + side / 2 - center).astype(int)
            # Cut-outs must not cover previous faces.
            if not overlaps((left, top, len(pixels), len(pixels)), boxes).any():
                illuminated = rng.uniform(0.5, 1.1) * pixels + rng.uniform(-10, 20) * opacity
                _paste(scene, illuminated, opacity, left, top)
                boxes.append((*place, side, side))
                kinds.append(kind)
                break
    y, x = np.meshgrid(*(np.linspace(-1, 1, side) for side in shape), indexing="ij")
    angle, slope = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.35)
    scene *= 1 + slope * (np.cos(angle) * x + np.sin(angle) * y)
    scene = cv2.GaussianBlur(scene, (0, 0), rng.uniform(0.3, 1)) + rng.normal(0, noise, shape)
    pixels = np.rint(scene).clip(0, 255).astype(np.uint8)
    return pixels, np.array(boxes, dtype=int).reshape(-1, 4), np.array(kinds, dtype=str)


@validate_params(
    {
        "n_scenes": [Interval(Integral, 1, None, closed="left")],
        "size": ["array-like"],
        "max_faces": [Interval(Integral, 0, None, closed="left")],
        "face_size": ["array-like"],
        "noise": [Interval(Real, 0, None, closed="left")],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def make_scenes(
    n_scenes=100,
    *,
    size=(480, 640),
    max_faces=3,
    face_size=(40, 200),
    noise=4.0,
    random_state=None,
):
    """Generate scenes with faces at known positions.

    Drawn faces and the face of the astronaut, with random size, tilt and illumination, are pasted
    on parts of photos without human faces. One face in five crosses an edge of the scene, by 5 to
    30 percent of its box; faces do not cover each other. The scenes only depend on the parameters,
    and scene i does not depend on `n_scenes`.

    Parameters
    ----------
    n_scenes : int, default=100
        Number of scenes.
    size : tuple of two int, default=(480, 640)
        Height and width in pixels.
    max_faces : int, default=3
        Maximum number of faces per scene. Numbers from 0 to `max_faces` are equally likely, but
        faces for which there is no space are left out.
    face_size : tuple of two int, default=(40, 200)
        Minimum and maximum side of a box in pixels; its logarithm is uniformly distributed.
    noise : float, default=4.0
        Standard deviation of the pixel noise, in gray levels.
    random_state : int, RandomState instance or None, default=None
        Random seed.

    Returns
    -------
    Bunch
        Data set with the keys

        - images : ndarray of shape (n_scenes, height, width), uint8
        - boxes : ndarray of shape (n_scenes,), object; for each scene an int array of shape
          (n_faces, 4) with x, y, width and height. A box is a square from hairline to chin,
          centered on the head; it may extend beyond the scene.
        - kinds : ndarray of shape (n_scenes,), object; for each scene a str array of shape
          (n_faces,) with "drawn" or "astronaut"
        - ids : ndarray of shape (n_scenes,), str; "scene 0", "scene 1", ...
        - DESCR : str

    Raises
    ------
    ValueError
        If a parameter is out of range.

    Examples
    --------
    >>> from fertools.datasets import make_scenes
    >>> scenes = make_scenes(4, random_state=0)
    >>> scenes.images.shape, [len(boxes) for boxes in scenes.boxes]
    ((4, 480, 640), [3, 3, 0, 3])
    """
    shape = tuple(int(side) for side in size)
    if len(shape) != 2 or min(shape) < 16:
        raise ValueError(f"size must be a height and a width of at least 16 pixels; got {size}.")
    if len(face_size) != 2 or not 16 <= face_size[0] <= face_size[1] <= min(shape):
        raise ValueError(
            "face_size must be a smallest and a largest side, at least 16 and at most "
            f"{min(shape)}, the shorter side of a scene; got {face_size}."
        )
    seed = check_random_state(random_state).randint(2**31)
    made = [
        _make_scene(shape, max_faces, face_size, noise, np.random.default_rng([seed, index]))
        for index in range(n_scenes)
    ]
    images, boxes, kinds = zip(*made, strict=True)
    return Bunch(
        images=np.stack(images),
        boxes=np.fromiter(boxes, dtype=object, count=n_scenes),
        kinds=np.fromiter(kinds, dtype=object, count=n_scenes),
        ids=np.array([f"scene {index}" for index in range(n_scenes)]),
        DESCR="Synthetic scenes, generated by fertools.datasets.make_scenes.",
    )
