"""The pipelines of fertools: illumination -> descriptors -> a subset -> scaling -> a classifier."""

from imblearn.pipeline import Pipeline as SamplingPipeline
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from ..detection import FaceLocalizer
from ..features import FeatureFusion, PrincipalFeatures, VisualWords
from ..kernels import KernelRidgeClassifier, ReducedSetClassifier
from ..preprocessing import FaceAligner
from ..selection._selection_report import count_selected, find_selection
from ._kernel_image_classifier import KernelImageClassifier
from ._registry import (
    DESCRIPTORS,
    calibrated_step,
    classifier_step,
    illumination_step,
    reducer_step,
    sampler_steps,
    scaler_step,
    selector_step,
)

__all__ = [
    "make_features",
    "make_fer_pipeline",
    "make_grid",
    "make_pretrained_pipeline",
    "selection_report",
]


# Of the arrays of a shipped model.
_ROUNDING = 0.5


def _recipe(n_words, step, n_components):
    """Return a classifier of aligned faces. The numbers were chosen on FER-2013."""
    words = VisualWords(n_words, size=16, step=step, threshold=1.0, regularization=1.0)
    features = PrincipalFeatures(
        words, n_components, whiten=0.4, rounding=_ROUNDING, n_samples=8000
    )
    classifier = ReducedSetClassifier(KernelRidgeClassifier(0.1), rounding=_ROUNDING)
    return KernelImageClassifier(features, classifier)


RECIPES = {"fast": _recipe(200, 4, 300), "accurate": _recipe(800, 2, 1000)}


def make_features(features=("lbp", "dct", "zernike"), *, image_shape=None, n_jobs=None):
    """Build the descriptors of a pipeline.

    Parameters
    ----------
    features : tuple of str or of (str, ImageTransformer), default=("lbp", "dct", "zernike")
        "lbp" is uniform LBP at radii 1, 2 and 3; "dct" the whole face in zigzag order and pooled
        8 x 8 blocks; "zernike" the moments of the whole face and local moments on discs of 5, 7
        and 11 pixels; "hog" oriented gradients on 6 x 6 cells; "gabor" the energies of 24 filters
        on 6 x 6 cells; "haralick" textures of 3 x 3 cells; "words" 400 visual words, learned with a
        fixed seed. A pair is a descriptor of your own.
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
        if isinstance(feature, str) and feature not in DESCRIPTORS:
            choices = ", ".join(repr(name) for name in DESCRIPTORS)
            raise ValueError(f"features must be one of {choices}; got {feature!r}.")
        named = DESCRIPTORS[feature] if isinstance(feature, str) else [feature]
        descriptors += [(name, clone(descriptor)) for name, descriptor in named]
    return FeatureFusion(descriptors, image_shape=image_shape, n_jobs=n_jobs)


def make_fer_pipeline(
    features=("lbp", "dct", "zernike"),
    *,
    detector=None,
    illumination=None,
    balance=None,
    mirror=False,
    selector="mrmr",
    n_features=0.2,
    scaling="standard",
    reduction=None,
    n_components=None,
    classifier="svm",
    calibrated=False,
    image_shape=None,
    memory=None,
    verbose=False,
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
    illumination : {"equalize", "clahe", "gamma", "tan_triggs", "dog", "mask"}, transformer or \
            None, default=None
        What is done to the illumination of the crops, see `fertools.preprocessing`.
    balance : float, sampler or None, default=None
        Grow each class with augmented copies to this share of the largest, in fit only, see
        `AugmentationBalancer`.
    mirror : bool, default=False
        Add the mirror image of each training image, in fit only.
    selector : {"mrmr", "jmi", "cfs", "nmi", "anova"}, selector or None, default="mrmr"
        How the subset of features is chosen, see `FeatureSubsetSelector`; None keeps all.
    n_features : int or float, default=0.2
        How many features the selector keeps, or which share of them.
    scaling : {"standard", "minmax", "unit"}, transformer or None, default="standard"
        z-scores, the range 0..1, or rows of length 1, of the chosen features.
    reduction : {"pca", "lda"}, transformer or None, default=None
        A projection after the selection.
    n_components : int, float or None, default=None
        Dimensions of the projection, as scikit-learn's PCA or LDA take them.
    classifier : {"svm", "rf", "knn"} or classifier, default="svm"
        `GramSVC`, a random forest, k nearest neighbors, or any scikit-learn classifier.
    calibrated : bool, default=False
        Fit calibrated probabilities by cross-validation, which takes five more fits of the
        classifier. A `GramSVC` gets ``probability=True``, any other classifier is wrapped in
        `TemperatureScalingCV`. A class with one image cannot be cross-validated: fitting warns.
    image_shape : tuple of two int or None, default=None
        How flattened rows unfold.
    memory : str, joblib.Memory or None, default=None
        Where to cache fitted steps, as in `sklearn.pipeline.Pipeline`.
    verbose : bool, default=False
        Print the time that each step takes in fit, as in `sklearn.pipeline.Pipeline`.
    n_jobs : int or None, default=None
        For illumination, descriptors and classifier.
    random_state : int, RandomState or None, default=None
        For the copies, the forest and PCA.

    Returns
    -------
    sklearn.pipeline.Pipeline
        With the steps "localize" (where there is a detector), "illumination", "balance", "mirror"
        (where asked for), "features", "select", "scale", "reduce" and "classify"; what is None is
        "passthrough". With `balance` or `mirror` it is an `imblearn.pipeline.Pipeline`, a subclass,
        whose samplers see the training rows only.

    See Also
    --------
    make_grid : the values of a search over these names.

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
    classify = classifier_step(classifier, n_jobs, random_state)
    if calibrated:
        classify = calibrated_step(classify)
    samplers = sampler_steps(balance, mirror, image_shape, random_state)
    steps += [
        ("illumination", illumination_step(illumination, image_shape, n_jobs)),
        *samplers,
        ("features", make_features(features, image_shape=image_shape, n_jobs=n_jobs)),
        ("select", selector_step(selector, n_features)),
        ("scale", scaler_step(scaling)),
        ("reduce", reducer_step(reduction, n_components, random_state)),
        ("classify", classify),
    ]
    return (SamplingPipeline if samplers else Pipeline)(steps, memory=memory, verbose=verbose)


def make_pretrained_pipeline(name="fast", *, n_jobs=None, random_state=0):
    """Build the untrained pipeline of a shipped model, to train it on faces of your own.

    Parameters
    ----------
    name : {"fast", "accurate"}, default="fast"
        Both describe a face by visual words of dense SIFT; "accurate" by more words at more
        places, of which it keeps more components, and takes longer.
    n_jobs : int or None, default=None
        Threads of every step.
    random_state : int, RandomState or None, default=0
        Of every step.

    Returns
    -------
    sklearn.pipeline.Pipeline
        With the steps "align", a `FaceAligner`, and "classify", a `KernelImageClassifier`. It takes
        face crops of one size, upright; it has probabilities, and gives a face and its mirror image
        nearly one answer. Fitted, it keeps no row of a single training image.

    Raises
    ------
    ValueError
        Where there is no recipe of that name.

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.pipeline import make_pretrained_pipeline
    >>> train, test = make_faces(140, random_state=0), make_faces(70, random_state=1)
    >>> model = make_pretrained_pipeline("fast").fit(train.images, train.labels)
    >>> bool(model.score(test.images, test.labels) > 0.5)
    True
    """
    if name not in RECIPES:
        raise ValueError(f"name must be one of {list(RECIPES)}; got {name!r}.")
    pipeline = Pipeline([("align", FaceAligner()), ("classify", clone(RECIPES[name]))])
    given = {"n_jobs": n_jobs, "random_state": random_state}
    # Every step's own, however deep it stands.
    names = {parameter: parameter.split("__")[-1] for parameter in pipeline.get_params()}
    return pipeline.set_params(**{k: given[last] for k, last in names.items() if last in given})


def make_grid(
    *,
    illumination=(),
    selector=(),
    scaling=(),
    reduction=(),
    classifier=(),
    n_features=0.2,
    n_components=None,
    image_shape=None,
    n_jobs=None,
    random_state=None,
):
    """Translate names into the grid of a search over the steps of a pipeline.

    Parameters
    ----------
    illumination, selector, scaling, reduction, classifier : sequence, default=()
        The values to try, names, estimators or None, each as `make_fer_pipeline` takes it. What is
        empty is not searched.
    n_features : int or float, default=0.2
        For the selectors.
    n_components : int, float or None, default=None
        For the projections.
    image_shape : tuple of two int or None, default=None
        How flattened rows unfold.
    n_jobs : int or None, default=None
        For illumination and classifiers.
    random_state : int, RandomState or None, default=None
        For PCA and the forest.

    Returns
    -------
    dict
        From names of steps to lists of estimators, for `GridSearchCV` and its like.

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.pipeline import make_fer_pipeline, make_grid
    >>> from sklearn.model_selection import GridSearchCV
    >>> faces = make_faces(105, random_state=0)
    >>> pipeline = make_fer_pipeline("dct", n_features=50, classifier="knn")
    >>> grid = make_grid(illumination=["clahe", None], scaling=["standard", "minmax", "unit"])
    >>> search = GridSearchCV(pipeline, grid, cv=3).fit(faces.images, faces.labels)
    >>> len(search.cv_results_["params"]), sorted(search.best_params_)
    (6, ['illumination', 'scale'])
    """
    grid = {
        "illumination": [illumination_step(value, image_shape, n_jobs) for value in illumination],
        "select": [selector_step(value, n_features) for value in selector],
        "scale": [scaler_step(value) for value in scaling],
        "reduce": [reducer_step(value, n_components, random_state) for value in reduction],
        "classify": [classifier_step(value, n_jobs, random_state) for value in classifier],
    }
    return {step: values for step, values in grid.items() if values}


def selection_report(pipeline):
    """Count the selected features of a fitted pipeline by descriptor and face region.

    Parameters
    ----------
    pipeline : Pipeline
        Fitted, with a descriptor that has `groups_`, such as those of `make_features`, and after
        it a selector. Without a selector all features count as selected.

    Returns
    -------
    pandas.DataFrame
        One row per descriptor and box, in the order of the features, with the columns
        `descriptor`, `y0`, `x0`, `y1`, `x1` (in fractions of the image's height and width),
        `available`, `selected` and `share`, which is selected / available.
    """
    return count_selected(*find_selection(pipeline))
