"""Training loop of the neural classifiers, which can be resumed after any epoch."""

import time

import numpy as np

from .._utils.optional import import_optional
from ._multi_step_training import block_length, padded, train_blocks
from ._predict_functions import predict_batch

# Keras class and its arguments besides the learning rate.
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
# Samples per call of evaluation and of prediction, if several steps are run per call.
_EVALUATED, _PREDICTED = 4096, 1024
# Factor of the learning rate on a plateau, and its lower limit.
DROP, LOWEST = 0.2, 1e-6


def import_keras():
    """Return Keras; the ImportError without it names the extra to install."""
    return import_optional("keras", "neural")


def compile_network(model, optimizer, learning_rate, loss, label_smoothing):
    """Compile a network with an optimizer and a loss.

    Parameters
    ----------
    model : keras.Model
    optimizer : str
        Key of `OPTIMIZERS`.
    learning_rate : float
    loss : {"crossentropy", "hinge"}
        Cross-entropy or categorical hinge loss of the probabilities.
    label_smoothing : float
        Fraction of the target distributed evenly over all classes.
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


def check_network(model, inputs, n_classes):
    """Raise ValueError if a network does not return the probabilities of `n_classes` classes."""
    keras = import_keras()
    if not isinstance(model, keras.Model):
        raise ValueError(
            f"network must be a function that returns a keras.Model; got {type(model).__name__}."
        )
    outputs = keras.ops.convert_to_numpy(keras.ops.cast(model(inputs, training=False), "float32"))
    if outputs.shape != (len(inputs), n_classes):
        raise ValueError(
            f"network must return {n_classes} probabilities per sample, one per class; got an "
            f"output of shape {(None, *outputs.shape[1:])}."
        )
    if outputs.min() < 0 or not np.allclose(outputs.sum(axis=1), 1, atol=0.05):
        raise ValueError(
            "network must return probabilities, which are not negative and have the sum 1; got "
            f"values from {outputs.min():.3g} to {outputs.max():.3g} and a sum of "
            f"{outputs[0].sum():.3g}. End it in a layer with a softmax activation."
        )


def batches(n, size, rng):
    """Yield the sample indices of the batches of an epoch, in random order.

    A last batch of one sample is merged into the previous batch, because batch normalization
    learns nothing from it.
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
    monitor,
    patience,
    drop_after,
    checkpoint,
    callbacks,
    bar,
    steps=1,
):
    """Train a compiled network and restore the weights of the best epoch.

    Parameters
    ----------
    model : keras.Model
    X : ndarray of shape (n, ...)
    Y : ndarray of shape (n, n_classes)
        One-hot.
    weights : ndarray of shape (n,) or None
        Sample weights.
    validation : tuple of (X, Y, weights) or None
        Validation data, which select the best epoch. If None, the training data do.
    progress : Progress
        Record of the finished epochs, updated in place.
    best : list of ndarray or None
        Weights of the best finished epoch.
    epochs : int
        Total number of epochs, including finished ones.
    batch_size : int
    seed : int
        Random seed. Order and augmentation of an epoch depend only on it and the epoch number.
    prepare : callable
        Function of samples of X and a seed that returns the input of the network.
    monitor : {"loss", "accuracy"}
        Metric that selects the best epoch.
    patience : int or None
        Number of epochs without improvement before training stops.
    drop_after : int or None
        Number of epochs without improvement before the learning rate drops.
    checkpoint : Checkpoint or None
    callbacks : keras.callbacks.CallbackList
    bar : tqdm.tqdm
    steps : int
        Batches per call of the compiled training step.
    """
    part = "" if validation is None else "val_"
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
        if progress.add(figures | {"learning_rate": rate, "seconds": seconds}, monitor, part):
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
    if not np.isfinite(progress.history[f"{part}loss"][progress.best_epoch]):
        raise ValueError(
            "The training diverged: the loss of all epochs is infinite or not a number. Scale X, "
            "or set a smaller learning_rate."
        )
    if best is not None:
        model.set_weights(best)


def train_epoch(model, X, Y, weights, batch_size, rng, prepare, steps=1):
    """Train for one epoch and return the mean loss and accuracy."""
    reseed(model, rng)

    def prepared():
        for rows in batches(len(X), batch_size, rng):
            inputs = prepare(X[rows], rng.integers(2**31))
            yield inputs, Y[rows], None if weights is None else weights[rows]

    if steps > 1:
        return train_blocks(model, prepared(), block_length(len(X) // batch_size, steps))
    figures = []
    for inputs, targets, some in prepared():
        model.reset_metrics()  # Keras before 3.15 accumulates them over batches.
        step = model.train_on_batch(inputs, targets, sample_weight=some, return_dict=True)
        figures.append((len(targets), step))
    return mean_figures(figures)


def reseed(model, rng):
    """Seed the dropout layers, whose seeds differ after loading."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            reseed(layer, rng)
        elif hasattr(layer, "seed_generator"):
            generator = layer.seed_generator
            generator.state.assign(rng.integers(2**31, size=2, dtype=np.uint32))
            if generator._initial_seed is None:
                # The torch backend ignores the state of a generator that was created without a
                # seed, and draws from the random numbers that all threads share.
                generator._initial_seed = 0


def evaluate(model, X, Y, weights, batch_size, prepare):
    """Return the mean loss and accuracy of a network on samples."""
    figures = []
    for start in range(0, len(X), batch_size):
        rows = slice(start, start + batch_size)
        some = None if weights is None else weights[rows]
        model.reset_metrics()
        step = model.test_on_batch(
            prepare(X[rows], None), Y[rows], sample_weight=some, return_dict=True
        )
        figures.append((len(Y[rows]), step))
    return mean_figures(figures)


def predict(model, rows, batch_size, prepare, steps=1):
    """Return the outputs of a network, computed in batches.

    ``Model.predict`` takes about 90 ms per call, regardless of the number of samples; this
    function avoids that overhead.
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
    """Return the means of metrics over batches, given as pairs (n_samples, dict of metrics)."""
    sizes = [n for n, _ in figures]
    return {
        name: float(np.average([float(step[name]) for _, step in figures], weights=sizes))
        for name in figures[0][1]
    }
