"""Describe the faces of one chunk of inputs."""

from itertools import islice
from typing import NamedTuple

import numpy as np

from .._utils.parallel import one_blas_thread
from ..datasets._duplicates import is_flat
from ..datasets._limits import LeftOut
from ..recognizer._priors import apply_priors
from ..recognizer._results import recognized_face
from ._features import describe_crops


class Item(NamedTuple):
    """One image of a chunk.

    Attributes
    ----------
    source : str
        Name of the image or video in the index.
    frame : int
        Number of the frame; -1 for an image.
    label : str or None
    image : ndarray of shape (h, w), uint8, or LeftOut
        Pixels, or the reason why there are none.
    notes : str
        Remark on how the image was read.
    """

    source: str
    frame: int
    label: str | None
    image: object
    notes: str = ""


# Number of images in memory; their faces are cropped together.
_AT_ONCE = 16
# Status of the rows of an image beyond its last face.
UNUSED = "unused"
# Columns of the index and their values in a row without a face.
NO_FACE = {
    "face": -1, "n_faces": 0, "x": -1, "y": -1, "width": -1, "height": -1,
    "score": np.nan, "expression": None, "probability": np.nan,
}  # fmt: skip


def describe_items(recognizer, items, max_faces):
    """Find and describe the faces of images.

    Parameters
    ----------
    recognizer : ExpressionRecognizer
    items : iterable of Item
        Images, which are read one by one.
    max_faces : int
        Number of rows per image: its largest faces. Rows without a face have zeros.

    Returns
    -------
    rows : list of dict
        Rows of the index, `max_faces` per item.
    crops : ndarray of shape (n_rows, side, side), uint8
    features : ndarray of shape (n_rows, n_features), float32, or None
    probabilities : ndarray of shape (n_rows, n_classes), float32
    """
    rows, found, crops = [], [], []
    items = iter(items)
    while few := list(islice(items, _AT_ONCE)):
        numbers, images, boxes = [], [], []
        for item in few:
            faces = _locate(recognizer, item, max_faces, rows)
            numbers += range(len(rows) - max_faces, len(rows) - max_faces + len(faces))
            images += [item.image] * len(faces)
            boxes += faces
        pairs = list(zip(images, boxes, strict=True))
        parts, failures = _each(lambda some: recognizer._crops(*zip(*some, strict=True)), pairs)
        crops += [crop for part in parts for crop in part]
        found += _without_failures(rows, numbers, failures)
    return _arrays(recognizer, rows, found, crops)


def _each(function, values):
    """Apply a function to all values or, if it fails, to each value on its own.

    Parameters
    ----------
    function : callable
        Function of a sequence of values.
    values : sequence

    Returns
    -------
    results : list
        Results of the function, in order.
    failures : list of (Exception or None)
        The exception of each value.
    """
    if len(values) == 0:
        return [], []
    try:
        return [function(values)], [None] * len(values)
    except Exception as error:
        if len(values) == 1:
            return [], [error]
    results, failures = [], []
    for number in range(len(values)):
        result, failure = _each(function, values[number : number + 1])
        results += result
        failures += failure
    return results, failures


def _without_failures(rows, numbers, failures):
    """Mark the rows of faces that could not be described, and return the numbers of the others."""
    for number, error in zip(numbers, failures, strict=True):
        if error is not None:
            about = {"status": "invalid", "reason": str(error)}
            rows[number] |= NO_FACE | {"n_faces": rows[number]["n_faces"]} | about
    return [number for number, error in zip(numbers, failures, strict=True) if error is None]


def _locate(recognizer, item, max_faces, rows):
    """Append the rows of an item to `rows`, and return the boxes of its largest faces."""
    boxes, scores, status, reason = [], [], "no_face", "No face was found."
    if isinstance(item.image, LeftOut):
        status, reason = item.image.status, str(item.image)
    else:
        try:
            boxes, scores = recognizer._find(item.image)
        except Exception as error:
            # As in `recognize_many`: other failures only concern this image.
            status, reason = "invalid", str(error)
    if boxes:
        status, reason = "ok", item.notes
    elif item.notes:
        reason = f"{reason} {item.notes}"
    about = {"source": item.source, "frame": item.frame, "label": item.label}
    for number in range(max_faces):
        row = about | {"status": status, "reason": reason} | NO_FACE
        row["n_faces"] = len(boxes)
        if number < len(boxes):
            x, y, width, height = (round(value) for value in boxes[number])
            row |= {"face": number, "x": x, "y": y, "width": width, "height": height}
            score = scores[number]
            row["score"] = np.nan if score is None else float(score)
        elif number:
            row |= {"status": UNUSED, "reason": ""}
        rows.append(row)
    return boxes[:max_faces]


def _arrays(recognizer, rows, found, crops):
    """Describe the crops of the rows in `found`, and complete these rows."""
    side, classes = recognizer.size_, [str(name) for name in recognizer.classes_]
    images = np.zeros((len(rows), side, side), np.uint8)
    probabilities = np.zeros((len(rows), len(classes)), np.float32)
    features = None
    # With one thread, the result does not depend on the computer.
    with one_blas_thread():
        parts, failures = _each(lambda some: describe_crops(recognizer, some), np.array(crops))
    found = _without_failures(rows, found, failures)
    if found:
        images[found] = [crop for crop, error in zip(crops, failures, strict=True) if error is None]
        described, shares = (
            None if part[0] is None else np.concatenate(part) for part in zip(*parts, strict=True)
        )
        if recognizer.priors:
            shares = apply_priors(shares, recognizer._factors)
        probabilities[found] = shares
        if described is not None:
            features = np.zeros((len(rows), described.shape[1]), np.float32)
            features[found] = described
        rule = {
            "names": classes,
            "min_probability": recognizer.min_probability,
            "is_detected": recognizer.detector is not None,
        }
        for number, share, flat in zip(found, shares, is_flat(images[found]), strict=True):
            row = rows[number]
            box = row["x"], row["y"], row["width"], row["height"]
            score = None if np.isnan(row["score"]) else row["score"]
            face = recognized_face(box, score, share, None, flat, **rule)
            for name in ("expression", "probability", "status"):
                row[name] = getattr(face, name)
    return rows, images, features, probabilities
