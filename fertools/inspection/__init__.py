"""Reasons for decisions, and inspection of image networks.

`explain` divides the decision of a pipeline among descriptors and face regions, and the functions
named ``*_view`` show what descriptors see. The other functions return kernels, activations and
Grad-CAM heat maps of networks as arrays. A network is a fitted
:class:`~fertools.neural.KerasImageClassifier` or a ``keras.Model``. To inspect the network of a
pipeline, pass its last step and the images transformed by the other steps.
The Display classes of :mod:`fertools.plotting` draw the arrays.
"""

from .._utils.public_modules import set_public_module
from ._activations import layer_activations
from ._descriptor_views import dct_basis, dct_view, hog_view, lbp_view, word_view, zernike_view
from ._explain import explain
from ._explanation import Explanation
from ._first_layer import filter_image, first_layer_kernels
from ._grad_cam import grad_cam

__all__ = [
    "Explanation",
    "dct_basis",
    "dct_view",
    "explain",
    "filter_image",
    "first_layer_kernels",
    "grad_cam",
    "hog_view",
    "layer_activations",
    "lbp_view",
    "word_view",
    "zernike_view",
]

set_public_module(globals(), __all__)
