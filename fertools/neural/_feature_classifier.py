"""Networks that work on feature vectors."""

import numpy as np
from sklearn.utils.validation import validate_data

from ._classifier import KerasClassifier


class KerasFeatureClassifier(KerasClassifier):
    """Name expressions with a network that works on feature vectors, such as fused descriptors.

    Put a scaler before it: the networks expect columns of about unit variance.

    Parameters
    ----------
    network : str or callable, default="ann"
        "ann", "conv1d", or a function of the input shape and the number of classes that returns a
        Keras model which is not compiled.
    network_options : dict or None, default=None
        Further arguments of that function, such as `hidden` and `activation` of "ann".
    optimizer : {"sgd", "momentum", "nesterov", "adagrad", "adadelta", "rmsprop", "adam"} or None, \
            default=None
        None, here and below, is the network's own default.
    learning_rate : float or None, default=None
        Of the first epoch.
    loss : {"crossentropy", "hinge"}, default="crossentropy"
        Cross-entropy, or the categorical hinge on the probabilities.
    label_smoothing : float, default=0.0
        Share of each target that is spread over all classes; for the cross-entropy.
    epochs : int or None, default=None
        Epochs at the most.
    batch_size : int or None, default=None
        Rows a step.
    class_weight : "balanced", dict or None, default=None
        Weights of the classes in the loss.
    validation_fraction : float, default=0.2
        Share of the training rows that decides which epoch is best; with 0 the training loss
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
    random_state : int, RandomState or None, default=None
        Decides the initial weights, the order and the validation rows.
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
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : ndarray of str
        Only where X was a DataFrame.

    See Also
    --------
    KerasImageClassifier : the same on images.

    Examples
    --------
    >>> from fertools.datasets import make_faces
    >>> from fertools.neural import KerasFeatureClassifier
    >>> from fertools.pipeline import make_fer_pipeline
    >>> faces = make_faces(70, random_state=0)
    >>> ann = KerasFeatureClassifier("ann", epochs=1, random_state=0)
    >>> pipeline = make_fer_pipeline("dct", n_features=50, classifier=ann)
    >>> pipeline.fit(faces.images, faces.labels).predict_proba(faces.images).shape
    (70, 7)
    """

    def __init__(
        self,
        network="ann",
        *,
        network_options=None,
        optimizer=None,
        learning_rate=None,
        loss="crossentropy",
        label_smoothing=0.0,
        epochs=None,
        batch_size=None,
        class_weight=None,
        validation_fraction=0.2,
        patience=10,
        drop_after=4,
        checkpoint=None,
        mixed_precision=False,
        steps_per_execution=1,
        callbacks=None,
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
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.drop_after = drop_after
        self.checkpoint = checkpoint
        self.mixed_precision = mixed_precision
        self.steps_per_execution = steps_per_execution
        self.callbacks = callbacks
        self.random_state = random_state
        self.verbose = verbose

    def _rows(self, X, reset):
        return validate_data(self, X, dtype=np.float32, reset=reset)

    def _input_shape(self):
        return (self.n_features_in_,)

    def _prepare(self, rows, seed):
        return rows
