"""Forged model files: each loads and predicts as before, or is refused; none crashes."""

import subprocess
import sys
from contextlib import contextmanager

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from fertools._model_checks import parts
from fertools.persistence import save
from fertools.svm import GramSVC, KernelRidgeClassifier

# Loads and uses each file of a folder; prints what became of it.
USE = """
import sys, warnings
from pathlib import Path
import numpy as np
from fertools.exceptions import ModelFileError
from fertools.persistence import load

warnings.simplefilter("ignore")
folder = Path(sys.argv[1])
X = np.load(folder / "X.npy")
for path in sorted(folder.glob("*.fer"), key=lambda path: path.stem):
    print(path.stem, end=" ", flush=True)
    try:
        model = load(path)
        print(getattr(model, "predict", getattr(model, "transform", None))(X).tobytes().hex())
    except ModelFileError as error:
        print("refused", repr(str(error)))
    except Exception as error:
        print("failed", type(error).__name__, repr(str(error)))
"""


def use(folder, X):
    """Return what became of each file of a folder, by the name of the file."""
    np.save(folder / "X.npy", X)
    done = subprocess.run(
        [sys.executable, "-c", USE, folder], capture_output=True, text=True, check=False
    )
    lines = [line.split(" ", 2) for line in done.stdout.splitlines()]
    assert done.returncode == 0, (done.returncode, lines[-1], done.stderr)
    return {line[0]: line[1:] for line in lines}


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    y = np.arange(60) % 3
    return (rng.normal(size=(3, 8))[y] + rng.normal(size=(60, 8))).astype(np.float32), y


MODELS = {
    "forest": RandomForestClassifier(2, random_state=0),
    "svm": make_pipeline(StandardScaler(), SVC()),
    "gram": GramSVC(),
    "ridge": KernelRidgeClassifier(),
    "knn": KNeighborsClassifier(3, algorithm="brute"),
    "logistic": LogisticRegression(),
    "kmeans": KMeans(3, n_init=1, random_state=0),
    "boosting": GradientBoostingClassifier(n_estimators=2, random_state=0),
}


def shortened(values):
    return values[:-1]


def narrowed(values):
    return values[..., :-1] if values.ndim > 1 else values[:, None]


def out_of_range(values):
    return np.full_like(values, 10**6) if values.dtype.kind in "iu" else values.astype(complex)


def as_text(values):
    return "forged"


@contextmanager
def replaced(owner, name, value):
    old = vars(owner)[name]
    vars(owner)[name] = value
    yield
    vars(owner)[name] = old


def forge_arrays(model, folder, kind):
    """Save a model once for each way to forge one of its arrays."""
    owners = [part for part in parts(model) if hasattr(part, "get_params")]
    for number, owner in enumerate(owners):
        for name, value in list(vars(owner).items()):
            if not isinstance(value, np.ndarray) or value.ndim == 0 or value.dtype == object:
                continue
            for change in (shortened, narrowed, out_of_range, as_text):
                with replaced(owner, name, change(value)):
                    save(model, folder / f"{kind}-{number}-{name}-{change.__name__}.fer")


def test_forged_arrays_are_refused_or_change_nothing(rows, tmp_path):
    X, y = rows
    expected = {}
    for kind, model in MODELS.items():
        model.fit(X, y)
        expected[kind] = model.predict(X).tobytes().hex()
        save(model, tmp_path / f"{kind}-intact.fer")
        forge_arrays(model, tmp_path, kind)
    results = use(tmp_path, X)
    for kind in MODELS:
        assert results[f"{kind}-intact"] == [expected[kind]]
    other = {
        name: told
        for name, told in results.items()
        if told[0] != "refused" and told != [expected[name.split("-")[0]]]
    }
    # Three clusters without the third are a model of two clusters.
    other.pop("kmeans-0-cluster_centers_-shortened")
    assert len(results) > 190
    assert not other
