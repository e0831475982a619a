"""Checks of the installation for ``fertools doctor``: packages, OpenCV, BLAS and cache."""

import os
import platform
import re
import shutil
import sys
import warnings
from importlib import import_module, metadata
from pathlib import Path
from typing import NamedTuple

from .. import __version__
from .._utils.optional import REPAIR_OPENCV, check_opencv

OK, WARNING, PROBLEM = "ok", "warning", "problem"
# Extras that collect other extras or serve development.
_NOT_OPTIONS = ("all", "docs", "test")
_CASCADES = (
    "haarcascade_frontalface_alt2.xml",
    "haarcascade_frontalface_default.xml",
    "haarcascade_profileface.xml",
    "haarcascade_eye.xml",
)
_CACHE_SPACE = 50 * 2**20  # Bytes; the compiled kernels take a few megabytes.


class Finding(NamedTuple):
    """Result of one check.

    Parameters
    ----------
    name : str
        Name of what was checked.
    status : {"ok", "warning", "problem"}
        Whether it works.
    value : str
        What was found.
    hint : str, default=""
        How to change it.
    """

    name: str
    status: str
    value: str
    hint: str = ""


def check_packages():
    """Check the versions of Python, fertools and the packages that it requires."""
    try:
        about = metadata.metadata("fertools")
    except metadata.PackageNotFoundError:
        return [
            Finding("Python", OK, platform.python_version()),
            Finding(
                "fertools",
                WARNING,
                f"{__version__}, not installed as a package: requirements cannot be checked",
                "pip install fertools",
            ),
        ]
    python = Finding("Python", OK, platform.python_version())
    if not _specifiers(about["Requires-Python"]).contains(python.value, prereleases=True):
        hint = f"Install Python {about['Requires-Python']}."
        python = python._replace(status=PROBLEM, hint=hint)
    # OpenCV is distributed under several names; see `check_opencv_build`.
    requirements = [
        requirement for requirement in _requirements() if not requirement.name.startswith("opencv")
    ]
    fertools = Finding("fertools", OK, __version__)
    return [python, fertools, *map(_check_requirement, requirements)]


def _specifiers(text):
    from packaging.specifiers import SpecifierSet

    return SpecifierSet(text or "")


def _requirements(extra=""):
    """Return what fertools requires, or what an extra adds."""
    from packaging.requirements import Requirement

    found = map(Requirement, metadata.requires("fertools") or [])
    return [
        requirement
        for requirement in found
        if (requirement.marker is None and not extra)
        or (
            requirement.marker is not None
            and requirement.marker.evaluate({"extra": extra})
            and ("extra" in str(requirement.marker)) == bool(extra)
        )
    ]


def _version(name):
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _check_requirement(requirement):
    version, rule = _version(requirement.name), f"{requirement.name}{requirement.specifier}"
    hint = f'pip install "{rule}"'
    if version is None:
        return Finding(requirement.name, PROBLEM, "not installed", hint)
    if not requirement.specifier.contains(version, prereleases=True):
        return Finding(requirement.name, PROBLEM, f"{version}; fertools needs {rule}", hint)
    return Finding(requirement.name, OK, version)


def check_extras():
    """Check the packages of each extra; an extra that is not installed is no problem."""
    try:
        extras = metadata.metadata("fertools").get_all("Provides-Extra") or []
    except metadata.PackageNotFoundError:
        return []  # Reported by `check_packages`.
    return [_check_extra(extra) for extra in sorted(extras) if extra not in _NOT_OPTIONS]


def _check_extra(extra):
    found = [_check_requirement(requirement) for requirement in _requirements(extra)]
    name, hint = f"extra {extra}", f'pip install "fertools[{extra}]"'
    missing = [finding.name for finding in found if _version(finding.name) is None]
    if len(missing) == len(found):
        return Finding(name, OK, "not installed", hint)
    if missing:
        return Finding(name, OK, f"{', '.join(missing)} not installed", hint)
    versions = ", ".join(f"{finding.name} {finding.value}" for finding in found)
    if any(finding.status == PROBLEM for finding in found):
        return Finding(name, WARNING, versions, hint)
    return Finding(name, OK, versions)


def opencv_owners(folder):
    """Return the distributions that installed the folder of the module cv2.

    Parameters
    ----------
    folder : Path
        Folder of the module.

    Returns
    -------
    dict of str to str
        Version of each distribution.
    """
    owners = {}
    for distribution in metadata.distributions():
        name = distribution.metadata["Name"] or ""
        if not re.match("(py-?)?opencv", name.lower()):
            continue
        # Conda describes one package under several names, but only one of them lists files.
        files = [file for file in distribution.files or [] if file.parts[:1] == ("cv2",)]
        if files and Path(str(distribution.locate_file("cv2"))).resolve() == folder.resolve():
            owners[name] = distribution.version
    return dict(sorted(owners.items()))


def check_opencv_build():
    """Check that one distribution owns the module cv2, its version, and its cascades."""
    try:
        cv2 = import_module("cv2")
        check_opencv(cv2)
    except ImportError as error:
        return [Finding("OpenCV", PROBLEM, str(error), _repair(error))]
    owners = opencv_owners(Path(cv2.__file__).parent)
    installed = " and ".join(f"{name} {version}" for name, version in owners.items())
    window = re.search(r"GUI:\s*(\S+)", cv2.getBuildInformation())
    value = f"{cv2.__version__} ({installed or 'not installed with pip'}), windows: " + (
        window[1] if window else "unknown"
    )
    finding = Finding("OpenCV", OK, value)
    if len(owners) > 1:
        removed = " ".join(owners)
        finding = finding._replace(
            status=PROBLEM,
            value=f"{value}; these packages overwrite each other's files",
            hint=f"pip uninstall -y {removed}; {REPAIR_OPENCV}",
        )
    elif not (hasattr(cv2, "CascadeClassifier") and _is_supported(cv2.__version__)):
        value = f"{value}; this version is not supported"
        finding = finding._replace(status=PROBLEM, value=value, hint=REPAIR_OPENCV)
    return [finding, _check_cascades(cv2)]


def _is_supported(version):
    # Wheels have a fourth number, a build, which the module lacks.
    return (4, 10) <= tuple(int(part) for part in re.findall(r"\d+", version)[:2]) < (5, 0)


def _repair(error):
    # Slim Linux images lack the libraries of OpenCV's windows.
    if "libGL" in str(error) or "libgthread" in str(error):
        return "apt-get install libgl1 libglib2.0-0"
    return REPAIR_OPENCV


def _check_cascades(cv2):
    shipped = getattr(getattr(cv2, "data", None), "haarcascades", None)
    user = os.environ.get("FERTOOLS_CASCADES")
    folders = [Path(folder) for folder in (user, shipped) if folder]
    missing = [
        name for name in _CASCADES if not any((folder / name).is_file() for folder in folders)
    ]
    places = " or ".join(map(str, folders)) or "any folder"
    if missing:
        value = f"{', '.join(missing)} not found in {places}"
        hint = f"{REPAIR_OPENCV}; or set FERTOOLS_CASCADES to a folder with these files"
        return Finding("cascades", PROBLEM, value, hint)
    return Finding("cascades", OK, f"found in {places}")


def check_threads():
    """Check the libraries for linear algebra and OpenMP, and their numbers of threads."""
    import joblib
    from threadpoolctl import threadpool_info

    for module in ("numpy", "scipy.linalg", "sklearn"):
        import_module(module)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        libraries = threadpool_info()
    n_processors = joblib.cpu_count()
    findings = [Finding("processors", OK, f"{n_processors} usable of {os.cpu_count()}")]
    for library in libraries:
        n_threads = library["num_threads"]
        version = " ".join(filter(None, (library["version"], library.get("architecture"))))
        value = f"{library['internal_api']} {version}".strip() + f", threads: {n_threads}"
        # The library may be found under two names; the prefix of the folder tells whose it is.
        value += f", from {Path(library['filepath']).parent.name}"
        finding = Finding("BLAS" if library["user_api"] == "blas" else "OpenMP", OK, value)
        if n_threads > n_processors:
            hint = f"Set the environment variable OMP_NUM_THREADS={n_processors}."
            finding = finding._replace(status=WARNING, hint=hint)
        findings.append(finding)
    if not any(library["user_api"] == "blas" for library in libraries):
        findings.append(
            Finding("BLAS", WARNING, "no known library", "Install NumPy and SciPy with pip.")
        )
    for warning in caught:
        findings.append(Finding("OpenMP", WARNING, str(warning.message)))
    return findings


def check_cache():
    """Check the cache of compiled kernels."""
    import numba

    from .._utils.compilation import compiled

    name = "compiled code"
    if numba.config.DISABLE_JIT:
        hint = "Unset the environment variable NUMBA_DISABLE_JIT."
        return [Finding(name, WARNING, "the compiler is switched off; features are slow", hint)]
    for package in ("features", "selection"):
        import_module(f"..{package}", __package__)
    kernels = {
        id(value): value
        for module_name, module in list(sys.modules.items())
        if module_name.startswith("fertools.")
        for value in list(vars(module).values())
        if isinstance(value, compiled)
    }
    hint = "Set the environment variable NUMBA_CACHE_DIR to a writable folder."
    folders, n_cached, damaged = set(), 0, []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        for kernel in kernels.values():
            folder = kernel.cache_folder()
            if folder is None:
                value = "no folder for the cache can be written to; each process compiles anew"
                return [Finding(name, WARNING, value, hint)]
            folders.add(folder)
            try:
                n_cached += bool(kernel.n_cached())
            except Exception as error:  # Unpickling damaged files can raise anything.
                damaged.append(f"{kernel.__name__} ({type(error).__name__}: {error})")
    places = os.path.commonpath(folders) if folders else ""
    value = f"{n_cached} of {len(kernels)} kernels compiled, in {places}"
    finding = Finding(name, OK, value)
    if not n_cached:
        hint = "The kernels are compiled at their first use, which takes up to a minute."
        finding = finding._replace(hint=hint)
    if damaged:
        hint = f"Delete the *.nbi and *.nbc files below {places}; they are compiled again."
        return [Finding(name, WARNING, f"{value}; damaged: {', '.join(damaged)}", hint)]
    existing = [folder for folder in folders if folder.is_dir()]
    if not all(os.access(folder, os.W_OK) for folder in existing):
        return [Finding(name, WARNING, f"{value}, which cannot be written to", hint)]
    if any(shutil.disk_usage(folder).free < _CACHE_SPACE for folder in existing):
        return [Finding(name, WARNING, f"{value}; the disk is full", "Free disk space.")]
    return [finding]
