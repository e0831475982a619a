"""Files of a comparison: comparison.json, and NAME.json and NAME.npz per method."""

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
# Names of methods must be valid file names on every operating system: no path separators, no device
# names of Windows, no blank or dot at the end, and not too long with the suffix.
_NAME = re.compile(r"\w(?:[\w .,+=()-]*[\w,+=()-])?")
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
_MAX_BYTES = 250
# Stems of the summary and of report files in the same folder.
_TAKEN = ("comparison", "scores")
# Exceptions raised by json, zipfile and NumPy for damaged files.
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
    """Check that method names are valid and distinct file names.

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


def run_id(comparison):
    """Return a hash of the protocol, data, random state and version of fertools."""
    about = comparison.about
    identity = [
        comparison.protocol,
        about.get("data", {}).get("sha256"),
        about.get("random_state"),
        about.get("versions", {}).get("fertools"),
    ]
    return hashlib.sha256(json.dumps(identity).encode()).hexdigest()


def write_summary(folder, comparison):
    """Write the fields of a comparison, with method names in place of the results."""
    content = {f.name: getattr(comparison, f.name) for f in fields(comparison)}
    del content["results"]
    content["cases"] = list(comparison.results)
    write_file(make_folder(folder) / SUMMARY, json.dumps(content, indent=1))


def write_result(folder, result, run=None):
    """Write the arrays of a method result as NAME.npz, then its other fields as NAME.json.

    Parameters
    ----------
    folder : str or path-like
        Output folder; created if it is missing.
    result : MethodResult
    run : str or None, default=None
        Hash returned by `run_id`.
    """
    check_names([result.name], "results")
    rest, archive = asdict(result), BytesIO()
    arrays = {key: rest.pop(key) for key in ARRAYS}
    np.savez_compressed(
        archive, **{key: array for key, array in arrays.items() if array is not None}
    )
    content = archive.getvalue()
    rest |= {"run": run, "arrays_sha256": hashlib.sha256(content).hexdigest()}
    folder = make_folder(folder)
    write_file(folder / f"{result.name}.npz", content)
    write_file(folder / f"{result.name}.json", json.dumps(rest, indent=1))


def read_summary(folder):
    """Read comparison.json.

    Returns
    -------
    dict
        Fields of a Comparison; `cases` is the list of method names.

    Raises
    ------
    FileNotFoundError
        If the file does not exist.
    ValueError
        If the file is damaged, or contains a method name that leads out of `folder`.
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
        run_id(SimpleNamespace(**summary))
    except (ValueError, AttributeError, RecursionError) as error:
        raise ValueError(f"{path}: the file is damaged. {error}") from error
    return summary


def read_results(folder, names, run, result_type):
    """Read the results of a comparison.

    Parameters
    ----------
    folder : str or path-like
    names : list of str
        Methods listed in comparison.json. Other results of the same run, written by another
        process at the same time, are added.
    run : str
        Hash returned by `run_id`.
    result_type : type
        `MethodResult`.

    Returns
    -------
    dict of str to MethodResult

    Warns
    -----
    UserWarning
        If the files of a method are damaged or missing; the method is left out.
    """
    results = {}
    for name in dict.fromkeys([*names, *_unlisted(folder, names)]):
        try:
            result, result_run = _read_result(folder, name, result_type)
        except _DAMAGE as error:
            if name in names:
                warnings.warn(
                    f"{Path(folder, name)}.json: the method is left out, as its files are damaged "
                    f"or missing ({error}).",
                    stacklevel=3,
                )
            continue
        if result_run == run or (result_run is None and name in names):
            results[name] = result
    return results


def _unlisted(folder, names):
    """Yield the names of further JSON files that may hold a result."""
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        stem, suffix = os.path.splitext(entry.name)
        if suffix == ".json" and stem not in names and entry.is_file():
            try:
                check_names([stem])
            except ValueError:
                continue
            yield stem


def _read_result(folder, name, result_type):
    """Return a result and the hash of its run."""
    rest = json.loads(Path(folder, f"{name}.json").read_bytes())
    run, digest = rest.pop("run", None), rest.pop("arrays_sha256", None)
    if rest.get("name") != name or rest.get("status") not in ("ok", "failed"):
        raise ValueError("it is not the result of this method")
    content = Path(folder, f"{name}.npz").read_bytes()
    if digest not in (None, hashlib.sha256(content).hexdigest()):
        raise ValueError(f"{name}.npz is of another run")
    with np.load(BytesIO(content), allow_pickle=False) as arrays:
        return result_type(**rest, **arrays), run
