"""Files of a comparison in a folder: comparison.json, and NAME.json and NAME.npz per case."""

import hashlib
import json
import os
import re
import unicodedata
import warnings
from dataclasses import asdict, fields
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from zipfile import BadZipFile
from zlib import error as ZlibError

import numpy as np

from .._utils.files import make_folder, write_file

SUMMARY = "comparison.json"
ARRAYS = ("row", "fold", "truth", "predicted", "probabilities", "group", "seen", "found")
# A name is the stem of a file on every operating system: it has no path, is no device of Windows,
# does not end in a blank or a dot, and fits into a file name with its suffix.
_NAME = re.compile(r"\w(?:[\w .,+=()-]*[\w,+=()-])?")
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
_MAX_BYTES = 250
# Files of the summary, and of the report that may be in the same folder.
_TAKEN = ("comparison", "scores")
# Errors of json, zipfile and NumPy on damaged files.
_DAMAGE = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    EOFError,
    RecursionError,
    NotImplementedError,
    BadZipFile,
    ZlibError,
)


def check_names(names, what="estimators"):
    """Check names of methods, which are names of files too.

    Parameters
    ----------
    names : iterable of str
    what : str, default="estimators"
        Name of the parameter in error messages.

    Raises
    ------
    ValueError
        If a name cannot be a file name, or two names differ only in case or Unicode form.
    """
    seen = {}
    for name in names:
        if not (isinstance(name, str) and _NAME.fullmatch(name) and _is_free(name)):
            raise ValueError(
                f"{what} must have names of letters, digits, blanks and _.,+=()-, other than "
                "'comparison', 'scores' and the device names of Windows, that do not end in a "
                f"blank or a dot; got {name!r}."
            )
        n_bytes = len(name.encode())
        if n_bytes > _MAX_BYTES:
            raise ValueError(
                f"{what} must have names of at most {_MAX_BYTES} bytes in UTF-8; got {n_bytes} "
                f"bytes, {name[:40]!r}..."
            )
        other = seen.setdefault(_folded(name), name)
        if other != name:
            raise ValueError(
                f"{what} must have names that differ in more than case, as they are file names; "
                f"got {other!r} and {name!r}."
            )


def _is_free(name):
    return _folded(name) not in _TAKEN and not _DEVICES.fullmatch(_folded(name))


def _folded(name):
    return unicodedata.normalize("NFC", name).casefold()


def run_of(comparison):
    """Return an identifier of what all cases of a comparison have in common.

    It is the same if protocol, data, random state and version of fertools are the same.
    """
    about = comparison.about
    identity = [
        comparison.protocol,
        about.get("data", {}).get("sha256"),
        about.get("random_state"),
        about.get("versions", {}).get("fertools"),
    ]
    return hashlib.sha256(json.dumps(identity).encode()).hexdigest()


def write_summary(folder, comparison):
    """Write everything in a comparison except its cases, and their names."""
    content = {f.name: getattr(comparison, f.name) for f in fields(comparison)}
    content["cases"] = list(comparison.cases)
    write_file(make_folder(folder) / SUMMARY, json.dumps(content, indent=1))


def write_case(folder, case, run=None):
    """Write the arrays of a case as NAME.npz, then the rest as NAME.json.

    Parameters
    ----------
    folder : str or path-like
        Output folder; created if it is missing.
    case : Case
    run : str or None, default=None
        Identifier of the comparison, as `run_of` returns it.
    """
    check_names([case.name], "cases")
    rest, archive = asdict(case), BytesIO()
    arrays = {key: rest.pop(key) for key in ARRAYS}
    np.savez_compressed(
        archive, **{key: array for key, array in arrays.items() if array is not None}
    )
    content = archive.getvalue()
    rest |= {"run": run, "arrays_sha256": hashlib.sha256(content).hexdigest()}
    folder = make_folder(folder)
    write_file(folder / f"{case.name}.npz", content)
    write_file(folder / f"{case.name}.json", json.dumps(rest, indent=1))


def read_summary(folder):
    """Read comparison.json.

    Returns
    -------
    dict
        Fields of a Comparison; `cases` is a list of names.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it was not written by fertools, or names a case whose files would be outside `folder`.
    """
    path = Path(folder, SUMMARY)
    text = path.read_bytes()
    try:
        summary = json.loads(text)
        types = {"protocol": str, "about": dict, "cases": list, "target_names": list}
        if summary.keys() != types.keys():
            raise ValueError(f"it must have the keys {', '.join(types)}")
        for key, kind in types.items():
            if not isinstance(summary[key], kind):
                raise ValueError(f"{key} must be a {kind.__name__}")
        check_names(summary["cases"], "cases")
        run_of(SimpleNamespace(**summary))
    except (ValueError, AttributeError, RecursionError) as error:
        raise ValueError(f"{path}: the file is damaged. {error}") from error
    return summary


def read_cases(folder, names, run, make):
    """Read the cases of a comparison.

    Parameters
    ----------
    folder : str or path-like
    names : list of str
        Cases that comparison.json lists. Cases of the same run that it does not list, as another
        process wrote them at the same time, are found in the folder.
    run : str
        Identifier of the comparison, as `run_of` returns it.
    make : callable
        Class of the cases.

    Returns
    -------
    dict of str to case

    Warns
    -----
    UserWarning
        If the files of a case are damaged or missing; the case is left out.
    """
    cases = {}
    for name in dict.fromkeys([*names, *_unlisted(folder, names)]):
        try:
            case, of_run = _read_case(folder, name, make)
        except _DAMAGE as error:
            if name in names:
                warnings.warn(
                    f"{Path(folder, name)}.json: the case is left out, as its files are damaged or "
                    f"missing ({error}).",
                    stacklevel=3,
                )
            continue
        if of_run == run or (of_run is None and name in names):
            cases[name] = case
    return cases


def _unlisted(folder, names):
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        stem, suffix = os.path.splitext(entry.name)
        if suffix == ".json" and stem not in names and entry.is_file():
            try:
                check_names([stem])
            except ValueError:
                continue
            yield stem


def _read_case(folder, name, make):
    """Return a case and the identifier of its run."""
    rest = json.loads(Path(folder, f"{name}.json").read_bytes())
    run, digest = rest.pop("run", None), rest.pop("arrays_sha256", None)
    if rest.get("name") != name or rest.get("status") not in ("ok", "failed"):
        raise ValueError("it is not a case of this name")
    content = Path(folder, f"{name}.npz").read_bytes()
    if digest not in (None, hashlib.sha256(content).hexdigest()):
        raise ValueError(f"{name}.npz is of another run")
    with np.load(BytesIO(content), allow_pickle=False) as arrays:
        return make(**rest, **arrays), run
