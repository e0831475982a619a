"""Neural networks as classifiers of feature vectors."""

import numpy as np
from sklearn.utils.validation import validate_data

from ._keras_classifier import KerasClassifier


class KerasFeatureClassifier(KerasClassifier):
    """Neural network that classifies feature vectors, such as fused descriptors.

    The networks expect features of about unit variance, so X should be scaled first.

    Parameters
    ----------
    network : str or callable, default="ann"
        "ann", "conv1d", or a function of the input shape and the number of classes that returns an
        uncompiled Keras model.
    network_options : dict or None, default=None
        Further arguments of that function, such as `hidden` and `activation` of "ann".
    optimizer : {"sgd", "momentum", "nesterov", "adagrad", "adadelta", "rmsprop", "adam"} or None, \
            default=None
        Optimizer. None, here and below, takes the value of the recipe of the network.
    learning_rate : float or None, default=None
        Learning rate of the first epoch.
    loss : {"crossentropy", "hinge"}, default="crossentropy"
        Cross-entropy, or categorical hinge loss of the probabilities.
    label_smoothing : float, default=0.0
        Fraction of each target that is spread over all classes; cross-entropy only.
    epochs : int or None, default=None
        Maximum number of epochs.
    batch_size : int or None, default=None
        Number of samples per gradient step.
    class_weight : "balanced", dict or None, default=None
        Weights of the classes in the loss.
    validation_fraction : float, default=0.2
        Fraction of the training samples held out to determine the best epoch. With 0, the training
        samples determine it.
    monitor : {"loss", "accuracy"}, default="loss"
        Metric of the held-out samples that determines the best epoch. The accuracy of a network can
        still rise when a few confident errors already raise its loss; choose "accuracy" if labels
        matter more than probabilities. Of epochs with equal accuracy, the lowest loss is best.
    patience : int or None, default=10
        Number of epochs without improvement of `monitor` after which training stops.
    drop_after : int or None, default=4
        Number of epochs without improvement after which the learning rate is multiplied by 0.2.
    checkpoint : path-like or None, default=None
        Folder in which each epoch saves the state of training, for `resume_from`.
    mixed_precision : {"float16", "bfloat16"} or None, default=None
        Type of the computations; weights stay float32. "float16" is faster on most GPUs, "bfloat16"
        on recent ones and on CPUs with instructions for it (AVX512-BF16 or AMX). If None, float32.
    steps_per_execution : int, default=1
        Number of batches per compiled call; more than 1 requires the JAX backend. The updates are
        the same, but Python is not called after each batch, which reduces the idle time of a GPU.
        Evaluation and prediction use larger batches.
    callbacks : list of keras.callbacks.Callback or None, default=None
        Callbacks for the start and end of training and of epochs.
    random_state : int, RandomState or None, default=None
        Random seed of the initial weights, the order and the validation samples.
    verbose : int or bool, default=0
        Whether to show a progress bar on standard error.

    Attributes
    ----------
    model_ : keras.Model
        Network with the weights of the best epoch.
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    history_ : dict of str to list of float
        Per epoch: `loss`, `accuracy`, `val_loss`, `val_accuracy`, `learning_rate`,
        `seconds`.
    best_epoch_ : int
        Index of the best epoch, from 0.
    n_iter_ : int
        Number of epochs trained.
    n_features_in_ : int
        Number of features seen in fit.
    feature_names_in_ : ndarray of str
        Names of the columns, if X was a DataFrame.

    See Also
    --------
    KerasImageClassifier : Neural network that classifies images.

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
        monitor="loss",
        patience=10,
        drop_after=4,
        checkpoint=None,
        mixed_precision=None,
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
        self.monitor = monitor
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
