"""Networks that look at face images."""

import numpy as np
from sklearn.base import clone

from .._utils.validation import validate_images
from ..preprocessing import Augmenter
from ._classifier import KerasClassifier


class KerasImageClassifier(KerasClassifier):
    """Name expressions with a network that looks at images.

    Every network takes gray levels on the scale 0..255; what its source does to them before the
    first layer is its own first layer.

    Parameters
    ----------
    network : str or callable, default="five_conv"
        A name in `fertools.neural.networks.NETWORKS`, or a function of the input shape and the
        number of classes that returns a Keras model which is not compiled.
    network_options : dict or None, default=None
        Further arguments of that function.
    optimizer : {"sgd", "momentum", "nesterov", "adagrad", "adadelta", "rmsprop", "adam"} or None, \
            default=None
        None, here and below, is what the source of the network used.
    learning_rate : float or None, default=None
        Of the first epoch.
    loss : {"crossentropy", "hinge"}, default="crossentropy"
        Cross-entropy, or the categorical hinge on the probabilities.
    label_smoothing : float, default=0.0
        Share of each target that is spread over all classes; for the cross-entropy.
    epochs : int or None, default=None
        Epochs at the most.
    batch_size : int or None, default=None
        Images a step.
    class_weight : "balanced", dict or None, default=None
        Weights of the classes in the loss.
    augmenter : Augmenter or None, default=None
        Makes a new random copy of each training image in each epoch.
    validation_fraction : float, default=0.2
        Share of the training images that decides which epoch is best; with 0 the training loss
        decides.
    patience : int or None, default=10
        Stop after so many epochs without a better one.
    drop_after : int or None, default=4
        Multiply the learning rate by 0.2 after so many epochs without a better one.
    checkpoint : path-like or None, default=None
        A folder where the state of the training is kept after each epoch, for `resume_from`.
    mixed_precision : bool, default=False
        Compute in float16 where the backend is faster in it.
    steps_per_execution : int, default=1
        Batches per compiled call. More than 1 needs the JAX backend and keeps a GPU busy: the
        steps are the same, without a return to Python after each, and evaluation and prediction
        take larger batches.
    callbacks : list of keras.callbacks.Callback or None, default=None
        Called as Keras calls them at the begin and end of training and epochs.
    image_shape : tuple of two int or None, default=None
        How flattened rows unfold; None means one line of pixels.
    random_state : int, RandomState or None, default=None
        Decides the initial weights, the order, the copies and the validation images.
    verbose : int or bool, default=0
        Show a progress bar on standard error.

    Attributes
    ----------
    model_ : keras.Model
        The network with the weights of its best epoch.
    classes_ : ndarray of shape (n_classes,)
        The labels.
    history_ : dict of str to list of float
        For each epoch `loss`, `accuracy`, `val_loss`, `val_accuracy`, `learning_rate`,
        `seconds`.
    best_epoch_ : int
        Counted from 0.
    n_iter_ : int
        Epochs done.
    image_shape_ : tuple of two int
        Height and width of the images.
    n_features_in_ : int
        Height times width.
    feature_names_in_ : ndarray of str
        Only where X was a DataFrame.

    See Also
    --------
    KerasFeatureClassifier : the same on feature vectors.

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.neural import KerasImageClassifier
    >>> faces = make_faces(35, size=32, random_state=0)
    >>> network = KerasImageClassifier("ckplus_cnn", epochs=1, random_state=0)
    >>> network = network.fit(faces.images, faces.labels)
    >>> network.predict_proba(faces.images).shape, sorted(network.history_)[0]
    ((35, 7), 'accuracy')
    """

    _parameter_constraints = {
        **KerasClassifier._parameter_constraints,
        "augmenter": [Augmenter, None],
        "image_shape": ["array-like", None],
    }

    def __init__(
        self,
        network="five_conv",
        *,
        network_options=None,
        optimizer=None,
        learning_rate=None,
        loss="crossentropy",
        label_smoothing=0.0,
        epochs=None,
        batch_size=None,
        class_weight=None,
        augmenter=None,
        validation_fraction=0.2,
        patience=10,
        drop_after=4,
        checkpoint=None,
        mixed_precision=False,
        steps_per_execution=1,
        callbacks=None,
        image_shape=None,
        random_state=None,
        verbose=0,
    ):
        self.network = network
        self.network_options = network_options
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.loss = loss
        self.label_smoothing = label_smoothing
        self.epochs = epochs
        self.batch_size = batch_size
        self.class_weight = class_weight
        self.augmenter = augmenter
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.drop_after = drop_after
        self.checkpoint = checkpoint
        self.mixed_precision = mixed_precision
        self.steps_per_execution = steps_per_execution
        self.callbacks = callbacks
        self.image_shape = image_shape
        self.random_state = random_state
        self.verbose = verbose

    def _rows(self, X, reset):
        return validate_images(self, X, reset=reset)

    def _input_shape(self):
        return (*self.image_shape_, 1)

    def _prepare(self, rows, seed):
        if seed is not None and self.augmenter is not None:
            rows = clone(self.augmenter).set_params(random_state=seed).augment(rows)
        scale = 1 if rows.dtype == np.uint8 else 255
        return rows[..., None].astype(np.float32) * scale

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags
