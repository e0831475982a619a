"""Untrained pipelines of the shipped models."""

from sklearn.base import clone
from sklearn.pipeline import Pipeline

from ..features import PrincipalFeatures, StackedWords, VisualWords
from ..kernels import KernelRidgeClassifier, PairMeansClassifier
from ..preprocessing import BlindWienerFilter, FaceAligner
from ._factories import RandomSeed
from ._kernel_image_classifier import KernelImageClassifier

# Precision of the principal axes and of the means in a shipped model.
_AXES, _MEANS = 1.0, 0.6


def _recipe(words, n_components, alpha):
    """Return a classifier of aligned faces, with parameters chosen on FER-2013."""
    features = PrincipalFeatures(words, n_components, whiten=0.4, rounding=_AXES, n_samples=8000)
    classifier = PairMeansClassifier(KernelRidgeClassifier(alpha), rounding=_MEANS)
    return KernelImageClassifier(features, classifier)


RECIPES = {
    "fast": _recipe(VisualWords(200, size=16, step=4, threshold=1.0, regularization=1.0), 400, 0.2),
    # Fewer channels and components between the layers take less time and are as accurate. The
    # larger alpha costs nothing on FER-2013 and gains on photos of other sources.
    "accurate": _recipe(StackedWords(800, n_channels=64, n_components=192), 1000, 0.4),
}


def make_pretrained_pipeline(
    name: str = "fast", *, n_jobs: int | None = None, random_state: RandomSeed = 0
) -> Pipeline:
    """Build the untrained pipeline of a shipped model, to train it on your own faces.

    Parameters
    ----------
    name : {"fast", "accurate"}, default="fast"
        Name of the model, as in `fertools.persistence.load_pretrained`. "fast" describes a face by
        visual words of dense SIFT, "accurate" by two layers of visual words, with more components,
        and takes longer.
    n_jobs : int or None, default=None
        Number of threads of all steps.
    random_state : int, RandomState or None, default=0
        Random seed of all steps.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Pipeline with the steps "restore", a `BlindWienerFilter`, "align", a `FaceAligner`, and
        "classify", a `KernelImageClassifier`, for upright face crops of one size. It has
        probabilities, which are nearly equal for a face and its mirror image. The fitted pipeline
        contains no features of single training images.

    Raises
    ------
    ValueError
        If there is no shipped model of that name.

    See Also
    --------
    fertools.persistence.load_pretrained : The trained models.

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
    steps = [("restore", BlindWienerFilter()), ("align", FaceAligner())]
    pipeline = Pipeline([*steps, ("classify", clone(RECIPES[name]))])
    given = {"n_jobs": n_jobs, "random_state": random_state}
    # Set the parameters of nested estimators too.
    names = {parameter: parameter.split("__")[-1] for parameter in pipeline.get_params()}
    return pipeline.set_params(**{k: given[last] for k, last in names.items() if last in given})
