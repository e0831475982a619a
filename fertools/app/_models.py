"""Models that a server offers."""

import logging
import os
import threading
from collections import OrderedDict
from copy import copy
from pathlib import Path

from ..detection._detector_protocol import with_probability
from ..exceptions import ModelFileError
from ..persistence import read_metadata
from ..persistence._model_file import pretrained_names, pretrained_path, read_model
from ..recognizer import ExpressionRecognizer
from ..recognizer._priors import priors_of_file

# Models that are kept in memory.
_MAX_LOADED = 3
_LOGGER = logging.getLogger("fertools")


class Models:
    """Shipped models, and the model files of one folder.

    The files are listed once, and a request selects one of the listed names; it cannot name a
    path.

    Parameters
    ----------
    default : str or path-like, default="fast"
        Name of a shipped model or of a file in `folder`, or the path of one more model file.
    folder : str, path-like or None, default=None
        Folder with model files. Subfolders, and links to files outside of the folder, are ignored.

    Attributes
    ----------
    names : list of str
        Names of the models: the default, the shipped models, and the names of files.
    default : str
        Name of the default model.

    Raises
    ------
    FileNotFoundError
        If there is no such model or folder.
    """

    def __init__(self, default="fast", folder=None):
        paths = {name: pretrained_path(name) for name in pretrained_names()}
        if folder is not None:
            paths |= _model_files(Path(folder))
        if str(default) not in paths:
            path = Path(os.path.expanduser(default))
            if not path.is_file():
                raise FileNotFoundError(
                    f"{default}: no such model file; known models: {', '.join(paths)}."
                )
            default, paths = path.name, {**paths, path.name: path}
        self.default = str(default)
        self.names = sorted(paths, key=lambda name: name != self.default)
        self._paths = paths
        self._loaded = OrderedDict()
        self._lock = threading.Lock()

    def recognizer(self, name, min_probability=0.0, min_face_probability=None):
        """Return the recognizer of a model, which is loaded when it is first used.

        Parameters
        ----------
        name : str
            One of `names`.
        min_probability : float, default=0.0
            Parameter of `ExpressionRecognizer`.
        min_face_probability : float or None, default=None
            Smallest probability that a box shows a face; None means the setting of the detector.
            It has no effect on models with a detector of their own that does not verify faces.

        Returns
        -------
        ExpressionRecognizer

        Raises
        ------
        ValueError
            If there is no such model, or it does not predict probabilities of faces.
        """
        path = self._path(name)
        with self._lock:
            if name not in self._loaded:
                self._loaded[name] = ExpressionRecognizer(
                    read_model(path)[0], priors=priors_of_file(path)
                )
            self._loaded.move_to_end(name)
            while len(self._loaded) > _MAX_LOADED:
                self._loaded.popitem(last=False)
            recognizer = copy(self._loaded[name])
        recognizer.min_probability = min_probability
        if getattr(recognizer.detector, "min_face_probability", None) is not None:
            recognizer.detector = with_probability(recognizer.detector, min_face_probability)
        return recognizer

    def card(self, name):
        """Return the model card: the file ``NAME.md`` beside the model, or parts of its metadata.

        Parameters
        ----------
        name : str
            One of `names`.

        Returns
        -------
        str
            Markdown.
        """
        path = self._path(name)
        beside = path.with_suffix(".md")
        if beside.is_file() and _is_inside(beside, path.parent):
            return beside.read_text(encoding="utf-8", errors="replace")
        about = read_metadata(path)
        classes = ", ".join(map(str, about["classes"] or ()))
        lines = [f"# {path.stem}", about.get("description", ""), f"Classes: {classes}."]
        for key in ("intended_use", "limits"):
            if about.get(key):
                lines.append(f"**{key.replace('_', ' ').capitalize()}.** {about[key]}")
        return "\n\n".join(filter(None, map(str, lines)))

    def limits(self, name):
        """Return the limits of a model in the words of its author, or an empty string."""
        return str(read_metadata(self._path(name)).get("limits", ""))

    def _path(self, name):
        if name not in self._paths:
            raise ValueError(f"model must be one of {self.names}; got {name!r}.")
        return self._paths[name]


def _model_files(folder):
    """Return the readable model files of a folder by their names; others are logged."""
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder}: there is no such folder.")
    found = {}
    for path in sorted(folder.glob("*.fer")):
        if not path.is_file() or not _is_inside(path, folder):
            _LOGGER.warning("%s: not offered; it is not a file of the folder.", path)
            continue
        try:
            read_metadata(path)
        except (ModelFileError, OSError) as error:
            _LOGGER.warning("%s: not offered. %s", path, error)
        else:
            found[path.name] = path
    return found


def _is_inside(path, folder):
    return Path(os.path.realpath(path)).parent == Path(os.path.realpath(folder))
