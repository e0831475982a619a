"""Many training steps in one compiled call, for the JAX backend."""

from weakref import WeakKeyDictionary

import numpy as np

# One compiled loop per model, for as long as the model lives.
_LOOPS = WeakKeyDictionary()


def compiled_loop(model):
    """Return a compiled function that runs the training steps of a stack of batches.

    Parameters
    ----------
    model : keras.Model
        Compiled, on the JAX backend.

    Returns
    -------
    callable
        Takes the state of the model, the number of steps to run, and a stack of batches (inputs,
        targets, weights or None) with the steps along the first axis; returns the new state.
    """
    if model not in _LOOPS:
        import jax

        def run(state, n_steps, batches):
            def step(number, state):
                batch = jax.tree.map(lambda stack: stack[number], batches)
                return model.train_step(state, batch)[1]

            return jax.lax.fori_loop(0, n_steps, step, state)

        _LOOPS[model] = jax.jit(run, donate_argnums=0)
    return _LOOPS[model]


def variables_of(model):
    """Return the variables that a training step changes, in the order of `Model.train_step`."""
    return (
        model.trainable_variables,
        model.non_trainable_variables,
        model.optimizer.variables,
        model.metrics_variables,
    )


def train_blocks(model, batches, steps):
    """Train on the batches of one epoch, several steps per compiled call.

    The arithmetic is that of ``train_on_batch`` on the same batches. While the device computes, the
    host already prepares the next block.

    Parameters
    ----------
    model : keras.Model
        Compiled, on the JAX backend.
    batches : iterable of (inputs, targets, weights or None)
        Arrays of the batches. A batch whose size differs from the one before starts a new block.
    steps : int
        Most batches per call.

    Returns
    -------
    dict of str to float
        The loss and the metrics over the epoch.
    """
    loop, state, block = compiled_loop(model), None, []

    def flush(state):
        if state is None:
            # Creates the variables of the optimizer and of the metrics.
            model._symbolic_build(data_batch=block[0])
            model.reset_metrics()
            state = tuple([v.value for v in part] for part in variables_of(model))
        state = loop(state, len(block), stacked(block, steps))
        block.clear()
        return state

    for batch in batches:
        if block and (len(block) == steps or len(batch[0]) != len(block[0][0])):
            state = flush(state)
        block.append(batch)
    state = flush(state)
    for part, values in zip(variables_of(model), state, strict=True):
        for variable, value in zip(part, values, strict=True):
            variable.assign(value)
    return {name: float(value) for name, value in model.get_metrics_result().items()}


def stacked(block, steps):
    """Stack batches, followed by room up to `steps`, so that every block has the same shape."""

    def stack(arrays):
        if arrays[0] is None:
            return None
        out = np.empty((steps, *arrays[0].shape), arrays[0].dtype)
        np.stack(arrays, out=out[: len(arrays)])
        return out

    return tuple(stack(arrays) for arrays in zip(*block, strict=True))
