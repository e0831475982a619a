"""Training loop of the neural classifiers, which can be resumed after any epoch."""

import random
import time
from contextlib import contextmanager
from threading import Lock

import numpy as np

from .._utils.optional import import_optional
from ._fused import block_length, padded, train_blocks

# Keras' class and what is passed to it besides the learning rate.
OPTIMIZERS = {
    "sgd": ("SGD", {}),
    "momentum": ("SGD", {"momentum": 0.9}),
    "nesterov": ("SGD", {"momentum": 0.9, "nesterov": True}),
    "adagrad": ("Adagrad", {}),
    "adadelta": ("Adadelta", {}),
    "rmsprop": ("RMSprop", {}),
    "adam": ("Adam", {}),
}
LOSSES = ("crossentropy", "hinge")
# Samples per call where a GPU is kept busy: in the evaluation of an epoch, and in prediction.
_EVALUATED, _PREDICTED = 4096, 1024
# Models that share layers share variables, so one lock guards the predictions of all.
_ONE_AT_A_TIME = Lock()
# Keras draws seeds from Python's generator, which all threads share.
_SEEDED = Lock()
# A plateau multiplies the learning rate by this, and not below the second.
DROP, LOWEST = 0.2, 1e-6


def import_keras():
    """Return Keras, or raise an ImportError that says how to install it."""
    return import_optional("keras", "neural")


def compile_network(model, optimizer, learning_rate, loss, label_smoothing):
    """Give a network its optimizer and its loss.

    Parameters
    ----------
    model : keras.Model
    optimizer : str
        A key of `OPTIMIZERS`.
    learning_rate : float
    loss : {"crossentropy", "hinge"}
        Cross-entropy of, or categorical hinge on, the probabilities.
    label_smoothing : float
        Share of the target that is spread over all classes.
    """
    keras = import_keras()
    kind, options = OPTIMIZERS[optimizer]
    losses = {
        "crossentropy": lambda: keras.losses.CategoricalCrossentropy(
            label_smoothing=label_smoothing
        ),
        "hinge": keras.losses.CategoricalHinge,
    }
    model.compile(
        optimizer=getattr(keras.optimizers, kind)(learning_rate=learning_rate, **options),
        loss=losses[loss](),
        weighted_metrics=[keras.metrics.CategoricalAccuracy(name="accuracy")],
    )


@contextmanager
def seeded(seed):
    """Let Keras draw its seeds from `seed`; Python's generator is left as it was."""
    with _SEEDED:
        state = random.getstate()
        random.seed(seed)
        try:
            yield
        finally:
            random.setstate(state)


def batches(n, size, rng):
    """Yield the row numbers of the batches of an epoch, in random order.

    A last batch of one row joins the one before, as batch normalization learns nothing from it.
    """
    order = rng.permutation(n)
    cuts = list(range(size, n, size))
    if cuts and n - cuts[-1] == 1:
        cuts.pop()
    yield from np.split(order, cuts)


def train(
    model,
    X,
    Y,
    weights,
    validation,
    *,
    progress,
    best,
    epochs,
    batch_size,
    seed,
    prepare,
    patience,
    drop_after,
    checkpoint,
    callbacks,
    bar,
    steps=1,
):
    """Train a compiled network, and leave it with the best weights seen.

    Parameters
    ----------
    model : keras.Model
    X : ndarray of shape (n, ...)
    Y : ndarray of shape (n, n_classes)
        One-hot.
    weights : ndarray of shape (n,) or None
        Of the rows.
    validation : tuple of (X, Y, weights) or None
        Decides which epoch is best; without it the training loss does.
    progress : Progress
        Of the epochs done; it is brought up to date.
    best : list of ndarray or None
        The weights of the best of those epochs.
    epochs : int
        To be done in all.
    batch_size : int
    seed : int
        Each epoch's order and copies follow from it and from the epoch's number alone.
    prepare : callable
        Takes rows of X and a seed; returns what the network is given.
    patience : int or None
        Stop after so many epochs without a better one.
    drop_after : int or None
        Drop the learning rate after so many.
    checkpoint : Checkpoint or None
    callbacks : keras.callbacks.CallbackList
    bar : tqdm.tqdm
    steps : int
        Batches per call of the compiled training step.
    """
    monitor = "loss" if validation is None else "val_loss"
    callbacks.on_train_begin()
    for epoch in range(progress.epochs, epochs):
        if progress.stopped:
            break
        callbacks.on_epoch_begin(epoch)
        began = time.perf_counter()
        figures = train_epoch(
            model, X, Y, weights, batch_size, np.random.default_rng([seed, epoch]), prepare, steps
        )
        if validation is not None:
            size = batch_size if steps == 1 else max(batch_size, _EVALUATED)
            scores = evaluate(model, *validation, size, prepare)
            figures |= {f"val_{name}": value for name, value in scores.items()}
        rate = float(np.asarray(model.optimizer.learning_rate))
        seconds = time.perf_counter() - began
        if progress.add(figures | {"learning_rate": rate, "seconds": seconds}, monitor):
            best = model.get_weights()
        elif drop_after and progress.waited % drop_after == 0:
            model.optimizer.learning_rate = max(rate * DROP, LOWEST)
        callbacks.on_epoch_end(epoch, figures)
        progress.stopped = model.stop_training or bool(patience and progress.waited >= patience)
        if checkpoint is not None:
            checkpoint.write(model, best, progress)
        bar.set_postfix({name: f"{value:.3f}" for name, value in figures.items()}, refresh=False)
        bar.update()
    callbacks.on_train_end()
    if best is not None:
        model.set_weights(best)


def train_epoch(model, X, Y, weights, batch_size, rng, prepare, steps=1):
    """Go through the training rows once; return the mean loss and accuracy."""
    reseed(model, rng)

    def prepared():
        for rows in batches(len(X), batch_size, rng):
            inputs = prepare(X[rows], rng.integers(2**31))
            yield inputs, Y[rows], None if weights is None else weights[rows]

    if steps > 1:
        return train_blocks(model, prepared(), block_length(len(X) // batch_size, steps))
    figures = []
    for inputs, targets, some in prepared():
        step = model.train_on_batch(inputs, targets, sample_weight=some, return_dict=True)
        figures.append((len(targets), step))
    return mean_figures(figures)


def reseed(model, rng):
    """Set what dropout draws from, as a network that was loaded begins with other seeds."""
    for layer in model.layers:
        if hasattr(layer, "seed_generator"):
            layer.seed_generator.state.assign(rng.integers(2**31, size=2, dtype=np.uint32))


def evaluate(model, X, Y, weights, batch_size, prepare):
    """Return the mean loss and accuracy of a network on rows."""
    figures = []
    for start in range(0, len(X), batch_size):
        rows = slice(start, start + batch_size)
        some = None if weights is None else weights[rows]
        step = model.test_on_batch(
            prepare(X[rows], None), Y[rows], sample_weight=some, return_dict=True
        )
        figures.append((len(Y[rows]), step))
    return mean_figures(figures)


def predict_batch(model, inputs):
    """Return the outputs of a network for one batch; safe in threads.

    JAX hands the buffers of the variables over to the compiled function, so a second thread would
    find them deleted.
    """
    with _ONE_AT_A_TIME:
        return np.asarray(model.predict_on_batch(inputs))


def predict(model, rows, batch_size, prepare, steps=1):
    """Return the outputs of a network for prepared rows, a batch at a time.

    ``Model.predict`` takes about 90 ms per call, whatever the number of rows; this does not.
    """
    size = batch_size if steps == 1 else max(batch_size, _PREDICTED)
    outputs = []
    for start in range(0, len(rows), size):
        inputs = prepare(rows[start : start + size], None)
        n_rows = len(inputs)
        if steps > 1:
            inputs = padded(inputs, size)
        outputs.append(predict_batch(model, inputs)[:n_rows])
    return np.concatenate(outputs)


def mean_figures(figures):
    """Return the means over batches of (n_rows, dict of figures)."""
    sizes = [n for n, _ in figures]
    return {
        name: float(np.average([float(step[name]) for _, step in figures], weights=sizes))
        for name in figures[0][1]
    }
