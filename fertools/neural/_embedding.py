"""What a trained network makes of a face, as a descriptor."""

import numpy as np
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator

from .._utils.validation import validate_images
from ..base import WHOLE, ImageTransformer
from ._image_classifier import KerasImageClassifier
from ._training import import_keras, predict_batch


def up_to_last_hidden(model):
    """Return a network without the last of its layers, which shares the weights."""
    return import_keras().Model(model.inputs, model.layers[-1].input)


class KerasEmbedding(ImageTransformer):
    """Describe faces by the last hidden layer of a network, beside other descriptors.

    The network is trained in fit, on the images and labels that fit is given, or was trained
    before. One that was trained on the same faces knows them by heart: what follows it sees
    training rows that are easier than those to come. Give it faces of its own for an honest
    fusion, as in the example.

    Parameters
    ----------
    classifier : KerasImageClassifier or FrozenEstimator
        The network to train; or a trained one, as ``sklearn.frozen.FrozenEstimator(classifier)``.
    image_shape : tuple of two int or None, default=None
        How flattened rows unfold.

    Attributes
    ----------
    classifier_ : KerasImageClassifier
        The trained network.
    hidden_ : keras.Model
        The network up to its last hidden layer.
    image_shape_ : tuple of two int
        Height and width of the images seen in fit.
    n_features_in_ : int
        Height times width.
    feature_names_in_ : ndarray of str
        Only where X was a DataFrame.
    groups_ : ndarray of shape (n_features,)
        Descriptor (the name of the network) and box (the whole face) of each feature.

    See Also
    --------
    fertools.features.FeatureFusion : joins descriptors.

    References
    ----------
    M.-I. Georgescu, R. T. Ionescu, M. Popescu (2019). Local learning with deep and handcrafted
    features for facial expression recognition. IEEE Access 7, 64827-64836.
    :doi:`10.1109/ACCESS.2019.2917266`

    Examples
    --------
    >>> from sklearn.frozen import FrozenEstimator
    >>> from fertools.datasets import make_faces
    >>> from fertools.features import DiscreteCosine, FeatureFusion
    >>> from fertools.neural import KerasEmbedding, KerasImageClassifier
    >>> own, faces = make_faces(70, random_state=1), make_faces(70, random_state=0)
    >>> network = KerasImageClassifier("small_vgg_elu", epochs=1, random_state=0)
    >>> network = network.fit(own.images, own.labels)
    >>> fusion = FeatureFusion(
    ...     [("dct", DiscreteCosine(100)), ("deep", KerasEmbedding(FrozenEstimator(network)))]
    ... )
    >>> fusion.fit_transform(faces.images, faces.labels).shape
    (70, 164)
    """

    _parameter_constraints = {
        "classifier": [KerasImageClassifier, FrozenEstimator],
        "image_shape": ["array-like", None],
    }
    n_jobs = None  # The network itself works on all cores.

    def __init__(self, classifier, *, image_shape=None):
        self.classifier = classifier
        self.image_shape = image_shape

    def fit(self, X, y=None):
        """Train the network, unless it is frozen.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width) or (n_samples, height * width)
            Images.
        y : array-like of shape (n_samples,) or None, default=None
            Labels; needed to train.

        Returns
        -------
        self : object
        """
        self._validate_params()
        images = validate_images(self, X, reset=True)
        if isinstance(self.classifier, FrozenEstimator):
            self.classifier_ = self._trained_before()
        elif y is None:
            raise ValueError("KerasEmbedding requires y to be passed, but the target y is None.")
        else:
            self.classifier_ = clone(self.classifier).fit(images, y)
        self.hidden_ = up_to_last_hidden(self.classifier_.model_)
        self._n_features_out = len(self.get_feature_names_out())
        return self

    def _trained_before(self):
        classifier = self.classifier.estimator
        if not isinstance(classifier, KerasImageClassifier):
            raise TypeError(f"classifier must hold a KerasImageClassifier; got {classifier!r}.")
        if classifier.image_shape_ != self.image_shape_:
            raise ValueError(
                f"X must hold images of the shape that classifier was trained on, "
                f"{classifier.image_shape_}; got {self.image_shape_}."
            )
        return classifier

    def _describe(self, images):
        hidden = predict_batch(self.hidden_, self.classifier_._prepare(images, None))
        return hidden.astype(np.float32, copy=False).reshape(len(images), -1)

    def _blocks(self):
        network = self.classifier_.network
        name = getattr(network, "__name__", network)
        n_features = self.hidden_.output_shape[-1]
        return [(name, WHOLE, [f"{name}_{k}" for k in range(n_features)])]

    def __getstate__(self):
        state = super().__getstate__()
        return {name: value for name, value in state.items() if name != "hidden_"}

    def __setstate__(self, state):
        super().__setstate__(state)
        if "classifier_" in state:
            self.hidden_ = up_to_last_hidden(self.classifier_.model_)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.non_deterministic = True
        return tags
