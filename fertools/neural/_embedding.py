"""Activations of the last hidden layer of a network as a descriptor."""

import numpy as np
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator

from .._utils.validation import validate_images
from ..base import WHOLE, ImageTransformer
from ._image_classifier import KerasImageClassifier
from ._predict_functions import predict_batch
from ._training import import_keras


def up_to_last_hidden(model):
    """Return the network without its last layer, sharing the weights."""
    return import_keras().Model(model.inputs[0], model.layers[-1].input)


class KerasEmbedding(ImageTransformer):
    """Activations of the last hidden layer of a network as features of a face.

    The network is trained in fit, unless it is frozen. A network overfits the faces that it was
    trained on, so its features separate them better than new faces, which misleads the classifier
    in the next step. To avoid this, train the network on other faces and freeze it, as in the
    example.

    Parameters
    ----------
    estimator : KerasImageClassifier or FrozenEstimator
        Network to train, or a trained one wrapped in ``sklearn.frozen.FrozenEstimator``.
    image_shape : tuple of two int or None, default=None
        Height and width of flattened samples.

    Attributes
    ----------
    estimator_ : KerasImageClassifier
        Trained network.
    hidden_ : keras.Model
        Network up to its last hidden layer.
    image_shape_ : tuple of two int
        Height and width of the images seen in fit.
    n_features_in_ : int
        Height times width.
    feature_names_in_ : ndarray of str
        Names of the columns, if X was a DataFrame.
    groups_ : ndarray of shape (n_features,)
        Descriptor (the name of the network) and box (the whole face) of each feature.

    See Also
    --------
    fertools.features.FeatureFusion : Concatenate descriptors.

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
    >>> own, faces = (make_faces(35, size=32, random_state=seed) for seed in (1, 0))
    >>> network = KerasImageClassifier("ckplus_cnn", epochs=1, random_state=0)
    >>> network = network.fit(own.images, own.labels)
    >>> fusion = FeatureFusion(
    ...     [("dct", DiscreteCosine(100)), ("deep", KerasEmbedding(FrozenEstimator(network)))]
    ... )
    >>> fusion.fit_transform(faces.images, faces.labels).shape
    (35, 356)
    """

    _parameter_constraints = {
        "estimator": [KerasImageClassifier, FrozenEstimator],
        "image_shape": ["array-like", None],
    }
    n_jobs = None  # Keras runs the network on all cores.

    def __init__(self, estimator, *, image_shape=None):
        self.estimator = estimator
        self.image_shape = image_shape

    def fit(self, X, y=None):
        """Train the network, unless it is frozen.

        Parameters
        ----------
        X : array-like of shape (n_samples, height, width) or (n_samples, height * width)
            Images.
        y : array-like of shape (n_samples,) or None, default=None
            Labels, required unless the network is frozen.

        Returns
        -------
        self : KerasEmbedding
            Fitted transformer.
        """
        self._validate_params()
        images = validate_images(self, X, reset=True)
        if isinstance(self.estimator, FrozenEstimator):
            self.estimator_ = self._trained_before()
        elif y is None:
            raise ValueError("KerasEmbedding requires y to be passed, but the target y is None.")
        else:
            self.estimator_ = clone(self.estimator).fit(images, y)
        self.hidden_ = up_to_last_hidden(self.estimator_.model_)
        self._n_features_out = len(self.get_feature_names_out())
        return self

    def _trained_before(self):
        classifier = self.estimator.estimator
        if not isinstance(classifier, KerasImageClassifier):
            raise TypeError(f"estimator must contain a KerasImageClassifier; got {classifier!r}.")
        if classifier.image_shape_ != self.image_shape_:
            raise ValueError(
                f"X must contain images of the shape that estimator was trained on, "
                f"{classifier.image_shape_}; got {self.image_shape_}."
            )
        return classifier

    def _describe(self, images):
        hidden = predict_batch(self.hidden_, self.estimator_._prepare(images, None))
        return hidden.astype(np.float32, copy=False).reshape(len(images), -1)

    def _blocks(self):
        network = self.estimator_.network
        name = getattr(network, "__name__", network)
        n_features = self.hidden_.output_shape[-1]
        return [(name, WHOLE, [f"{name}_{k}" for k in range(n_features)])]

    def __getstate__(self):
        state = super().__getstate__()
        return {name: value for name, value in state.items() if name != "hidden_"}

    def __setstate__(self, state):
        super().__setstate__(state)
        if "estimator_" in state:
            self.hidden_ = up_to_last_hidden(self.estimator_.model_)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.non_deterministic = True
        return tags
