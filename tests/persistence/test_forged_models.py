"""Forged model files are refused or predict as before; none crashes the process."""

import importlib
import pkgutil
import subprocess
import sys
from contextlib import contextmanager

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.tree._tree import Tree
from sklearn.utils import Bunch, all_estimators

import fertools
from fertools.base import ImageTransformer
from fertools.calibration import ConformalClassifier
from fertools.datasets import make_faces
from fertools.features import (
    DiscreteCosine,
    FeatureFusion,
    GaborEnergy,
    LocalBinaryPatterns,
    LocalZernikeMoments,
    OrientedGradients,
)
from fertools.kernels import GramSVC, KernelRidgeClassifier
from fertools.neural._keras_classifier import KerasClassifier
from fertools.persistence import _checks, save
from fertools.persistence._checks import parts
from fertools.preprocessing import CLAHE, ImageResizer
from fertools.selection import FeatureSubsetSelector

# Load each file of a folder, predict with the model, and print the outcome.
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
    """Return the outcome of loading and predicting for each file of a folder."""
    np.save(folder / "X.npy", X)
    done = subprocess.run(
        [sys.executable, "-c", USE, folder], capture_output=True, text=True, check=False
    )
    lines = [line.split(" ", 2) for line in done.stdout.splitlines()]
    assert done.returncode == 0, (done.returncode, lines[-1], done.stderr)
    return {line[0]: line[1:] for line in lines}


@pytest.fixture(scope="module")
def data():
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
    """Save a model with each of its arrays forged in each way."""
    owners = [part for part in parts(model) if hasattr(part, "get_params")]
    for number, owner in enumerate(owners):
        for name, value in list(vars(owner).items()):
            if not isinstance(value, np.ndarray) or value.ndim == 0 or value.dtype == object:
                continue
            for change in (shortened, narrowed, out_of_range, as_text):
                with replaced(owner, name, change(value)):
                    save(model, folder / f"{kind}-{number}-{name}-{change.__name__}.fer")


def test_forged_arrays_are_refused_or_change_nothing(data, tmp_path):
    X, y = data
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
        name: outcome
        for name, outcome in results.items()
        if outcome[0] != "refused" and outcome != [expected[name.split("-")[0]]]
    }
    # Without its third cluster, the model is a valid model of two clusters.
    other.pop("kmeans-0-cluster_centers_-shortened")
    assert len(results) > 190
    assert not other


def test_checked_classes_exist():
    """Checks are found by class name, which must not be out of date."""
    names = {"Tree", "RandomState", "Generator", "QuantizedMatrix"}
    estimators = [estimator for _, estimator in all_estimators()]
    for info in pkgutil.walk_packages(fertools.__path__, "fertools."):
        if info.name.startswith(
            ("fertools.features", "fertools.kernels", "fertools.pipeline", "fertools.preprocessing")
        ):
            estimators += vars(importlib.import_module(info.name)).values()
    estimators += [ConformalClassifier, FeatureSubsetSelector, KerasClassifier]
    for estimator in estimators:
        names |= {kind.__name__ for kind in getattr(estimator, "__mro__", ())}
    assert (_checks._ALL_CHECKS | _checks.SHAPES).keys() <= names


def set_nodes(tree, **columns):
    """Return a tree with changed columns of its nodes, given as name=(node, value)."""
    state = tree.__getstate__()
    state["max_depth"] = columns.pop("max_depth", state["max_depth"])
    for name, (node, value) in columns.items():
        state["nodes"][name][node] = value
    new = Tree(tree.n_features, tree.n_classes, tree.n_outputs)
    new.__setstate__(state)
    return new


TREES = {
    "child beyond the nodes": {"left_child": (0, 10**7)},
    "child before the nodes": {"right_child": (0, -7)},
    "child is its parent": {"left_child": (0, 0)},
    "two parents": {"right_child": (0, 1)},
    "feature beyond the columns": {"feature": (0, 10**7)},
    "negative feature": {"feature": (0, -2)},
    "depth of no node": {"max_depth": 0},
}


def forge_trees(folder, X, y):
    makers = {
        "classifier": lambda: DecisionTreeClassifier(random_state=0).fit(X, y),
        "regressor": lambda: DecisionTreeRegressor(random_state=0).fit(X, y),
        "extra": lambda: ExtraTreesClassifier(2, random_state=0).fit(X, y),
        "bagging": lambda: BaggingClassifier(n_estimators=2, random_state=0).fit(X, y),
        "isolation": lambda: IsolationForest(n_estimators=2, random_state=0).fit(X),
        "boosting": lambda: GradientBoostingClassifier(n_estimators=2).fit(X, y),
        "ada": lambda: AdaBoostClassifier(n_estimators=2, random_state=0).fit(X, y),
    }
    for kind, make in makers.items():
        for how, columns in TREES.items():
            model = make()
            owner = next(part for part in parts(model) if hasattr(part, "tree_"))
            owner.tree_ = set_nodes(owner.tree_, **columns)
            save(model, folder / f"{kind}-{how.replace(' ', '-')}.fer")


def forge_others(folder, X, y):
    def forge(name, model, **attributes):
        vars(model).update(attributes)
        save(model, folder / f"{name}.fer")

    def forest():
        return RandomForestClassifier(2, random_state=0).fit(X, y)

    narrow = RandomForestClassifier(2, random_state=0).fit(X[:, :3], y)
    regressor = DecisionTreeRegressor().fit(X, y)
    unfitted = Tree(8, np.array([3]), 1)
    forge("trees-of-other-width", narrow, n_features_in_=8)
    forge("trees-of-other-classes", forest(), n_classes_=9, classes_=np.arange(9))
    forge("forest-of-other-estimators", forest(), estimators_=[LogisticRegression().fit(X, y)])
    forge("tree-of-another-type", DecisionTreeClassifier().fit(X, y), tree_=[1, 2, 3])
    forge("tree-without-nodes", DecisionTreeClassifier().fit(X, y), tree_=unfitted)
    forge("no-trees", forest(), estimators_=[])
    boosting = GradientBoostingClassifier(n_estimators=2).fit(X, y)
    forge("boosting-of-lists", boosting, estimators_=[[regressor] * 3])
    boosting = GradientBoostingClassifier(n_estimators=2).fit(X, y)
    others = np.full((2, 3), None, dtype=object)
    others[:] = StandardScaler().fit(X)
    forge("boosting-of-scalers", boosting, estimators_=others)

    forge("svc-as-regression", SVC().fit(X, y), _impl="epsilon_svr")
    forge("svc-sparse-by-name", SVC().fit(X, y), _sparse=True)
    forge("svc-callable", SVC().fit(X, y), kernel=np.add)
    precomputed = SVC(kernel="precomputed").fit(X @ X.T, y)
    forge("svc-other-kernel", precomputed, kernel="rbf", n_features_in_=8)

    forge("kmeans-threads", KMeans(3, n_init=1).fit(X), _n_threads=10**9)
    forge("kmeans-method", KMeans(3, n_init=1).fit(X), predict=np.add)
    neighbors = KNeighborsClassifier(3, algorithm="brute")
    forge("knn-more-samples", neighbors.fit(X, y), n_samples_fit_=10**6)
    forge("knn-labels", neighbors.fit(X, y), n_samples_fit_=60, _y=np.full(60, -1))
    state = np.random.RandomState(0)
    name, key, _, *rest = state.get_state()
    state.set_state((name, key, 10**6, *rest))
    forge("generator", LogisticRegression().fit(X, y), random_state=state)
    forge("no-estimator", Bunch())


def forge_images(folder, images):
    """Save fitted image transformers with parameters that fit would refuse."""
    forged = [
        (LocalBinaryPatterns(), {"radii": (-5,)}),
        (LocalBinaryPatterns(), {"radii": (1e9,)}),
        (LocalBinaryPatterns(), {"radii": (-5,), "_parameter_constraints": {}}),
        (LocalBinaryPatterns(), {"radii": (-5,), "_check_geometry": np.add}),
        (LocalBinaryPatterns(), {"grid": (-1, 6)}),
        (LocalBinaryPatterns(), {"grid": (10**5, 10**5)}),
        (OrientedGradients(), {"grids": ((-6, -6),)}),
        (OrientedGradients(), {"orientations": -3}),
        (OrientedGradients(), {"image_shape_": (200_000, 200_000)}),
        (OrientedGradients(), {"image_shape_": (200_000,) * 2, "n_features_in_": 4 * 10**10}),
        (OrientedGradients(), {"image_shape_": (-48, -48)}),
        (OrientedGradients(), {"_n_features_out": 10**15}),
        (OrientedGradients(), {"_n_features_out": -1}),
        (LocalZernikeMoments(), {"window": 1001}),
        (LocalZernikeMoments(), {"orders": ((100_000, 2),)}),
        (GaborEnergy(), {"wavelengths": (1e9,)}),
        (DiscreteCosine(block=8, grid=(4, 4)), {"block": 10**6}),
        (CLAHE(), {"grid": 0}),
        (CLAHE(), {"grid": "4"}),
        (ImageResizer(24), {"output_shape_": (200_000, 200_000)}),
        (ImageResizer(24), {"size": 200_000}),
    ]
    for number, (transformer, attributes) in enumerate(forged):
        models = {"alone": transformer, "piped": make_pipeline(transformer, OrientedGradients())}
        if isinstance(transformer, ImageTransformer):
            fusion = FeatureFusion([("part", transformer)])
            models |= {"piped": make_pipeline(transformer, StandardScaler()), "fused": fusion}
        for how, model in models.items():
            model = clone(model).fit(images)
            owner = next(
                part
                for part in parts(model)
                if type(part) is type(transformer) and hasattr(part, "image_shape_")
            )
            vars(owner).update(attributes)
            save(model, folder / f"{how}-{number:02}.fer")


def test_forged_attributes_are_refused(data, tmp_path):
    X, y = data
    forge_trees(tmp_path, X, y)
    forge_others(tmp_path, X, y)
    results = use(tmp_path, X)
    assert len(results) > 65
    assert {name: outcome for name, outcome in results.items() if outcome[0] != "refused"} == {}


def test_forged_image_transformers_are_refused(tmp_path):
    images = make_faces(2, random_state=0).images
    forge_images(tmp_path, images)
    results = use(tmp_path, images)
    assert len(results) > 50
    assert {name: outcome for name, outcome in results.items() if outcome[0] != "refused"} == {}
