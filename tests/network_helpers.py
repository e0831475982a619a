"""Helpers of the tests of networks."""

from functools import lru_cache
from math import prod

import pytest

from fertools.neural.networks._feature_networks import ann, conv1d
from fertools.neural.networks._inception import inception_resnet_v2
from fertools.neural.networks._mobilenet import mobilenet_v2
from fertools.neural.networks._resnet import resnet50_v2
from fertools.neural.networks._vgg import vgg16

RANDOM = {"weights": None, "frozen": None}
# The function of keras.applications, its module of preprocessing, and the smallest side.
BACKBONES = {
    mobilenet_v2: ("MobileNetV2", "mobilenet_v2", 32),
    vgg16: ("VGG16", "vgg16", 32),
    resnet50_v2: ("ResNet50V2", "resnet_v2", 32),
    inception_resnet_v2: ("InceptionResNetV2", "inception_resnet_v2", 75),
}
FEATURES = {ann, conv1d}


def over(networks):
    return pytest.mark.parametrize("network", networks, ids=lambda network: network.__name__)


@lru_cache(maxsize=6)
def build(network, n_classes=7, **options):
    """Build a network at its default size without pretrained weights, keeping the last six."""
    shape = (100,) if network in FEATURES else (48, 48, 1)
    return network(shape, n_classes, **((RANDOM if network in BACKBONES else {}) | options))


def size_of(weights):
    return sum(prod(weight.shape) for weight in weights)
