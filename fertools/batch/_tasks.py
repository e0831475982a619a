"""One task of a batch: a chunk of images, or the rest of a video."""

import os
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .._utils.images import to_uint8
from ..datasets._limits import LeftOut
from ..exceptions import VideoReadError
from ..persistence._model_file import read_model
from ..recognizer import ExpressionRecognizer
from ..recognizer._priors import priors_of_file
from ._chunks import Item, describe_items
from ._features import describe_crops
from ._index import write_part
from ._inputs import Part, open_part
from ._store import INDEX, write_chunk


class Task(NamedTuple):
    """Chunks that one worker computes.

    Attributes
    ----------
    part : Part
        Inputs of the task only.
    chunks : list of int
        Numbers of the chunks; several for a video, which is decoded once.
    done : set of int
        Chunks of them that are complete.
    """

    part: Part
    chunks: list
    done: set


@lru_cache(maxsize=1)
def load_recognizer(model, options, content):
    """Load the recognizer of a model file; kept by the process for its next tasks.

    The hash `content` identifies the file, so that a file that was replaced is loaded again.
    """
    estimator, _ = read_model(model)
    return ExpressionRecognizer(estimator, priors=priors_of_file(model), **dict(options))


def loaded_recognizer(recognizer):
    """Return a recognizer, given itself or the arguments of `load_recognizer`."""
    return load_recognizer(*recognizer) if isinstance(recognizer, tuple) else recognizer


def run_task(task, store, recognizer, chunk_size, max_faces):
    """Describe the faces of a task, and write them to the store.

    Parameters
    ----------
    task : Task
    store : Path
    recognizer : ExpressionRecognizer or (str, tuple, str)
        Recognizer, or arguments of `load_recognizer`.
    chunk_size, max_faces : int
        Number of inputs per chunk, and of rows per input.

    Returns
    -------
    int
        Number of inputs.
    """
    recognizer = loaded_recognizer(recognizer)
    items = _frames(task) if task.part.kind == "video" else _images(task.part)
    for number in task.chunks:
        chunk = list(islice(items, chunk_size))
        if number in task.done:
            continue
        rows, crops, features, probabilities = describe_items(recognizer, chunk, max_faces)
        arrays = {"crops": crops, "features": features, "probabilities": probabilities}
        sizes = write_chunk(store, number, chunk_size * max_faces, arrays)
        path = part_path(store, number)
        write_part(path, number * chunk_size * max_faces, rows, sizes)
    return task.part.length


def part_path(store, number):
    """Return the path of the index of a chunk."""
    return Path(store) / INDEX / f"{number:08d}.parquet"


def _images(part):
    """Yield the images of a part."""
    waiting = iter(zip(part.names, part.labels or [None] * len(part.names), strict=True))
    try:
        with open_part(part) as read:
            for name, label in waiting:
                notes = []
                try:
                    image = read(name, notes)
                except LeftOut as error:
                    image = error
                yield Item(os.path.join(part.path, name), -1, label, image, " ".join(notes))
    except (OSError, ValueError) as error:
        # An archive that was replaced or damaged after its members were listed.
        problem = LeftOut("unreadable", str(error))
        for name, label in waiting:
            yield Item(os.path.join(part.path, name), -1, label, problem)


def _frames(task):
    """Yield the frames of a video; missing ones have the status "unreadable"."""
    from ..video._video_file import VideoFile

    part, number, problem = task.part, 0, "The video ends before this frame."
    try:
        video = VideoFile(part.path)
        try:
            for frame in islice(video, part.length):
                yield Item(part.path, number, None, to_uint8(frame.image))
                number += 1
            problem = video.problem or problem
        finally:
            video.close()
    except VideoReadError as error:
        problem = str(error)
    for missing in range(number, part.length):
        yield Item(part.path, missing, None, LeftOut("unreadable", problem))


def n_features(recognizer):
    """Return the number of features of a recognizer, 0 if its classifier takes images."""
    # Some descriptors cannot describe an image of a single color.
    side = recognizer.size_
    crop = np.arange(side * side).astype(np.uint8).reshape(1, side, side)
    features, _ = describe_crops(recognizer, crop)
    return 0 if features is None else features.shape[1]
