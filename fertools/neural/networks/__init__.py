"""Networks of published systems, as functions that return Keras models which are not compiled.

Every network of images takes gray levels in 0..255, whatever scale its source used: where that
divides pixels by 255, the network does so itself.
"""

from ..._utils.public_modules import set_public_module
from ._alexnet import alexnet
from ._double_conv_blocks import six_conv, small_vgg_elu, three_block
from ._feature_networks import ann, conv1d
from ._inception import inception_resnet_v2
from ._mobilenet import mobilenet_v2
from ._recipe import Recipe
from ._registry import NETWORKS, make_network, recipe_of
from ._resnet import resnet50_v2
from ._single_conv_blocks import ckplus_cnn, five_conv, reference_cnn, three_conv
from ._vgg import vgg16

__all__ = [
    "NETWORKS",
    "Recipe",
    "alexnet",
    "ann",
    "ckplus_cnn",
    "conv1d",
    "five_conv",
    "inception_resnet_v2",
    "make_network",
    "mobilenet_v2",
    "recipe_of",
    "reference_cnn",
    "resnet50_v2",
    "six_conv",
    "small_vgg_elu",
    "three_block",
    "three_conv",
    "vgg16",
]

set_public_module(globals(), __all__)
