"""Many training steps in one compiled call, for the JAX backend."""

from weakref import WeakKeyDictionary, ref

import numpy as np

# One compiled loop per model, for as long as the model lives.
_LOOPS = WeakKeyDictionary()


def compiled_loop(model):
    """Return a compiled function that runs one training step per batch of a stack.

    Parameters
    ----------
    model : keras.Model
        Compiled, on the JAX backend.

    Returns
    -------
    callable
        Function of the state of the model and a stack of batches (inputs, targets, weights or None)
        with the steps along the first axis, which returns the new state.
    """
    if model not in _LOOPS:
        import jax

        # A reference to the model itself would keep it alive.
        network = ref(model)

        def step(state, batch):
            return network().train_step(state, batch)[1], None

        # A scan runs all steps on the device, without returning to the host in between.
        _LOOPS[model] = jax.jit(
            lambda state, batches: jax.lax.scan(step, state, batches)[0], donate_argnums=0
        )
    return _LOOPS[model]


def block_length(n_batches, most):
    """Return how many of `n_batches` equal batches to run per call.

    Each block length is compiled separately, so the largest divisor of `n_batches` above half of
    `most` is preferred over `most`.
    """
    if n_batches <= most:
        return max(n_batches, 1)
    lengths = range(most, most // 2, -1)
    return next((length for length in lengths if n_batches % length == 0), most)


def variables_of(model):
    """Return the variables changed by a training step, in the order of `Model.train_step`."""
    return (
        model.trainable_variables,
        model.non_trainable_variables,
        model.optimizer.variables,
        model.metrics_variables,
    )


def train_blocks(model, batches, length):
    """Train on the batches of one epoch, several steps per compiled call.

    The updates equal those of ``train_on_batch`` on the same batches. The host prepares the next
    block while the device computes.

    Parameters
    ----------
    model : keras.Model
        Compiled, on the JAX backend.
    batches : iterable of (inputs, targets, weights or None)
        Arrays of the batches. A batch whose size differs from the previous one starts a new block.
    length : int
        Maximum number of batches per call.

    Returns
    -------
    dict of str to float
        Loss and metrics of the epoch.
    """
    loop, state = compiled_loop(model), None
    for block in blocks_of(batches, length):
        if state is None:
            # Creates the variables of the optimizer and of the metrics.
            model._symbolic_build(data_batch=block[0])
            model.reset_metrics()
            state = tuple([v.value for v in part] for part in variables_of(model))
        state = loop(state, stacked(block))
    for part, values in zip(variables_of(model), state, strict=True):
        for variable, value in zip(part, values, strict=True):
            variable.assign(value)
    return {name: float(value) for name, value in model.get_metrics_result().items()}


def blocks_of(batches, length):
    """Yield lists of at most `length` successive batches of one size."""
    block = []
    for batch in batches:
        if block and (len(block) == length or len(batch[0]) != len(block[0][0])):
            yield block
            block = []
        block.append(batch)
    if block:
        yield block


def stacked(block):
    """Stack a list of batches along a new first axis; None stays None."""
    return tuple(
        None if arrays[0] is None else np.stack(arrays) for arrays in zip(*block, strict=True)
    )


def padded(inputs, size):
    """Pad a batch to `size` samples by repeating the last one, so that shapes are compiled once."""
    return np.concatenate([inputs, np.repeat(inputs[-1:], size - len(inputs), axis=0)])
