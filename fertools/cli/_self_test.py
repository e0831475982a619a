"""Self-test of ``fertools doctor``: the detector and the shipped models in a process of their own.

A crash of a library, or a compiler that takes too long, ends only that process.
"""

import json
import subprocess
import sys
import warnings

from ._installation import OK, PROBLEM, WARNING, Finding

# Center of the face in scikit-image's photo of Eileen Collins, and the sides of boxes around it.
_CENTER, _SIDES = (225, 115), (60, 180)
_CODE = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]); "
    "from fertools.cli._self_test import print_findings; print_findings()"
)
_REINSTALL = "pip install --force-reinstall --no-deps fertools"


def self_test(timeout):
    """Test the detector and the shipped models in another process.

    Parameters
    ----------
    timeout : float
        Seconds after which the process is ended.

    Returns
    -------
    list of Finding
    """
    command = [sys.executable, "-c", _CODE, json.dumps(sys.path)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired as expired:
        hint = (
            "The first run compiles kernels, which takes up to a minute, and a busy computer is "
            "slower: fertools doctor --timeout 120"
        )
        late = Finding("self-test", WARNING, f"not finished after {timeout:g} seconds", hint)
        return [*_read(expired.stdout or b""), late]
    findings = _read(done.stdout)
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        value = f"ended with exit code {done.returncode}"
        value = ": ".join([value, *lines[-1:]])
        findings.append(Finding("self-test", PROBLEM, value, _REINSTALL))
    return findings


def _read(output):
    """Read the findings that `print_findings` wrote; the last line may be cut short."""
    lines = output.split(b"\n")[:-1]
    return [Finding(*json.loads(line)) for line in lines if line.startswith(b"[")]


def print_findings():
    """Run all tests and print each finding as one line of JSON."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for finding in run_tests():
            sys.stdout.write(f"{json.dumps(finding)}\n")
            sys.stdout.flush()


def run_tests():
    """Test the detector and each shipped model.

    Yields
    ------
    Finding
    """
    from ..persistence._model_file import pretrained_names

    yield _guarded("detector", check_detector)
    names = pretrained_names()
    if not names:
        yield Finding("models", PROBLEM, "no model is installed", _REINSTALL)
    # The default model is tested first.
    for name in sorted(names, key=lambda name: name != "fast"):
        yield _guarded(f"model {name}", check_model, name)


def _guarded(name, check, *arguments):
    try:
        return check(*arguments)
    except Exception as error:
        return Finding(name, PROBLEM, f"{type(error).__name__}: {error}", _REINSTALL)


def check_detector():
    """Check that the detector finds the face in scikit-image's photo of Eileen Collins."""
    from skimage.data import astronaut

    from .._utils.optional import REPAIR_OPENCV
    from ..detection import make_detector

    faces = make_detector().detect(astronaut())
    for face in faces:
        center = face.x + face.width / 2, face.y + face.height / 2
        is_near = all(abs(a - b) < 30 for a, b in zip(center, _CENTER, strict=True))
        if is_near and _SIDES[0] <= face.width <= _SIDES[1]:
            value = f"finds the face in a photo, {face.width} pixels wide"
            return Finding("detector", OK, value)
    value = f"does not find the face in a photo; other boxes: {len(faces)}"
    return Finding("detector", PROBLEM, value, REPAIR_OPENCV)


def check_model(name):
    """Check that a shipped model reproduces its stored predictions."""
    from ..persistence import load_pretrained, read_metadata
    from ..persistence._model_file import pretrained_path
    from ..persistence._shipped import predicts_as_expected

    path, title = pretrained_path(name), f"model {name}"
    if predicts_as_expected(load_pretrained(name), path):
        return Finding(title, OK, "reproduces its stored predictions")
    versions = read_metadata(path)["versions"]
    libraries = " ".join(
        f"{library}=={versions[library]}"
        for library in ("scikit-learn", "numpy", "scipy")
        if library in versions
    )
    hint = f"{_REINSTALL}; if this does not help: pip install {libraries}"
    return Finding(title, PROBLEM, "predictions differ from the stored ones", hint)
