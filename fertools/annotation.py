"""Drawing the faces of a photo and what was recognised in them."""

from dataclasses import replace

import cv2
import numpy as np

from ._images import to_uint8

__all__ = ["annotate"]

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_INK, _PAPER, _TRACK, _REST = (32, 32, 36), (250, 250, 250), (232, 234, 238), (176, 190, 206)
_BOXES = ((38, 118, 214), (214, 96, 30), (34, 150, 84), (150, 70, 180), (190, 150, 20))


def _canvas(image):
    """Return an RGB uint8 copy of any image."""
    image = np.asarray(image)
    grey = to_uint8(image)
    if image.ndim == 2 or image.shape[2] == 1:
        return np.repeat(grey[:, :, None], 3, axis=2)
    colours = [to_uint8(image[:, :, k]) for k in range(3)]
    return np.stack(colours, axis=2)


def _pen(height):
    """Return OpenCV's font scale and line thickness for capitals of `height` pixels."""
    return height / 22, max(1, round(height / 9))


def _text(canvas, text, x, baseline, height, colour):
    """Write a line whose capitals are `height` pixels high."""
    scale, thickness = _pen(height)
    cv2.putText(canvas, text, (x, baseline), _FONT, scale, colour, thickness, cv2.LINE_AA)


def _width(text, height):
    return cv2.getTextSize(text, _FONT, *_pen(height))[0][0]


def _draw_box(canvas, face, number, colour, unit):
    x, y, width, height = face.box
    h, w = canvas.shape[:2]
    line = max(1, round(unit / 8))
    cv2.rectangle(canvas, (x, y), (x + width - 1, y + height - 1), colour, line, cv2.LINE_AA)
    label = f"{number} {face.expression or face.status} {face.probability:.0%}"
    unit = max(9, min(unit, width // 7))  # the labels of small faces stay apart
    pad = max(2, unit // 3)
    tall, wide = unit + 2 * pad, _width(label, unit) + 2 * pad
    left = int(np.clip(x, 0, max(0, w - wide)))
    top = y - tall if y >= tall else min(y + height, h - tall)
    cv2.rectangle(canvas, (left, top), (left + wide, top + tall), colour, cv2.FILLED)
    _text(canvas, label, left + pad, top + pad + unit, unit, (255, 255, 255))


def _panel(faces, height, unit):
    """Draw the probabilities of each face as bars, in columns about as high as the image."""
    names = list(faces[0].probabilities)
    name_width = max(_width(name, unit) for name in names)
    bar_width, number_width = 7 * unit, _width("100%", unit)
    block_height = 2 * unit * (len(names) + 2)
    block_width = 4 * unit + name_width + bar_width + number_width
    n_rows = min(len(faces), max(1, (height - unit) // block_height))
    n_columns = -(-len(faces) // n_rows)
    shape = (max(height, n_rows * block_height + unit), n_columns * block_width, 3)
    panel = np.full(shape, _PAPER, np.uint8)
    for index, face in enumerate(faces):
        column, row = divmod(index, n_rows)
        x, y = unit + column * block_width, 2 * unit + row * block_height
        left = x + name_width + unit
        colour = _BOXES[index % len(_BOXES)]
        _text(panel, f"{index + 1} {face.expression or face.status}", x, y, unit, colour)
        for name in names:
            y += 2 * unit
            probability = face.probabilities[name]
            _text(panel, name, x, y, unit, _INK)
            cv2.rectangle(panel, (left, y - unit), (left + bar_width, y), _TRACK, cv2.FILLED)
            right = left + round(bar_width * probability)
            if right > left:
                fill = colour if name == face.expression else _REST
                cv2.rectangle(panel, (left, y - unit), (right, y), fill, cv2.FILLED)
            _text(panel, f"{probability:.0%}", left + bar_width + unit, y, unit, _INK)
    return panel


def annotate(image, faces, *, bars=True):
    """Draw boxes, expressions and probabilities.

    Over a face that is too uncertain for an expression stands "uncertain".

    Parameters
    ----------
    image : ndarray of shape (h, w), (h, w, 3) or (h, w, 4)
        uint8, or floats in 0..1; colours are RGB. It is not changed.
    faces : list of RecognizedFace
        What `ExpressionRecognizer.recognize` returned for it.
    bars : bool, default=True
        Add a panel at the right with the probability of every class, for each face; many faces
        stand in several columns.

    Returns
    -------
    ndarray of shape (h', w', 3), uint8
        RGB. Without `bars`, or without faces, of the size of the image; a small image is first
        enlarged to where text can be read.

    Examples
    --------
    >>> from skimage.data import astronaut
    >>> from fertools.annotation import annotate
    >>> annotate(astronaut(), []).shape
    (512, 512, 3)
    """
    canvas = _canvas(image)
    faces = list(faces)
    if not faces:
        return canvas
    shorter, longer = sorted(canvas.shape[:2])
    factor = min(-(-240 // shorter), max(1, 1000 // longer))
    if factor > 1:
        canvas = cv2.resize(canvas, None, fx=factor, fy=factor, interpolation=cv2.INTER_NEAREST)
        faces = [_scaled(face, factor) for face in faces]
    unit = max(9, round(min(canvas.shape[:2]) / 45))
    for index in reversed(range(len(faces))):
        _draw_box(canvas, faces[index], index + 1, _BOXES[index % len(_BOXES)], unit)
    if not bars:
        return canvas
    panel = _panel(faces, canvas.shape[0], unit)
    missing = panel.shape[0] - canvas.shape[0]
    canvas = np.pad(canvas, ((0, missing), (0, 0), (0, 0)), constant_values=_PAPER[0])
    return np.hstack([canvas, panel])


def _scaled(face, factor):
    return replace(face, box=tuple(factor * side for side in face.box))
