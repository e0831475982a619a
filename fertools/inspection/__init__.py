"""What a network of images has learned, and where it looks, as arrays.

A network is a fitted :class:`~fertools.neural.KerasImageClassifier`, or a ``keras.Model``. Of a
pipeline it is the last step, which sees what the steps before it make of the images. The Display
classes of :mod:`fertools.plotting` draw the arrays.
"""

from .._utils.public_modules import set_public_module
from ._activations import layer_activations
from ._first_layer import filter_image, first_layer_kernels
from ._grad_cam import grad_cam

__all__ = ["filter_image", "first_layer_kernels", "grad_cam", "layer_activations"]

set_public_module(globals(), __all__)
