"""Prediction of one batch, safe in threads with each backend."""

from threading import Lock
from weakref import WeakKeyDictionary, ref

import numpy as np

from .._utils.optional import import_optional

# Models that share layers share variables, so one lock guards the predictions of all.
_ONE_AT_A_TIME = Lock()
# One compiled function per model, for as long as the model lives.
_FUNCTIONS = WeakKeyDictionary()


def compiled_call(model):
    """Return a compiled function of variables and inputs, for the JAX backend.

    The function that Keras compiles deletes the arrays of the variables during each call (JAX calls
    this donation), so that another thread could neither predict with the network nor save it.
    """
    function = _FUNCTIONS.get(model)
    if function is None:
        import jax

        # A reference to the model itself would keep it alive.
        network = ref(model)

        def call(trainable, others, inputs):
            return network().stateless_call(trainable, others, inputs, training=False)[0]

        function = _FUNCTIONS.setdefault(model, jax.jit(call))
    return function


def predict_batch(model, inputs):
    """Return the outputs of a network for one batch, as an array; safe in threads."""
    if import_optional("keras", "neural").backend.backend() == "jax":
        variables = ([v.value for v in part] for part in _variables(model))
        return np.asarray(compiled_call(model)(*variables, inputs))
    with _ONE_AT_A_TIME:
        return np.asarray(model.predict_on_batch(inputs))


def _variables(model):
    return model.trainable_variables, model.non_trainable_variables
