"""Unusual parameters and inputs for every public estimator.

Each call must end within the time limit, either with a finite result per sample or with an error
that was raised on purpose, but not with an internal error of OpenCV or NumPy.
"""

import faulthandler
import inspect
import signal
import traceback
import warnings
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest
from discovery import public_estimators
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.utils import get_tags

from fertools import neural
from fertools.datasets import make_faces
from fertools.features import DiscreteCosine, LocalBinaryPatterns, PrincipalFeatures
from fertools.kernels import GramSVC, KernelRidgeClassifier

# Processor time, so that the test does not fail on a busy computer.
SECONDS_PER_CALL = 5
INTERNALS = ("error: (-", "cv2", "OpenCV(", "broadcast", "ufunc", "_ARRAY_API", "dtype('<U")

FACES = make_faces(21, size=16, random_state=0)
FEATURES = np.random.default_rng(0).random((21, 12))
DCT = DiscreteCosine(20, standardize=False)
# Required arguments, and arguments that make the calls fast.
ARGUMENTS = {
    "ConformalClassifier": {"estimator": GaussianNB().fit(FEATURES, FACES.labels)},
    "FaceAligner": {"n_iterations": 1},
    "FeatureFusion": {
        "descriptors": [("lbp", LocalBinaryPatterns(radii=(1,))), ("dct", DiscreteCosine(20))]
    },
    "KernelImageClassifier": {"transformer": PrincipalFeatures(DCT, 9), "estimator": GramSVC()},
    "PrincipalFeatures": {"transformer": DCT},
    "PairMeansClassifier": {"estimator": KernelRidgeClassifier(0.1)},
    # The default, LinearSVC, does not return for huge features.
    "TemperatureScalingCV": {"estimator": GaussianNB()},
    "ViewAveraging": {"estimator": make_pipeline(DCT, GaussianNB())},
    "StackedWords": {"n_words": 4, "n_first_words": 4, "n_samples": 100},
    "VisualWords": {"n_words": 4},
    "WithMirror": {"transformer": DCT},
}
# Estimators that take images although their tags do not declare it.
IMAGES = {"Augmenter", "KernelImageClassifier", "ViewAveraging"}
# Training takes seconds, so that only invalid inputs are tested.
NETWORKS = {"KerasEmbedding", "KerasFeatureClassifier", "KerasImageClassifier"}

VALUES = [
    0,
    -1,
    2,
    1000,
    2**31,
    2**63,
    np.int64(2),
    2.5,
    1e9,
    1e-300,
    1.001,
    1e300,
    np.float32(0.5),
    float("inf"),
    float("nan"),
    1j,
    None,
    "nosuch",
    "",
    b"bytes",
    (),
    (0, 0),
    (-1, -1),
    (2.5, 2),
    (1, 2, 3),
    (1000, 1000),
    ("a", "b"),
    [None],
    [[1, 2]],
    ((3, 3),),
    ((-6, -6),),
    np.array([np.nan, 1]),
    {},
    {"happy": 1},
    object(),
]


class CallTimeout(BaseException):
    """Timeout that is not an Exception, so that the library does not catch it."""


@pytest.fixture(autouse=True)
def watchdog():
    """End the process if compiled code does not return, as signals do not interrupt it."""
    faulthandler.dump_traceback_later(300, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


@contextmanager
def time_limit(seconds):
    def stop(signum, frame):
        raise CallTimeout(f"more than {seconds} s")

    previous = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, previous)


# YuNetDetector needs the file of a network; see tests/detection/test_yunet_detector.py.
ESTIMATORS = [
    kind for kind in public_estimators() if kind.__name__ not in {*NETWORKS, "YuNetDetector"}
]
# Faults of scikit-learn, to which these estimators pass X unchanged.
PASSED_ON = {("TemperatureScalingCV", "dict")}
INVALID = {
    *("empty", "no columns", "nan", "inf", "0 dimensions", "1 dimensions", "6 dimensions"),
    *("ragged", "text", "complex", "sparse", "number", "None", "str", "dict", "set"),
}


def build(kind):
    arguments = ARGUMENTS.get(kind.__name__, {})
    if kind.__name__ == "ConformalClassifier":  # `clone` would unfit its classifier
        return kind(**arguments)
    return clone(kind(**arguments))


def takes_images(kind):
    return kind.__name__ in IMAGES or get_tags(build(kind)).input_tags.three_d_array


def run(estimator, X, y):
    """Fit the estimator and return its result for `X`."""
    if type(estimator).__name__ == "FaceVerifier":  # for two classes
        y = y == "happy"
    if hasattr(estimator, "augment"):
        return estimator.augment(X)
    if hasattr(estimator, "fit_resample"):
        return estimator.fit_resample(X, y)[0]
    if hasattr(estimator, "recognize"):
        return [estimator.recognize(image) for image in X]
    estimator.fit(X, y)
    if hasattr(estimator, "detect"):
        return [estimator.detect(image) for image in X]
    if hasattr(estimator, "transform"):
        return estimator.transform(X)
    if hasattr(estimator, "predict"):
        return estimator.predict(X)
    return estimator.matrix(np.asarray(X, dtype=float))


def fault_of_error(error):
    """Return the fault of an error, or None if it was raised on purpose."""
    if not isinstance(error, (ValueError, TypeError, NotFittedError)):
        return "unexpected type"
    if any(text in str(error) for text in INTERNALS):
        return "internals in the message"
    frame = traceback.extract_tb(error.__traceback__)[-1]
    # scikit-learn converts arrays with NumPy and passes its errors on.
    if "sklearn" in frame.filename or (frame.line or "").startswith("raise "):
        return None
    return f"not raised on purpose, in {frame.filename}:{frame.lineno}"


def fault_of_result(result, n_samples, estimator):
    if result is None:
        return "no result"
    if len(result) != n_samples and not hasattr(estimator, "fit_resample"):
        return f"{len(result)} results for {n_samples} samples"
    dtype = getattr(result, "dtype", np.dtype(object))
    if dtype.kind == "f" and not np.isfinite(result).all():
        return "not finite"
    return None


def n_samples_of(X):
    if hasattr(X, "shape"):
        return X.shape[0] if len(X.shape) else 0
    return len(X) if hasattr(X, "__len__") else 0


def find_fault(estimator, X):
    """Return the fault of fitting and applying an estimator, or None."""
    n_samples = n_samples_of(X)
    y = FACES.labels[:n_samples] if 0 < n_samples <= len(FACES.labels) else FACES.labels
    try:
        with warnings.catch_warnings(), time_limit(SECONDS_PER_CALL):
            warnings.simplefilter("ignore")
            result = run(estimator, X, y)
    except CallTimeout as error:
        return str(error)
    except Exception as error:
        fault = fault_of_error(error)
        return fault and f"{fault}: {type(error).__name__}: {error}"
    return fault_of_result(result, n_samples, estimator)


def arrays(valid, unit):
    """Yield unusual variants of an array `valid`, and of `unit`, the same array in 0..1."""
    yield "int64", valid.astype(np.int64) if valid.dtype == np.uint8 else valid
    for dtype in ("float16", "float32", "float64", "longdouble", ">f8"):
        yield dtype, unit.astype(dtype)
    yield "bool", unit > 0.5
    yield "big-endian integers", (unit * 255).astype(">i4")
    yield "negative int8", (unit * 100 - 50).astype(np.int8)
    yield "negative floats", -unit
    yield "Fortran order", np.asfortranarray(valid)
    yield "Fortran order, float32", np.asfortranarray(unit.astype(np.float32))
    yield "every second column", np.repeat(valid, 2, axis=-1)[..., ::2]
    yield "every second sample", np.repeat(valid, 2, axis=0)[::2]
    yield "reversed columns", valid[..., ::-1]
    read_only = valid.copy()
    read_only.flags.writeable = False
    yield "read-only", read_only
    yield "masked", np.ma.masked_array(valid, unit > 2)
    yield "objects", valid.astype(object)
    yield "lists", valid.tolist()
    yield "list of arrays", list(valid)
    yield "tuple of arrays", tuple(valid)
    yield "zeros", np.zeros_like(valid)
    yield "ones", np.ones_like(unit)
    yield "tiny", unit * 1e-300
    yield "empty", valid[:0]
    yield "one sample", valid[:1]
    yield "two samples", valid[:2]
    yield "no columns", valid[..., :0]
    yield "one column", valid[..., :1]
    for value in (np.nan, np.inf):
        broken = unit.copy()
        broken.flat[5] = value
        yield str(value), broken
    for n_dims, array in [(0, np.array(5.0)), (1, unit.ravel()[:21]), (6, unit[..., None, None])]:
        yield f"{n_dims} dimensions", array.reshape(array.shape + (1,) * (n_dims - array.ndim))
    yield "ragged", [valid[0], valid[1][:5]]
    yield "text", np.array(["a"] * len(valid))
    yield "complex", unit * 1j
    yield "sparse", sparse.csr_matrix(unit.reshape(len(unit), -1))
    yield "frame", pd.DataFrame(unit.reshape(len(unit), -1)).add_prefix("column")
    yield "nullable frame", pd.DataFrame(unit.reshape(len(unit), -1)).astype("Float64")
    yield "categories", pd.DataFrame(unit.reshape(len(unit), -1)[:, :3]).astype("category")
    yield from [("number", 5), ("None", None), ("str", "nosuch"), ("dict", {"a": 1}), ("set", {1})]


def images():
    """Yield names and values of unusual images."""
    gray, unit = FACES.images, FACES.images / 255
    yield from arrays(gray, unit)
    rgb = np.repeat(gray[..., None], 3, axis=3)
    yield "transposed", gray.swapaxes(1, 2)
    yield "one channel", gray[..., None]
    yield "two channels", rgb[..., :2]
    yield "RGB", rgb
    yield "RGB, Fortran order", np.asfortranarray(rgb)
    yield "RGBA", np.repeat(gray[..., None], 4, axis=3)
    yield "one row", gray[:, :1]
    yield "one pixel", gray[:, :1, :1]


def features():
    """Yield names and values of unusual features."""
    yield from arrays(FEATURES, FEATURES)
    yield "huge", FEATURES * 1e300
    yield "huge float32", (FEATURES * 1e30).astype(np.float32)
    yield "huge integers", (FEATURES * 2**60).astype(np.int64)


@pytest.mark.parametrize("kind", ESTIMATORS, ids=lambda kind: kind.__name__)
def test_unusual_inputs(kind):
    inputs = images() if takes_images(kind) else features()
    X = FACES.images if takes_images(kind) else FEATURES
    # Kernels are compiled for each dtype before the calls are timed.
    for valid in (X, (X / X.max()).astype(np.float32), X / X.max()):
        assert fault_of_result(run(build(kind), valid, FACES.labels), len(X), build(kind)) is None
    faults = {
        name: find_fault(build(kind), X)
        for name, X in inputs
        if (kind.__name__, name) not in PASSED_ON
    }
    assert {name: fault for name, fault in faults.items() if fault} == {}


@pytest.mark.parametrize("kind", ESTIMATORS, ids=lambda kind: kind.__name__)
def test_unusual_parameters(kind):
    X = FACES.images if takes_images(kind) else FEATURES
    faults = {}
    for name in inspect.signature(kind).parameters:
        for value in VALUES:
            # Many threads are slow, but not a fault.
            if name == "n_jobs" and isinstance(value, (int, np.integer)) and value > 2:
                continue
            estimator = build(kind).set_params(**{name: value})
            fault = find_fault(estimator, X)
            if fault:
                faults[f"{name}={value!r}"] = fault
    assert faults == {}


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_networks_refuse_unusual_inputs_and_parameters(name):
    pytest.importorskip("keras", reason="the extra neural is not installed")
    kind = getattr(neural, name)
    classifier = neural.KerasImageClassifier("ann", epochs=1)
    valid = kind(classifier) if name == "KerasEmbedding" else kind("ann", epochs=1)
    faults = {}
    for label, X in features() if name == "KerasFeatureClassifier" else images():
        if label in INVALID:
            try:
                run(clone(valid), X, FACES.labels[: n_samples_of(X)])
                faults[label] = "accepted"
            except Exception as error:
                faults[label] = fault_of_error(error)
    for parameter in inspect.signature(kind).parameters:
        for value in VALUES:
            try:
                clone(valid).set_params(**{parameter: value})._validate_params()
            except Exception as error:
                faults[f"{parameter}={value!r}"] = fault_of_error(error)
    assert {label: fault for label, fault in faults.items() if fault} == {}
