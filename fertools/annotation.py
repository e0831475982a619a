"""Draw recognized faces and expressions, and save images."""

import math
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike
from PIL import Image, ImageDraw, ImageFont

from ._utils.boxes import pixel_box
from ._utils.colors import contrast_ratio
from ._utils.files import replacing
from ._utils.fonts import find_font, load_font
from ._utils.images import load_image, to_uint8
from ._utils.label_layout import place_label

__all__ = ["annotate", "save_image"]

_INK, _PAPER, _TRACK, _REST = (32, 32, 36), (250, 250, 250), (232, 234, 238), (176, 190, 206)
_WHITE = (255, 255, 255)
# Colors of Okabe and Ito, which are distinct for all types of color vision: blue, orange, bluish
# green, reddish purple, sky blue, vermilion and yellow.
_COLORS = (
    (0, 114, 178),
    (230, 159, 0),
    (0, 158, 115),
    (204, 121, 167),
    (86, 180, 233),
    (213, 94, 0),
    (240, 228, 66),
)
# Smallest height of capital letters in pixels, and shortest name before a label is cut.
_SMALLEST, _SHORTEST = 9, 3
_FORMATS = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".webp": "WEBP",
    ".bmp": "BMP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}


def _canvas(image):
    """Return an RGB uint8 copy of any image."""
    image = load_image(image)
    gray = to_uint8(image)
    if image.ndim == 2 or image.shape[2] == 1:
        return np.repeat(gray[:, :, None], 3, axis=2)
    colors = [to_uint8(image[:, :, k]) for k in range(3)]
    return np.stack(colors, axis=2)


def _text(canvas, text, x, baseline, font, color):
    """Draw a line of text onto the canvas."""
    # The number of the face stays on the left of a right-to-left name.
    options = {"anchor": "ls"}
    if font.layout_engine == ImageFont.Layout.RAQM:
        options["direction"] = "ltr"
    corners = np.reshape(font.getbbox(text, **options), (2, 2))
    left, top = np.floor(corners[0]).astype(int).tolist()
    right, bottom = np.ceil(corners[1]).astype(int).tolist()
    mask = Image.new("L", (right - left, bottom - top))
    ImageDraw.Draw(mask).text((-left, -top), text, fill=255, font=font, **options)
    x, y = x + left, baseline + top
    # Crop the text to the canvas.
    mask = np.asarray(mask)[max(0, -y) :, max(0, -x) :]
    region = canvas[max(0, y) :, max(0, x) :][: mask.shape[0], : mask.shape[1]]
    alpha = mask[: region.shape[0], : region.shape[1], None] / 255
    region[:] = np.rint(region * (1 - alpha) + np.array(color) * alpha)


def _width(text, font):
    return math.ceil(font.getlength(text))


def _color(index):
    return _COLORS[index % len(_COLORS)]


def _text_color(color):
    """Return white or ink, whichever has the larger contrast with a background."""
    contrasts = {ink: contrast_ratio(ink, color) for ink in (_WHITE, _INK)}
    return max(contrasts, key=contrasts.get)


def _draw_box(canvas, face, color, unit):
    """Draw the box of a face, with an outline that is visible on any background."""
    x, y, width, height = face.box
    h, w = canvas.shape[:2]
    line = max(2 if width >= 24 else 1, min(round(unit / 7), width // 16))
    outline = line + 2 * max(1, line // 3)
    # OpenCV accepts 32-bit coordinates only; edges outside of the canvas are not visible.
    limit = (w + 2 * outline, h + 2 * outline)
    corners = [(x, y), (x + width - 1, y + height - 1)]
    corners = np.clip(corners, -2 * outline, limit).tolist()
    cv2.rectangle(canvas, *corners, _outline_of(color), outline, cv2.LINE_AA)
    cv2.rectangle(canvas, *corners, color, line, cv2.LINE_AA)


def _outline_of(color):
    """Return ink around light colors, which white backgrounds would hide, else white."""
    return _WHITE if _text_color(color) == _WHITE else _INK


def _fitted(label, face, width, unit, font):
    """Return a label that is not wider than the image, with its font and padding.

    Labels of small faces have smaller letters, so that they do not hide each other; then the name
    is cut.
    """
    unit = max(_SMALLEST, min(unit, face.box[2] // 6))
    while True:
        pen, pad = load_font(font, unit), max(2, unit // 3)
        text = label(None)
        if _width(text, pen) + 2 * pad <= width or unit == _SMALLEST:
            break
        unit -= 1
    length = 40
    while _width(text, pen) + 2 * pad > width and length > _SHORTEST:
        length -= 1
        text = label(length)
    return text, pen, pad, unit


def _draw_labels(canvas, faces, numbers, labels, unit, font):
    """Draw number, expression and probability of each face next to its box."""
    height, width = canvas.shape[:2]
    boxes, placed = [face.box for face in faces], []
    for number, face in zip(numbers, faces, strict=True):
        answer, color = _answer(face, labels), _color(number - 1)

        def label(length, number=number, answer=answer, face=face):
            is_cut = length is not None and len(answer) > length
            name = f"{answer[:length]}\N{HORIZONTAL ELLIPSIS}" if is_cut else answer
            return f"{number} {name} {face.probability:.0%}"

        text, pen, pad, size = _fitted(label, face, width, unit, font)
        wide, tall = _width(text, pen) + 2 * pad, size + 2 * pad
        left, top = place_label((wide, tall), face.box, (width, height), boxes, placed)
        placed.append((left, top, wide, tall))
        corner = (left + wide - 1, top + tall - 1)
        cv2.rectangle(canvas, (left, top), corner, color, cv2.FILLED)
        cv2.rectangle(canvas, (left, top), corner, _outline_of(color), max(1, size // 12))
        _text(canvas, text, left + pad, top + pad + size, pen, _text_color(color))


def _panel(faces, numbers, labels, size, unit, font):
    """Draw bars of the probabilities of each face, in columns about as high as the image.

    Letters are smaller if the panel would be wider than the image.
    """
    width, height = size
    names = list(faces[0].probabilities)
    while True:
        pen = load_font(font, unit)
        name_width = max(_width(labels[name], pen) for name in names)
        bar_width, number_width = 7 * unit, _width("100%", pen)
        block_height = 2 * unit * (len(names) + 2)
        block_width = 4 * unit + name_width + bar_width + number_width
        n_rows = min(len(faces), max(1, (height - unit) // block_height))
        n_columns = -(-len(faces) // n_rows)
        if n_columns * block_width <= width or unit <= _SMALLEST:
            break
        unit -= 1
    shape = (max(height, n_rows * block_height + unit), n_columns * block_width, 3)
    panel = np.full(shape, _PAPER, np.uint8)
    for index, (number, face) in enumerate(zip(numbers, faces, strict=True)):
        column, row = divmod(index, n_rows)
        x, y = unit + column * block_width, 2 * unit + row * block_height
        left = x + name_width + unit
        color = _color(number - 1)
        cv2.rectangle(panel, (x, y - unit), (x + unit, y), color, cv2.FILLED)
        _text(panel, f"{number} {_answer(face, labels)}", x + 3 * unit // 2, y, pen, _INK)
        for name in names:
            y += 2 * unit
            probability = face.probabilities[name]
            _text(panel, labels[name], x, y, pen, _INK)
            cv2.rectangle(panel, (left, y - unit), (left + bar_width, y), _TRACK, cv2.FILLED)
            right = left + round(bar_width * probability)
            if right > left:
                fill = color if name == face.expression else _REST
                cv2.rectangle(panel, (left, y - unit), (right, y), fill, cv2.FILLED)
            _text(panel, f"{probability:.0%}", left + bar_width + unit, y, pen, _INK)
    return panel


def _answer(face, labels):
    return face.status if face.expression is None else labels[face.expression]


def annotate(
    image: Any,
    faces: Sequence[Any],
    *,
    bars: bool = True,
    numbers: Sequence[int] | None = None,
    font: str | os.PathLike[str] | None = None,
) -> np.ndarray:
    """Draw the boxes, expressions and probabilities of faces onto an image.

    Letters and lines grow with the image. Labels are placed beside the boxes, where they hide no
    face if there is room, and never leave the image; long names are cut. Boxes have an outline that
    is visible on any background, and colors that are distinct for all types of color vision [1]_. A
    face without an expression is labeled "uncertain".

    Parameters
    ----------
    image : ndarray of shape (h, w), (h, w, 3) or (h, w, 4), path, bytes or binary file object
        Pixels in RGB order, uint8 or floats in 0..1, which are not modified; or an encoded image.
        An alpha channel is dropped.
    faces : list of RecognizedFace
        Faces of the image, as returned by `ExpressionRecognizer.recognize`. Boxes may hold floats,
        which are rounded.
    bars : bool, default=True
        Add a panel on the right with the probability of every class for each face; many faces are
        arranged in several columns.
    numbers : sequence of int or None, default=None
        Number of each face, at least 1, which selects its color too; None means 1, 2, ... in the
        order of `faces`.
    font : str, path-like or None, default=None
        File of a TrueType or OpenType font. None means Pillow's own font for ASCII names, and for
        other names the font of matplotlib or a common system font that has their characters.

    Returns
    -------
    ndarray of shape (h', w', 3), uint8
        RGB pixels: the image, with the panel on its right. Small images are enlarged so that the
        text is legible.

    Raises
    ------
    ValueError
        If the array is not an image, a box is invalid, there is not one number per face, or `font`
        cannot be read.

    Warns
    -----
    UserWarning
        If no font has the characters of a class name, which is then drawn as "class" and the
        position of the class, such as "class 0".

    References
    ----------
    .. [1] M. Okabe, K. Ito (2008). Color universal design: how to make figures and presentations
       that are friendly to colorblind people. University of Tokyo.

    Examples
    --------
    >>> from skimage.data import astronaut
    >>> from fertools.annotation import annotate
    >>> annotate(astronaut(), []).shape
    (512, 512, 3)
    """
    canvas = _canvas(image)
    faces = [replace(face, box=pixel_box(face.box)) for face in faces]
    numbers = list(range(1, len(faces) + 1) if numbers is None else numbers)
    if len(numbers) != len(faces) or any(number < 1 for number in numbers):
        raise ValueError(
            f"numbers must have one number of at least 1 per face, {len(faces)}; got {numbers}."
        )
    if not faces:
        return canvas
    shorter, longer = sorted(canvas.shape[:2])
    factor = min(-(-240 // shorter), max(1, 1000 // longer))
    if factor > 1:
        canvas = cv2.resize(canvas, None, fx=factor, fy=factor, interpolation=cv2.INTER_NEAREST)
        faces = [_scaled(face, factor) for face in faces]
    unit = max(9, round(min(canvas.shape[:2]) / 45))
    names = [name for face in faces for name in (*face.probabilities, face.expression)]
    font, labels = find_font([name for name in names if name is not None], font)
    for number, face in reversed(list(zip(numbers, faces, strict=True))):
        _draw_box(canvas, face, _color(number - 1), unit)
    _draw_labels(canvas, faces, numbers, labels, unit, font)
    if not bars:
        return canvas
    panel = _panel(faces, numbers, labels, canvas.shape[1::-1], unit, font)
    missing = panel.shape[0] - canvas.shape[0]
    canvas = np.pad(canvas, ((0, missing), (0, 0), (0, 0)), constant_values=_PAPER[0])
    return np.hstack([canvas, panel])


def _scaled(face, factor):
    return replace(face, box=tuple(factor * side for side in face.box))


def save_image(image: ArrayLike, path: str | os.PathLike[str]) -> Path:
    """Write an image to a file.

    The file is written atomically: it appears complete or not at all. The file name may contain
    any characters, including bytes that are not UTF-8.

    Parameters
    ----------
    image : ndarray of shape (h, w), (h, w, 3) or (h, w, 4)
        Pixels in RGB order, uint8 or floats in 0..1; an alpha channel is dropped.
    path : str or path-like
        Output file; its suffix selects the format: ``.png``, ``.jpg``, ``.jpeg``, ``.webp``,
        ``.bmp``, ``.tif`` or ``.tiff``. The folder is created if it does not exist; an existing
        file is replaced.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    ValueError
        If the array is not an image, or the suffix is not one of those above.
    OSError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from skimage.data import astronaut
    >>> from fertools.annotation import annotate, save_image
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_image(annotate(astronaut(), []), Path(folder) / "astronaut.png").name
    'astronaut.png'
    """
    path = Path(path)
    if path.suffix.lower() not in _FORMATS:
        raise ValueError(f"path must end with one of {', '.join(_FORMATS)}; got {str(path)!r}.")
    picture = Image.fromarray(_canvas(image))
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as beside, beside.open("wb") as file:
        picture.save(file, _FORMATS[path.suffix.lower()])
    return path
