"""Checkpoints of a training: its state after the last complete epoch."""

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field
from numbers import Integral, Real
from pathlib import Path

import numpy as np

from .._utils.files import replacing
from .._utils.optional import import_optional
from ._seeding import seeded
from ._serialization import check_archive

# Name of the files of an epoch, without the suffix.
_NAME = re.compile(r"epoch_\d{1,9}")


@dataclass
class Progress:
    """State of a training that is needed to resume it, besides the network itself.

    Attributes
    ----------
    run : dict
        Parameters and fingerprint of the data, which identify the training.
    history : dict of str to list of float
        One entry per epoch.
    best_epoch : int or None
        Counted from 0.
    waited : int
        Epochs since the best one.
    stopped : bool
        True if the training has ended.
    """

    run: dict
    history: dict = field(default_factory=dict)
    best_epoch: int | None = None
    waited: int = 0
    stopped: bool = False

    @property
    def epochs(self):
        """Number of completed epochs."""
        return len(self.history.get("loss", []))

    def add(self, figures, monitor, part=""):
        """Add the figures of an epoch, and return whether it is the best one.

        Parameters
        ----------
        figures : dict of str to float
        monitor : {"loss", "accuracy"}
            Metric that the best epoch is chosen by.
        part : {"", "val_"}
            Prefix of the metric.

        Returns
        -------
        bool
        """
        for name, value in figures.items():
            self.history.setdefault(name, []).append(float(value))

        def rank(epoch):
            loss = self.history[f"{part}loss"][epoch]
            if not np.isfinite(loss):
                return np.inf, np.inf
            error = -self.history[f"{part}accuracy"][epoch] if monitor == "accuracy" else 0
            return error, loss

        if self.best_epoch is None or rank(-1) < rank(self.best_epoch):
            self.best_epoch, self.waited = self.epochs - 1, 0
            return True
        self.waited += 1
        return False

    def check(self):
        """Raise ValueError if the state was not written by `Checkpoint.write`."""
        lengths = {len(values) for values in self.history.values()}
        numbers = [value for values in self.history.values() for value in values]
        if (
            not isinstance(self.run.get("seed"), Integral)
            or lengths != {self.epochs}
            or not self.epochs
            or not all(isinstance(value, Real) for value in numbers)
            or self.best_epoch not in range(self.epochs)
            or self.waited not in range(self.epochs)
            or not isinstance(self.stopped, bool)
        ):
            raise ValueError("seed, history, best_epoch, waited and stopped are inconsistent.")


class Checkpoint:
    """Folder with the last state of a training and the best weights so far.

    Each epoch writes new files, and then replaces the file with their names, so that the folder
    contains the state of a complete epoch whenever a run is killed.

    Parameters
    ----------
    folder : path-like
    """

    def __init__(self, folder):
        self.folder = Path(folder)

    def write(self, model, weights, progress):
        """Write a network with its optimizer, the best weights, and the progress."""
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"epoch_{progress.epochs:04}"
        model.save(self.folder / f"{name}.keras")
        np.savez(self.folder / f"{name}.npz", *weights)
        state = {"files": name, **asdict(progress)}
        with replacing(self.folder / "state.json") as beside:
            beside.write_text(json.dumps(state, indent=1))
        for old in self.folder.iterdir():
            is_own = _NAME.fullmatch(old.stem) and old.suffix in (".keras", ".npz")
            if is_own and old.stem != name:
                old.unlink()

    def read_progress(self):
        """Read the progress, without the network.

        Returns
        -------
        Progress

        Raises
        ------
        FileNotFoundError
            If the folder has no checkpoint.
        ValueError
            If the checkpoint is damaged.
        """
        return self._read_state()[0]

    def read(self, run):
        """Read the network, the best weights and the progress.

        Parameters
        ----------
        run : dict
            Parameters and fingerprint that must equal those of the checkpoint.

        Returns
        -------
        model : keras.Model
        weights : list of ndarray
        progress : Progress

        Raises
        ------
        FileNotFoundError
            If the folder has no checkpoint.
        ValueError
            If the checkpoint is damaged, or belongs to other data or parameters.
        """
        progress, name = self._read_state()
        # Convert tuples to lists, like the checkpoint.
        run = json.loads(json.dumps(run))
        differing = sorted(_differing(run, progress.run))
        if differing:
            raise ValueError(
                "resume_from must be a checkpoint of the same training; "
                f"{self.folder} differs in {differing}."
            )
        try:
            with seeded(0):
                check_archive(self.folder / f"{name}.keras")
                model = import_optional("keras", "neural").saving.load_model(
                    self.folder / f"{name}.keras"
                )
            # NumPy does not close a damaged file that it has opened itself.
            with (self.folder / f"{name}.npz").open("rb") as file, np.load(file) as arrays:
                weights = [arrays[f"arr_{k}"] for k in range(len(arrays.files))]
            if [w.shape for w in weights] != [w.shape for w in model.get_weights()]:
                raise ValueError("the shapes of the best weights do not match the network.")
        except Exception as error:
            raise self._damaged(f"{name}.keras or {name}.npz", error) from error
        return model, weights, progress

    def _read_state(self):
        path = self.folder / "state.json"
        if not path.is_file():
            raise FileNotFoundError(
                f"resume_from must be the folder of a checkpoint; there is no {path}."
            )
        try:
            state = json.loads(path.read_text())
            name = state.pop("files")
            if not _NAME.fullmatch(name):
                raise ValueError(f"files must be epoch_ and a number; got {name!r}.")
            progress = Progress(**state)
            progress.check()
        except Exception as error:
            raise self._damaged("state.json", error) from error
        return progress, name

    def _damaged(self, file, error):
        return ValueError(
            f"resume_from must be an intact checkpoint; {file} in {self.folder} is damaged "
            f"({type(error).__name__}: {error}). Start again without resume_from."
        )


def _differing(run, other):
    """Yield the names of the parameters and data that differ between two runs."""
    for key, value in run.items():
        if isinstance(value, dict) and isinstance(other.get(key), dict):
            yield from _differing(value, other[key])
        elif other.get(key) != value:
            yield key


def fingerprint(*arrays):
    """Compute a hash that identifies arrays by their values.

    Parameters
    ----------
    *arrays : ndarray or None

    Returns
    -------
    str
        SHA-256 in hexadecimal digits, of types, shapes and all values.
    """
    digest = hashlib.sha256()
    for array in arrays:
        if array is None:
            digest.update(b"none;")
            continue
        digest.update(f"{array.dtype.str}{array.shape};".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
