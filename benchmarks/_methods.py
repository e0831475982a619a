"""Methods of comparison.py and robustness.py, fitted like in the other scripts.

Slow methods are fitted once and saved as model files, in a folder per data set and version: the
classical classifiers, on the features selected by fer2013_handcrafted.py, and the networks, which
are read from the checkpoints of fer2013_neural.py and not trained here.
"""

import hashlib
import os
from contextlib import ExitStack, contextmanager
from copy import copy
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

# All methods are timed on one thread; TensorFlow reads these variables when it is imported.
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")

import numpy as np
from _common import read_result
from fer2013_handcrafted import METHODS, SEED, feature_folder, make_tail, prepare
from peers import FOLDER, Side
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline

import fertools
from fertools.neural._checkpoint import Checkpoint
from fertools.persistence import load, save
from fertools.pipeline import make_fer_pipeline
from fertools.pipeline._methods import METHODS as REGISTERED
from fertools.pipeline._methods import make_method
from fertools.pipeline._registry import CLASSIFIER_TITLES as CLASSICAL

SHIPPED = tuple(name for name, kind in REGISTERED.items() if kind == "recipe")
NETWORKS = (
    "ann",
    "conv1d",
    "mobilenet_v2",
    "mobilenet_v2_96",
    "small_vgg_elu",
    "reference_cnn",
    "five_conv",
    "six_conv",
    "three_conv",
    "three_block",
    "alexnet",
)
PEER = "fer"
BASELINES = {
    "majority": make_method("majority"),
    "chance": make_method("chance", random_state=SEED),
}
NAMES = (*CLASSICAL, *SHIPPED, *NETWORKS, PEER, *BASELINES)
_MODELS = Path(fertools.__file__).parent / "models"


class Kept(FrozenEstimator):
    """Fitted estimator loaded from a file, identified by the hash of the file.

    Parameters
    ----------
    estimator : estimator
    sha256 : str
        Hash of the file.
    """

    def __init__(self, estimator, sha256):
        super().__init__(estimator)
        self.sha256 = sha256

    def get_params(self, deep=True):
        """Return the parameters."""
        return {"estimator": self.estimator, "sha256": self.sha256}

    @classmethod
    def read(cls, path):
        """Load a model file, and set the attribute `model_bytes` to its size."""
        model = load(path)
        content = path.read_bytes()
        kept = cls(model, hashlib.sha256(content).hexdigest())
        kept.model_bytes = len(content)
        return kept


class PeerClassifier(ClassifierMixin, BaseEstimator):
    """Network of the package fer, which runs in a separate process and environment.

    Parameters
    ----------
    version : str
        Version of the package.
    """

    def __init__(self, version):
        self.version = version

    @classmethod
    def of_side(cls, side, folder):
        """Return a classifier that calls a `peers.Side` started in `folder`."""
        peer = cls(side.versions[PEER])
        peer._side, peer._folder, peer._calls = side, folder, count()
        peer.classes_ = np.array(peer._ask(np.zeros((1, 48, 48), np.uint8))["classes"])
        return peer

    def _ask(self, images):
        # The process caches the arrays that it reads, by name.
        name = f"images_{next(self._calls)}"
        np.save(Path(self._folder, f"{name}.npy"), images)
        return self._side.ask("probabilities", name)[1]

    def __sklearn_clone__(self):
        return self

    def fit(self, X, y):
        """Do nothing, because the network is already trained."""
        return self

    def predict_proba(self, X):
        """Return the scores of the quantized network, scaled to sum 1, of shape (n, 7)."""
        scores = np.array(self._ask(X)["scores"])
        return scores / scores.sum(axis=1, keepdims=True)

    def predict(self, X):
        """Return the class with the largest score per image, of shape (n,)."""
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


def described(data, n_features, n_jobs, checkpoints):
    """Compute and select features of the Training images, or read them from a cache.

    Returns
    -------
    X : ndarray of shape (2 * n, n_features)
        Selected features of Training, with mirror images in the second half.
    labels : ndarray of shape (2 * n,), str
    head : Pipeline
        Fitted steps "features" and "select".

    Raises
    ------
    ValueError
        If the cache has no fitted steps and its features differ from those selected now.
    """
    folder = feature_folder(checkpoints, data, n_features)
    rank = folder / "rank.npy"
    if not (folder / "head.fer").exists():
        parts, head, _ = prepare(data, n_features, n_jobs)
        ranking = head["select"].ranking_
        parts["rank"] = ranking[head["select"].get_support()]
        if rank.exists() and not np.array_equal(np.load(rank), parts["rank"]):
            raise ValueError(
                f"{folder} must contain the features that are selected now; it contains others. "
                "Remove it, and train the networks on features again."
            )
        folder.mkdir(parents=True, exist_ok=True)
        for name, part in parts.items():
            np.save(folder / f"{name}.npy", part)
        save(head, folder / "head.fer")
    labels = np.tile(data.labels[data.usage == "Training"], 2)
    return np.load(folder / "Training.npy"), labels, load(folder / "head.fer")


def fit_classical(name, data, arguments):
    """Return a fitted pipeline of one of the classifiers of fer2013_handcrafted.py."""
    n_features, n_jobs = arguments.n_features, arguments.n_jobs
    X, labels, head = described(data, n_features, n_jobs, arguments.checkpoints)
    tail = make_tail(len(labels), n_jobs, **METHODS[CLASSICAL[name]])
    return Pipeline([*head.steps, *tail.fit(X, labels).steps])


def first_features(selector, n_features):
    """Return a copy of a fitted selector that keeps only the first of its selected features."""
    fewer = copy(selector).set_params(n_features_to_select=n_features)
    fewer.support_ = selector.ranking_ <= n_features
    return fewer


def checkpoint_folder(name, arguments):
    """Return the folder of the checkpoint of a network that was trained as published."""
    return arguments.checkpoints / f"neural_{name}"


def trained_network(name, data, arguments):
    """Return a network with the best weights of its training, and the preceding steps.

    Raises
    ------
    FileNotFoundError
        If there is no checkpoint of fer2013_neural.py.
    """
    from fer2013_neural import ON_FEATURES, make_classifier, published_run

    network, asked = published_run(name)
    checkpoint = Checkpoint(checkpoint_folder(name, arguments))
    # Settings of the training are not compared, because the training is not resumed.
    model, weights, progress = checkpoint.read({})
    model.set_weights(weights)
    before, X = [], data.images[:1]
    if name in ON_FEATURES:
        most, (n_features, mirrored) = arguments.n_features, ON_FEATURES[name]
        X, labels, head = described(data, most, arguments.n_jobs, arguments.checkpoints)
        select = first_features(head["select"], min(n_features, most))
        kept = select.get_support()[head["select"].get_support()]
        X = X[: len(labels) if mirrored else len(labels) // 2, kept]
        scale = make_fer_pipeline()["scale"].fit(X)
        before = [("features", head["features"]), ("select", select), ("scale", scale)]
    asked.epochs = progress.epochs
    asked.mixed_precision = progress.run["learning"]["mixed_precision"] or None
    classifier = make_classifier(network, asked, asked.size)
    classifier.set_params(verbose=0)
    classifier._rows(X[:1], reset=True)
    classifier.model_, classifier.history_ = model, progress.history
    classifier.best_epoch_ = progress.best_epoch
    classifier.classes_ = np.array(progress.run["classes"])
    return Pipeline([*before, ("classify", classifier)]) if before else classifier


def model_file(name, data, arguments):
    """Return the model file of a method, which is fitted and saved if there is no file yet.

    The file of a network is written again if its training was resumed or repeated.
    """
    if name in SHIPPED:
        return _MODELS / f"{name}.fer"
    n_training = (data.usage == "Training").sum()
    made_of = f"{data.sha256[:8]}_{n_training}_{fertools.__version__}"
    path = arguments.checkpoints / "methods" / made_of / f"{name}.fer"
    state = checkpoint_folder(name, arguments) / "state.json"
    stale = path.exists() and state.exists() and state.stat().st_mtime > path.stat().st_mtime
    if stale or not path.exists():
        make = fit_classical if name in CLASSICAL else trained_network
        model = make(name, data, arguments)
        jobs = [key for key in model.get_params() if key.split("__")[-1] == "n_jobs"]
        path.parent.mkdir(parents=True, exist_ok=True)
        save(model.set_params(**dict.fromkeys(jobs)), path)
    return path


@contextmanager
def opened(name, data, arguments):
    """Yield an estimator; the process of the package fer ends with the context."""
    if name in BASELINES:
        yield BASELINES[name]
    elif name == PEER:
        command = [arguments.peer.absolute(), FOLDER / "_peers_fer.py"]
        with TemporaryDirectory() as folder, Side(command, 1, folder) as side:
            yield PeerClassifier.of_side(side, folder)
    else:
        if name in NETWORKS and not arguments.unfinished:
            result = read_result(f"neural_{name}", arguments.out)
            if result is None:
                raise FileNotFoundError(f"there is no result of fer2013_neural.py {name}.")
            if not result["complete"]:
                done, schedule = result["epochs"], result["schedule"]
                raise FileNotFoundError(f"trained for only {done} of {schedule} epochs.")
        yield Kept.read(model_file(name, data, arguments))


def each_method(names, data, arguments):
    """Yield names and estimators one by one, and print the names of missing methods.

    Parameters
    ----------
    names : sequence of str
        Elements of `NAMES`.
    data : Bunch
        FER-2013.
    arguments : Namespace
        Parsed arguments of `add_arguments`.
    """
    for name in names:
        with ExitStack() as stack:
            try:
                estimator = stack.enter_context(opened(name, data, arguments))
            except FileNotFoundError as error:
                print(f"{name} is left out: {error}", flush=True)
                continue
            yield name, estimator


def add_arguments(parser, names):
    """Add the arguments that select methods and their files."""
    parser.add_argument("data", nargs="?", help="FER-2013; default: FERTOOLS_DATA")
    parser.add_argument("--methods", nargs="+", choices=names, default=names, metavar="METHOD")
    parser.add_argument("--limit", type=int, help="number of Training images, for a quick run")
    parser.add_argument(
        "--unfinished", action="store_true", help="include networks with incomplete training"
    )
    parser.add_argument(
        "--n-features", type=int, default=4000, help="number of features of classical methods"
    )
    parser.add_argument("--n-jobs", type=int, default=2, help="number of threads for fitting")
    parser.add_argument("--checkpoints", type=Path, default=FOLDER / "checkpoints")
    parser.add_argument("--peer", type=Path, default=FOLDER.parent / ".peers/bin/python")
