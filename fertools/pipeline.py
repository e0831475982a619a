"""The pipelines of fertools: descriptors -> scaling -> a subset -> a classifier."""

from sklearn.base import clone, is_classifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, Normalizer, StandardScaler

from .detection import FaceLocalizer
from .features import (
    DiscreteCosine,
    FeatureFusion,
    LocalBinaryPatterns,
    LocalZernikeMoments,
    ZernikeMoments,
)
from .persistence import load_pretrained
from .selection import FeatureSubsetSelector, group_report
from .svm import GramSVC

__all__ = ["load_pretrained", "make_features", "make_fer_pipeline", "selection_report"]

# What each name stands for; the sizes follow from the benchmark on FER-2013.
_DESCRIPTORS = {
    "lbp": [("lbp", LocalBinaryPatterns(radii=(1, 2, 3)))],
    "dct": [
        ("dct", DiscreteCosine(200)),
        ("dct_blocks", DiscreteCosine(16, block=8, grid=(6, 6))),
    ],
    "zernike": [
        ("zernike", ZernikeMoments(12, part="complex", standardize=True)),
        ("zernike_5", LocalZernikeMoments(window=5)),
        ("zernike_7", LocalZernikeMoments(window=7)),
        ("zernike_11", LocalZernikeMoments(window=11)),
    ],
}
_SCALERS = {"standard": StandardScaler, "minmax": MinMaxScaler, "unit": Normalizer}
_REDUCTIONS = {"pca": PCA, "lda": LinearDiscriminantAnalysis}


def _pick(parameter, value, known):
    """Return ``known[value]``, or raise a ValueError that names the parameter and its choices."""
    if not isinstance(value, str) or value not in known:
        choices = ", ".join(repr(name) for name in known)
        raise ValueError(f"{parameter} must be one of {choices}; got {value!r}.")
    return known[value]


def make_features(features=("lbp", "dct", "zernike"), *, image_shape=None, n_jobs=None):
    """Build the descriptors of a pipeline.

    Parameters
    ----------
    features : tuple of str or of (str, ImageTransformer), default=("lbp", "dct", "zernike")
        "lbp" is uniform LBP at radii 1, 2 and 3; "dct" the whole face in zigzag order and pooled
        8 x 8 blocks; "zernike" the moments of the whole face and local moments on discs of 5, 7
        and 11 pixels. A pair is a descriptor of your own.
    image_shape : tuple of two int or None, default=None
        How flattened rows unfold.
    n_jobs : int or None, default=None
        Threads over chunks of images.

    Returns
    -------
    FeatureFusion
    """
    if isinstance(features, str):
        features = (features,)
    descriptors = []
    for feature in features:
        named = _pick("features", feature, _DESCRIPTORS) if isinstance(feature, str) else [feature]
        descriptors += [(name, clone(descriptor)) for name, descriptor in named]
    return FeatureFusion(descriptors, image_shape=image_shape, n_jobs=n_jobs)


def _make_classifier(classifier, n_jobs, random_state):
    if not isinstance(classifier, str):
        if not (hasattr(classifier, "fit") and is_classifier(classifier)):
            raise ValueError(
                f"classifier must be 'svm', 'rf', 'knn' or a classifier; got {classifier!r}."
            )
        return classifier
    known = {
        "svm": lambda: GramSVC(C=3.0, n_jobs=n_jobs),
        "rf": lambda: RandomForestClassifier(300, n_jobs=n_jobs, random_state=random_state),
        "knn": lambda: KNeighborsClassifier(
            10, weights="distance", metric="cosine", algorithm="brute", n_jobs=n_jobs
        ),
    }
    return _pick("classifier", classifier, known)()


def make_fer_pipeline(
    features=("lbp", "dct", "zernike"),
    *,
    detector=None,
    selector="mrmr",
    n_features=0.2,
    scaling="standard",
    reduction=None,
    n_components=None,
    classifier="svm",
    calibrated=False,
    image_shape=None,
    memory=None,
    n_jobs=None,
    random_state=None,
):
    """Build a pipeline from face images to expressions.

    Parameters
    ----------
    features : tuple of str or of (str, ImageTransformer), default=("lbp", "dct", "zernike")
        Descriptors, see `make_features`.
    detector : ViolaJonesDetector, FaceLocalizer or None, default=None
        None takes images as face crops of one size (FER-2013 is such). A detector is put before
        the descriptors in a FaceLocalizer.
    selector : {"mrmr", "jmi", "cfs", "nmi", "anova"}, selector or None, default="mrmr"
        How the subset of features is chosen, see `FeatureSubsetSelector`; None keeps all.
    n_features : int or float, default=0.2
        How many features the selector keeps, or which share of them.
    scaling : {"standard", "minmax", "unit"} or None, default="standard"
        z-scores, the range 0..1, or rows of length 1, of the chosen features.
    reduction : {"pca", "lda"}, transformer or None, default=None
        A projection after the selection.
    n_components : int, float or None, default=None
        Dimensions of the projection, as scikit-learn's PCA or LDA take them.
    classifier : {"svm", "rf", "knn"} or classifier, default="svm"
        `GramSVC`, a random forest, k nearest neighbours, or any scikit-learn classifier.
    calibrated : bool, default=False
        Fit probabilities by cross-validated temperature scaling; it gives an SVM
        `predict_proba`, and costs five fits more.
    image_shape : tuple of two int or None, default=None
        How flattened rows unfold.
    memory : str, joblib.Memory or None, default=None
        Where to cache fitted steps, as in `sklearn.pipeline.Pipeline`.
    n_jobs : int or None, default=None
        For the descriptors and the classifier.
    random_state : int, RandomState or None, default=None
        For the forest and PCA.

    Returns
    -------
    sklearn.pipeline.Pipeline
        With the steps "localize" (where there is a detector), "features", "select", "scale",
        "reduce" (each of them where asked for) and "classify".

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.pipeline import make_fer_pipeline
    >>> train, test = make_faces(210, random_state=0), make_faces(70, random_state=1)
    >>> pipeline = make_fer_pipeline(("lbp", "dct"), n_features=500)
    >>> pipeline = pipeline.fit(train.images, train.labels)
    >>> bool(pipeline.score(test.images, test.labels) > 0.5)
    True
    """
    steps = []
    if detector is not None:
        is_localizer = isinstance(detector, FaceLocalizer)
        localizer = (
            detector
            if is_localizer
            else FaceLocalizer(detector, image_shape=image_shape, n_jobs=n_jobs)
        )
        steps.append(("localize", localizer))
        image_shape = (localizer.size, localizer.size)
    steps.append(("features", make_features(features, image_shape=image_shape, n_jobs=n_jobs)))
    if selector is not None:
        if isinstance(selector, str):
            selector = FeatureSubsetSelector(selector, n_features_to_select=n_features)
        steps.append(("select", selector))
    if scaling is not None:
        steps.append(("scale", _pick("scaling", scaling, _SCALERS)()))
    if reduction is not None:
        if not hasattr(reduction, "fit"):
            reducer = _pick("reduction", reduction, _REDUCTIONS)(n_components=n_components)
            if reduction == "pca":
                reducer.set_params(random_state=random_state)
            reduction = reducer
        steps.append(("reduce", reduction))
    classifier = _make_classifier(classifier, n_jobs, random_state)
    if calibrated:
        classifier = CalibratedClassifierCV(classifier, method="temperature", ensemble=False)
    steps.append(("classify", classifier))
    return Pipeline(steps, memory=memory)


def selection_report(pipeline):
    """Say how much of each descriptor and of each face region a fitted pipeline kept.

    Parameters
    ----------
    pipeline : Pipeline
        Fitted, with the steps "features" and "select".

    Returns
    -------
    pandas.DataFrame
        See `fertools.selection.group_report`.
    """
    names = pipeline.named_steps["features"].get_feature_names_out()
    return group_report(names, pipeline.named_steps["select"].get_support())
