"""Drawing of a face from curves that are deformed by facial actions.

Coordinates are in face units: the origin is the center of the head, x points to the right and y
down, and the height of the head is 2.
"""

import cv2
import numpy as np

# Facial actions, with their numbers in the Facial Action Coding System: brow_in raises (1) or
# lowers (4) the inner ends of the brows and brow_out the outer ends (2), pinch draws them together
# (4), lid_up opens the eyes (5), lid_low raises the lower lids (6, 7), nose wrinkles the nose (9),
# lip_up raises the upper lip (10), corner_up raises (12) or lowers (15) the corners of the mouth,
# corner_out stretches (20) or rounds (18) them, press thins the lips (23, 24), jaw opens the mouth
# (25 to 27), fold deepens the furrows from the nose to the mouth. teeth is the probability of
# visible teeth.
ACTION_NAMES = (
    "brow_in", "brow_out", "pinch", "lid_up", "lid_low", "nose", "lip_up", "corner_up",
    "corner_out", "press", "jaw", "fold", "teeth",
)  # fmt: skip
# Actions of each expression at full intensity, from the prototypes of the system.
ACTIONS = {
    "angry":    (-1.0,  0.4, 1.0,  0.1, 0.5, 0.0, 0.0, -0.35,  0.0, 1.0, 0.00, 0.0, 0.0),
    "disgust":  (-0.6,  0.0, 0.5, -0.5, 0.8, 1.0, 1.0, -0.50,  0.0, 0.0, 0.12, 1.0, 0.7),
    "fear":     ( 0.9,  0.1, 0.7,  1.0, 0.0, 0.0, 0.0, -0.50,  0.7, 0.0, 0.40, 0.0, 0.8),
    "happy":    ( 0.0,  0.0, 0.0,  0.0, 0.6, 0.0, 0.0,  1.00,  0.6, 0.0, 0.35, 0.8, 0.9),
    "sad":      ( 0.8, -0.5, 0.4, -0.5, 0.0, 0.0, 0.0, -1.00, -0.2, 0.0, 0.00, 0.0, 0.0),
    "surprise": ( 1.0,  1.0, 0.0,  1.0, 0.0, 0.0, 0.0,  0.00, -0.8, 0.0, 1.00, 0.0, 0.0),
    "neutral":  ( 0.0,  0.0, 0.0,  0.0, 0.0, 0.0, 0.0,  0.00,  0.0, 0.0, 0.00, 0.0, 0.0),
}  # fmt: skip
OVERSAMPLING = 4
_FRACTION_BITS = 4
_SIDES = (-1, 1)
_T = np.linspace(0, 1, 17)
_SIN, _COS = np.sin(np.pi * _T), np.cos(np.pi * _T)
# Curves through three points are products of a weight matrix and the points.
_PARABOLA = np.column_stack([(1 - _T) * (1 - 2 * _T), 4 * _T * (1 - _T), _T * (2 * _T - 1)])
_HALF_ELLIPSE = np.column_stack([(1 - _SIN + _COS) / 2, _SIN, (1 - _SIN - _COS) / 2])
_ANGLES = np.linspace(0, 2 * np.pi, 49)
_CIRCLE = np.cos(_ANGLES), np.sin(_ANGLES)


class Canvas:
    """Oversampled gray image on which curves in face units are drawn.

    Parameters
    ----------
    side : int
        Height and width in pixels.
    pose : tuple of (float, float, float, float)
        Roll in radians, length of a face unit as a fraction of `side`, and shift to the right and
        down as fractions of `side`.
    level : float
        Gray level of the background.
    """

    def __init__(self, side, pose, level):
        roll, scale, x, y = pose
        self.pixels = np.full((side, side), _gray(level), dtype=np.uint8)
        self.unit = scale * side
        cos, sin = np.cos(roll), np.sin(roll)
        self._matrix = self.unit * np.array([[cos, sin], [-sin, cos]])
        # In OpenCV, integer coordinates are the centers of pixels.
        self._origin = side * np.array([0.5 + x, 0.5 + y]) - 0.5

    def fill(self, curve, level):
        """Fill a closed curve of shape (n, 2), with columns x and y."""
        points = [self._fixed_point(curve)]
        cv2.fillPoly(self.pixels, points, _gray(level), cv2.LINE_AA, _FRACTION_BITS)

    def line(self, curve, level, width):
        """Draw an open curve with a width in face units."""
        points, width = [self._fixed_point(curve)], max(1, round(width * self.unit))
        cv2.polylines(self.pixels, points, False, _gray(level), width, cv2.LINE_AA, _FRACTION_BITS)

    def _fixed_point(self, curve):
        pixels = np.asarray(curve) @ self._matrix + self._origin
        return np.rint(pixels * 2**_FRACTION_BITS).astype(np.int32)


def _gray(level):
    return int(min(max(round(level), 0), 255))


def arc(*points):
    """Return points of the parabola through three points at t = 0, 1/2 and 1."""
    return _PARABOLA @ np.array(points, dtype=float)


def bow(*points):
    """Return points of the half ellipse from the first to the third point; the second is its apex.

    It is perpendicular to the line between its end points.
    """
    return _HALF_ELLIPSE @ np.array(points, dtype=float)


def oval(x, y, width, height, jaw=0.0):
    """Return an ellipse with half axes `width` and `height` whose lower half tapers by `jaw`."""
    cos, sin = _CIRCLE
    taper = 1 - jaw * np.maximum(sin, 0) ** 2
    return np.column_stack([x + width * cos * taper, y + height * sin])


def draw_person(rng):
    """Draw random properties of a person: lengths in face units, and gray levels."""
    skin = rng.uniform(120, 215)
    return {
        "skin": skin,
        "hair": rng.uniform(15, 0.8 * skin),
        "background": rng.uniform(20, 235),
        "clothes": rng.uniform(20, 220),
        "head_width": rng.uniform(0.72, 0.84),
        "jaw": rng.uniform(0.15, 0.35),
        "hairline": rng.uniform(-0.85, -0.6),
        "long_hair": rng.random() < 0.4,
        "bald": rng.random() < 0.12,
        "glasses": rng.random() < 0.12,
        "eye_x": rng.uniform(0.31, 0.37),
        "eye_y": rng.uniform(-0.16, -0.08),
        "eye_width": rng.uniform(0.15, 0.19),
        "eye_height": rng.uniform(0.065, 0.09),
        "brow_height": rng.uniform(0.2, 0.26),
        "brow_width": rng.uniform(0.05, 0.1),
        "brow_arch": rng.uniform(0.02, 0.08),
        "nose_y": rng.uniform(0.24, 0.32),
        "nose_width": rng.uniform(0.1, 0.15),
        "mouth_y": rng.uniform(0.54, 0.6),
        "mouth_width": rng.uniform(0.25, 0.32),
        "lip": rng.uniform(0.05, 0.09),
        # Turning the head shifts the facial features to the side and up or down.
        "yaw": rng.normal(0, 0.05),
        "pitch": rng.normal(0, 0.03),
    }


def draw_actions(expression, rng):
    """Draw random facial actions of an expression, which vary in intensity."""
    n = len(ACTION_NAMES)
    actions = np.array(ACTIONS[expression]) * rng.uniform(0.6, 1.1) * rng.uniform(0.8, 1.2, size=n)
    # Small random movements that are unrelated to the expression.
    actions += rng.normal(0, 0.08, size=n)
    return dict(zip(ACTION_NAMES, actions, strict=True)) | {
        "teeth": rng.random() < ACTIONS[expression][-1]
    }


def draw_face(canvas, person, actions):
    """Draw a person with facial actions onto a canvas."""
    _draw_head(canvas, person)
    for side in _SIDES:
        _draw_eye(canvas, person, actions, side)
        _draw_brow(canvas, person, actions, side)
    _draw_nose(canvas, person, actions)
    _draw_mouth(canvas, person, actions)


def _draw_head(canvas, person):
    skin, hair, width = person["skin"], person["hair"], person["head_width"]
    canvas.fill(oval(0, 1.75, 1.3, 0.6), person["clothes"])
    if not person["bald"]:
        canvas.fill(oval(0, -0.1, width + 0.14, 1.05), hair)
        if person["long_hair"]:
            canvas.fill([(-width - 0.16, 0), (width + 0.16, 0), (width, 1.3), (-width, 1.3)], hair)
    canvas.fill([(-0.3, 0.7), (0.3, 0.7), (0.36, 1.5), (-0.36, 1.5)], 0.8 * skin)
    for side in _SIDES:
        canvas.fill(oval(side * width, 0.02, 0.1, 0.2), 0.85 * skin)
    canvas.fill(oval(0, 0, width, 1, person["jaw"]), skin)
    if not person["bald"]:
        # The fringe is the part of the head above the hairline.
        head = oval(0, 0, width + 0.02, 1.02)
        line = person["hairline"]
        fringe = head[head[:, 1] < line]
        left, right = fringe[fringe[:, 0].argmin()], fringe[fringe[:, 0].argmax()]
        canvas.fill(np.concatenate([fringe, arc(right, (0.2, line - 0.1), left)]), hair)


def _draw_eye(canvas, person, actions, side):
    x, y = side * person["eye_x"] + person["yaw"], person["eye_y"] + person["pitch"]
    width, height = person["eye_width"], person["eye_height"]
    upper = height * max(1 + 0.75 * actions["lid_up"], 0.25)
    lower = height * max(0.8 - 0.6 * actions["lid_low"] + 0.2 * actions["lid_up"], 0.1)
    # In sadness, the outer corners are lower, because the brows lift the inner ends of the lids.
    slant = 0.03 * (actions["brow_in"] - actions["brow_out"])
    inner, outer = (x - side * width, y - slant), (x + side * width, y + slant)
    lid = arc(inner, (x, y - upper), outer)
    white = np.concatenate([lid, arc(outer, (x, y + lower), inner)])
    canvas.fill(white, min(1.25 * person["skin"], 250))
    # The parts of the iris behind the lids are not visible.
    iris = oval(x, y - 0.1 * height, 0.085, 0.085)
    iris[:, 1] = np.clip(iris[:, 1], y - upper, y + lower)
    canvas.fill(iris, 25)
    canvas.line(lid, 0.3 * person["skin"], 0.04)
    canvas.line(arc(inner, (x, y + lower), outer), 0.65 * person["skin"], 0.02)
    if person["glasses"]:
        canvas.line(oval(x, y + 0.02, 0.27, 0.22), 40, 0.035)
        canvas.line([(x - side * 0.27, y), (person["yaw"], y - 0.03)], 40, 0.035)


def _draw_brow(canvas, person, actions, side):
    center, y = person["yaw"], person["eye_y"] + person["pitch"] - person["brow_height"]
    skin = person["skin"]
    inner_x = person["eye_x"] - person["eye_width"] - 0.02 - 0.05 * actions["pinch"]
    outer_x = person["eye_x"] + person["eye_width"] + 0.07
    inner_y = y - 0.15 * actions["brow_in"]
    outer_y = y + 0.04 - 0.14 * actions["brow_out"]
    peak_y = (inner_y + outer_y) / 2 - person["brow_arch"] - 0.03 * abs(actions["brow_out"])
    brow = arc(
        (center + side * inner_x, inner_y),
        (center + side * (inner_x + outer_x) / 2, peak_y),
        (center + side * outer_x, outer_y),
    )
    canvas.line(brow, min(person["hair"], 0.5 * skin), person["brow_width"])
    if actions["pinch"] > 0.3:
        x = center + side * 0.06
        canvas.line([(x, y - 0.05), (x, y + 0.1)], (1 - 0.4 * actions["pinch"]) * skin, 0.025)
    if actions["brow_in"] > 0.5:
        for height in (0.16, 0.27):
            furrow = arc((center, y - height), (center + side * 0.2, y - height - 0.03),
                         (center + side * 0.36, y - height))  # fmt: skip
            canvas.line(furrow, 0.82 * skin, 0.02)


def _draw_nose(canvas, person, actions):
    center, skin = person["yaw"], person["skin"]
    wrinkle = actions["nose"]
    tip = person["nose_y"] + person["pitch"] - 0.06 * wrinkle
    width = person["nose_width"] + 0.03 * wrinkle
    mouth_x = person["mouth_width"] + 0.1
    for side in _SIDES:
        x = 1.4 * center + side * width
        bridge = arc((center + side * 0.07, -0.1), (center + side * 0.06, 0.1), (x, tip - 0.05))
        canvas.line(bridge, 0.85 * skin, 0.025)
        canvas.line(arc((x, tip - 0.08), (x + side * 0.04, tip), (x - side * 0.03, tip + 0.03)),
                    0.65 * skin, 0.03)  # fmt: skip
        canvas.fill(oval(1.4 * center + side * 0.55 * width, tip + 0.02, 0.035, 0.022), 0.3 * skin)
        for height in (-0.02, 0.06, 0.14):
            if wrinkle > 0.3:
                start, end = (center + side * 0.04, height - 0.03), (center + side * 0.13, height)
                canvas.line([start, end], (1 - 0.4 * wrinkle) * skin, 0.02)
        if actions["fold"] > 0.3:
            furrow = arc(
                (x + side * 0.05, tip - 0.06 * wrinkle),
                (center + side * (mouth_x + 0.02), tip + 0.12),
                (center + side * (mouth_x + 0.06), person["mouth_y"] + 0.02),
            )
            canvas.line(furrow, (1 - 0.35 * actions["fold"]) * skin, 0.03)


def _draw_mouth(canvas, person, actions):
    x, skin = person["yaw"], person["skin"]
    y = person["mouth_y"] + person["pitch"]
    jaw, raised = max(actions["jaw"], 0), actions["lip_up"]
    half = person["mouth_width"] * (1 + 0.35 * actions["corner_out"])
    corner_y = y - 0.13 * actions["corner_up"] + 0.16 * jaw
    left, right = (x - half, corner_y), (x + half, corner_y)
    middle = y + 0.05 * actions["corner_up"]
    top = middle - 0.06 * jaw - 0.12 * raised
    bottom = middle + 0.38 * jaw
    lip = person["lip"] * (1 - 0.6 * actions["press"])
    lips = [bow(left, (x, top - lip), right), bow(right, (x, bottom + 1.2 * lip), left)]
    canvas.fill(np.concatenate(lips), 0.62 * skin)
    if bottom - top > 0.04:
        upper, lower = bow(left, (x, top), right), bow(left, (x, bottom), right)
        canvas.fill(np.concatenate([upper, lower[::-1]]), 30)
        if actions["teeth"]:
            edge = upper + (lower - upper) * 0.55
            canvas.fill(np.concatenate([upper, edge[::-1]]), 235)
    else:
        canvas.line(arc(left, (x, (top + bottom) / 2), right), 0.25 * skin, 0.035)
    chin = bottom + 1.2 * lip + 0.08
    crease = arc((x - 0.12, chin - 0.02), (x, chin), (x + 0.12, chin - 0.02))
    canvas.line(crease, 0.82 * skin, 0.03)
