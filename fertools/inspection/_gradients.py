"""Gradients of a function; Keras itself has no API for them that covers all backends."""

from .._utils.optional import import_optional


def _tensorflow(function, point):
    import tensorflow

    with tensorflow.GradientTape() as tape:
        tape.watch(point)
        value = function(point)
    return tape.gradient(value, point)


def _torch(function, point):
    import torch

    point = point.detach().requires_grad_()
    return torch.autograd.grad(function(point), point)[0]


def _jax(function, point):
    import jax

    return jax.grad(function)(point)


_BACKENDS = {"tensorflow": _tensorflow, "torch": _torch, "jax": _jax}


def gradient(function, point):
    """Return the gradient of a function at a point.

    Parameters
    ----------
    function : callable
        Function from a tensor to a scalar tensor, written with Keras operations.
    point : tensor

    Returns
    -------
    tensor of the shape of `point`

    Raises
    ------
    NotImplementedError
        If the backend of Keras is not tensorflow, torch or jax.
    """
    backend = import_optional("keras", "neural").backend.backend()
    if backend not in _BACKENDS:
        raise NotImplementedError(
            f"gradients need one of the backends {', '.join(_BACKENDS)} of Keras; got {backend!r}."
        )
    return _BACKENDS[backend](function, point)
