"""Train a classifier on the features of a store, chunk by chunk."""

import os
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions, validate_params

from .._utils.optional import import_optional
from ..recognizer import ExpressionRecognizer
from ..selection import FeatureSubsetSelector
from ..selection._correlation import StreamedCorrelations
from ..selection._forward_selection import select_by_correlation
from ._extract import recognizer_settings
from ._features import image_steps
from ._index import index_parts
from ._store import open_store, read_settings
from ._tasks import loaded_recognizer


class LabeledChunks:
    """Features and labels of the chunks of a store; chunks without a label are skipped.

    Parameters
    ----------
    store : Path
    statuses : tuple of str
        Statuses of the rows that are used.
    """

    def __init__(self, store, statuses=("ok", "small", "uncertain")):
        zarr = import_optional("zarr", "batch")
        parquet = import_optional("pyarrow.parquet", "batch")
        group = zarr.open_group(store, mode="r")
        if "features" not in group:
            raise ValueError(f"store must contain features; {store} was written by a network.")
        self._features = group["features"]
        self._chunks = []
        for path in index_parts(store):
            table = parquet.read_table(path, columns=["row", "status", "label"]).to_pandas()
            table = table[table["status"].isin(statuses) & table["label"].notna()]
            if len(table):
                self._chunks.append((table["row"].to_numpy(), table["label"].to_numpy(str)))
        if not self._chunks:
            raise ValueError(
                f"store must contain labeled faces; {store} contains none. Extract a table with a "
                'column label, or use labels="folder".'
            )
        self.classes = np.unique(np.concatenate([np.unique(y) for _, y in self._chunks]))
        if len(self.classes) < 2:
            raise ValueError(f"store must have at least 2 classes; got {self.classes.tolist()}.")

    def __len__(self):
        return len(self._chunks)

    def read(self, number):
        """Return the features and labels of a chunk."""
        rows, labels = self._chunks[number]
        first = int(rows[0])
        return self._features[first : int(rows[-1]) + 1][rows - first], labels

    def sample(self, n_samples, random):
        """Return features drawn from chunks in random order, about the same number of each."""
        found, n = [], 0
        share = max(1, -(-n_samples // len(self)))
        for number in random.permutation(len(self)):
            X, _ = self.read(number)
            kept = np.sort(random.permutation(len(X))[:share])
            found.append(X[kept])
            n += len(kept)
            if n >= n_samples:
                break
        return np.concatenate(found)[:n_samples]


@validate_params(
    {
        "store": [str, os.PathLike],
        "recognizer": [str, os.PathLike, ExpressionRecognizer, None],
        "classifier": [HasMethods(["partial_fit", "predict_proba"]), None],
        "n_components": [Interval(Integral, 1, None, closed="left"), None],
        "gamma": [Interval(Real, 0, None, closed="neither"), None],
        "n_features": [Interval(Integral, 1, None, closed="left"), None],
        "selector": [StrOptions({"mrmr", "cfs", "anova"})],
        "n_epochs": [Interval(Integral, 1, None, closed="left")],
        "progress": ["boolean"],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def fit_incremental(
    store: str | os.PathLike,
    *,
    recognizer: Any = None,
    classifier: BaseEstimator | None = None,
    n_components: int | None = 1000,
    gamma: float | None = None,
    n_features: int | None = None,
    selector: str = "mrmr",
    n_epochs: int = 5,
    progress: bool = False,
    random_state: Any = None,
) -> Pipeline:
    r"""Train a classifier on the labeled faces of a store, in constant memory.

    One pass over the chunks standardizes the features, and with `n_features` selects some of them.
    They are mapped to `n_components` features of the RBF kernel :math:`\exp(-\gamma \lVert x - y
    \rVert^2)` by the Nystroem method [1]_, and a linear classifier is trained on these by
    `partial_fit`, with the chunks in random order.

    Parameters
    ----------
    store : str or path-like
        Store that `extract` wrote, with labels.
    recognizer : str, path-like, ExpressionRecognizer or None, default=None
        The recognizer given to `extract`, whose transformers are the first steps of the result.
        None means the model file that the store names.
    classifier : classifier or None, default=None
        Classifier with `partial_fit` and `predict_proba`; a clone is trained. None means logistic
        regression by stochastic gradient descent, ``SGDClassifier("log_loss")``, with averaged
        weights.
    n_components : int or None, default=1000
        Number of samples of the Nystroem map; None trains on the features themselves.
    gamma : float or None, default=None
        Kernel coefficient :math:`\gamma`; None means half the inverse of the number of features.
    n_features : int or None, default=None
        Number of features to select; None keeps all.
    selector : {"mrmr", "cfs", "anova"}, default="mrmr"
        Selection method, see :class:`~fertools.selection.FeatureSubsetSelector`.
    n_epochs : int, default=5
        Number of passes over the chunks.
    progress : bool, default=False
        Whether to show a progress bar on standard error.
    random_state : int, RandomState instance or None, default=None
        Random seed of the samples, the order of the chunks and the classifier.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Fitted pipeline for face crops, with the transformers of the recognizer and the steps
        "scale", "select", "map" and "classify". It can be saved, and passed to an
        ExpressionRecognizer.

    Raises
    ------
    FileNotFoundError
        If there is no store.
    ValueError
        If a parameter is invalid, or the store has no features, no labels or a single class.

    References
    ----------
    .. [1] C. Williams, M. Seeger (2001). Using the Nystroem method to speed up kernel machines.
       NIPS 13, 682-688.
    """
    store = open_store(store)
    transformers = _transformers(store, recognizer)
    chunks, random = LabeledChunks(store), check_random_state(random_state)
    width = chunks.read(0)[0].shape[1]
    if n_features is not None and n_features > width:
        raise ValueError(
            f"n_features must be at most {width}, the number of features; got {n_features}."
        )
    bar = range(n_epochs * len(chunks))
    if progress:
        from tqdm.auto import tqdm

        bar = tqdm(bar, unit="chunk")
    steps = [("scale", StandardScaler())]
    selected = _first_pass(chunks, steps[0][1], n_features, selector)
    if selected is not None:
        steps.append(("select", selected))
    if n_components is not None:
        n_used = n_features or width
        sample = _apply(steps, chunks.sample(n_components, random))
        map_ = Nystroem(
            gamma=0.5 / n_used if gamma is None else gamma,
            n_components=min(n_components, len(sample)),
            random_state=random.randint(2**31),
        )
        steps.append(("map", map_.fit(sample)))
    final = _classifier(classifier, random)
    orders = (n for _ in range(n_epochs) for n in random.permutation(len(chunks)))
    for _, number in zip(bar, orders, strict=True):
        X, y = chunks.read(number)
        order = random.permutation(len(X))
        final.partial_fit(_apply(steps, X[order]), y[order], classes=chunks.classes)
    first = [(f"features_{i}", step) for i, step in enumerate(transformers)]
    return Pipeline([*first, *steps, ("classify", final)])


def _transformers(store, recognizer):
    """Return the transformers of the recognizer that the store was written with."""
    stored = read_settings(store)
    if recognizer is None:
        recognizer = stored["model"]
    if recognizer is None:
        raise ValueError(
            "recognizer must be given, as the store was written with an ExpressionRecognizer; got "
            "None."
        )
    recognizer, settings = recognizer_settings(recognizer)
    if stored["recognizer"] != settings["recognizer"]:
        raise ValueError("recognizer must be the one that was given to extract; got another one.")
    return image_steps(loaded_recognizer(recognizer).pipeline)[0]


def _classifier(classifier, random):
    if classifier is None:
        return SGDClassifier("log_loss", average=True, random_state=random.randint(2**31))
    return clone(classifier)


def _apply(steps, X):
    for _, step in steps:
        X = step.transform(X)
    return X


def _first_pass(chunks, scaler, n_features, method):
    """Fit the scaler and select features in one pass over the chunks.

    Correlations do not depend on the scale of the features, so both read the same values.
    """
    correlations = None
    for number in range(len(chunks)):
        X, y = chunks.read(number)
        scaler.partial_fit(X)
        if n_features is not None:
            if correlations is None:
                correlations = StreamedCorrelations(X.shape[1], len(chunks.classes))
            correlations.add(X, np.searchsorted(chunks.classes, y))
    if n_features is None:
        return None
    selection = select_by_correlation(correlations.finish(), method, n_features, True)
    selector = FeatureSubsetSelector(method, n_features_to_select=n_features)
    selector.n_features_in_ = len(selection[0])
    return selector._set_selection(*selection)
