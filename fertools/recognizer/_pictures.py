"""Pictures, HTML and plain values of recognized faces."""

import io
import os
import re
from base64 import b64encode
from dataclasses import fields, replace
from html import escape

import numpy as np
from PIL import Image

from .._utils.image_sources import is_image_source
from .._utils.images import load_image, resize
from .._utils.optional import import_optional
from .._utils.text import printable
from ..annotation import annotate

# Longer side of the picture in a notebook, and rows of its table, at most.
_SIDE, _MAX_ROWS = 720, 50
# Names of inputs that are not files, as given by `map_images`.
_NO_FILE = re.compile(r"(array|bytes|image|file) \d+")
# Blue of Okabe and Ito.
_BAR = "#0072B2"
_CELL = "padding:.25em .8em;text-align:left;border-bottom:1px solid rgba(128,128,128,.3)"


def plain(value):
    """Convert nested values to those that JSON can represent."""
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def plain_fields(record):
    """Return the fields of a dataclass as a dict that JSON can represent."""
    return {field.name: plain(getattr(record, field.name)) for field in fields(record)}


def source_path(source):
    """Return the path of an image file by the name of its source, or None for other inputs."""
    return None if _NO_FILE.fullmatch(source) or not os.path.isfile(source) else source


def rgb_pixels(image):
    """Return the pixels of an array, path, bytes or Pillow image."""
    return load_image(bytes(image) if isinstance(image, memoryview) else image)


def kept(image):
    """Return what is needed to load an image again, without copying pixels; None if impossible."""
    if is_image_source(image) and hasattr(image, "read"):
        name = getattr(image, "name", None)
        return name if isinstance(name, str) and os.path.isfile(name) else None
    return image


def shrunk(pixels, faces, side=_SIDE):
    """Shrink an image with its faces to a longer side."""
    factor = side / max(pixels.shape[:2])
    if factor >= 1:
        return pixels, faces
    if pixels.dtype == bool:
        pixels = pixels.astype(float)
    height, width = (max(1, round(factor * length)) for length in pixels.shape[:2])
    boxes = [np.multiply(face.box, factor) for face in faces]
    # A box has at least one pixel.
    boxes = [(x, y, max(1, w), max(1, h)) for x, y, w, h in boxes]
    scaled = [replace(face, box=box) for face, box in zip(faces, boxes, strict=True)]
    return resize(np.ascontiguousarray(pixels), (height, width)), scaled


def draw_faces(pixels, faces, ax, bars):
    """Draw an annotated image with matplotlib; return the axes."""
    pyplot = import_optional("matplotlib.pyplot", "plot")
    drawn = annotate(pixels, faces, bars=bars)
    if ax is None:
        height, width = drawn.shape[:2]
        inches = 6.4 / max(height, width)
        size = (max(1.5, width * inches), max(1.5, height * inches))
        ax = pyplot.subplots(figsize=size, layout="constrained")[1]
    ax.imshow(drawn, interpolation="antialiased")
    ax.set_axis_off()
    return ax


def draw_probabilities(probabilities, expression, title, ax):
    """Draw the probabilities of one face as bars; return the axes."""
    pyplot = import_optional("matplotlib.pyplot", "plot")
    names = list(probabilities)
    if ax is None:
        ax = pyplot.subplots(figsize=(4.2, 0.6 + 0.3 * len(names)), layout="constrained")[1]
    colors = [_BAR if name == expression else "#b0bece" for name in names]
    values = list(probabilities.values())
    bars = ax.barh(range(len(names)), values, color=colors)
    ax.bar_label(bars, [f"{value:.0%}" for value in values], padding=3)
    ax.set_yticks(range(len(names)), [printable(name) for name in names], parse_math=False)
    ax.invert_yaxis()
    ax.set(xlim=(0, 1.12), xlabel="probability")
    ax.set_title(printable(title), parse_math=False)
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def _text(value):
    return escape(printable(str(value)))


def _row(cells, tag="td"):
    return "<tr>" + "".join(f'<{tag} style="{_CELL}">{cell}</{tag}>' for cell in cells) + "</tr>"


def _bar(probability):
    """Return a bar of a probability in HTML."""
    width = min(100.0, max(0.0, 100 * probability))
    return (
        f'<div style="display:flex;gap:.5em;align-items:center"><div style="width:6em;height:.7em;'
        f'background:rgba(128,128,128,.25)"><div style="width:{width:.1f}%;height:100%;'
        f'background:{_BAR}"></div></div>{probability:.0%}</div>'
    )


def probability_table(face):
    """Return the probabilities of one face as an HTML table."""
    rows = [_row([_text(name), _bar(value)]) for name, value in face.probabilities.items()]
    title = f"<b>{_text(face.expression or face.status)}</b>, box {_text(plain(face.box))}"
    return f'<div>{title}<table style="border-collapse:collapse">{"".join(rows)}</table></div>'


def face_table(faces):
    """Return faces as an HTML table: number, expression, probability, next classes and status."""
    rows = [_row(["face", "expression", "probability", "next", "status"], "th")]
    for number, face in enumerate(faces[:_MAX_ROWS], 1):
        ranked = sorted(face.probabilities, key=face.probabilities.get, reverse=True)
        following = ", ".join(f"{name} {face.probabilities[name]:.0%}" for name in ranked[1:3])
        cells = [number, face.expression or face.status, None, following, face.status]
        texts = [_bar(face.probability) if cell is None else _text(cell) for cell in cells]
        rows.append(_row(texts))
    more = len(faces) - _MAX_ROWS
    note = f"<div>and {more} more faces</div>" if more > 0 else ""
    table = f'<table style="border-collapse:collapse">{"".join(rows)}</table>'
    return f'<div style="overflow-x:auto">{table}</div>{note}'


def picture_html(pixels, faces):
    """Return the annotated image as an HTML image that contains its pixels."""
    small, scaled = shrunk(pixels, faces)
    drawn = annotate(small, scaled, bars=False)
    buffer = io.BytesIO()
    Image.fromarray(drawn).save(buffer, "JPEG", quality=88)
    code = b64encode(buffer.getvalue()).decode()
    style = f"max-width:min(100%,{_SIDE}px);height:auto"
    return f'<img alt="faces" style="{style}" src="data:image/jpeg;base64,{code}">'


def faces_html(faces, image, heading=""):
    """Return picture and table of faces in HTML.

    Parameters
    ----------
    faces : list of RecognizedFace
    image : object
        Image that `rgb_pixels` loads, or None.
    heading : str, default=""
        HTML above the picture.
    """
    parts = [heading] if heading else []
    if image is not None:
        try:
            parts.append(picture_html(rgb_pixels(image), list(faces)))
        except (ValueError, OSError) as error:
            parts.append(f"<div>{_text(error)}</div>")
    parts.append(face_table(faces) if faces else "<div>no face</div>")
    return "<div>" + "".join(parts) + "</div>"


def heading_html(result):
    """Return source, status and reason of a result in HTML."""
    reason = f"<div>{_text(result.reason)}</div>" if result.reason else ""
    return f"<div><b>{_text(result.source)}</b>: {_text(result.status)}</div>{reason}"
