"""Numbers of parameters of the networks: published ones, or counted by hand."""

from itertools import pairwise

import pytest
from network_helpers import build, size_of

from fertools.neural.networks._alexnet import alexnet
from fertools.neural.networks._double_conv_blocks import six_conv, small_vgg_elu, three_block
from fertools.neural.networks._feature_networks import ann, conv1d
from fertools.neural.networks._inception import inception_resnet_v2
from fertools.neural.networks._mobilenet import mobilenet_v2
from fertools.neural.networks._resnet import resnet50_v2
from fertools.neural.networks._single_conv_blocks import (
    ckplus_cnn,
    five_conv,
    reference_cnn,
    three_conv,
)
from fertools.neural.networks._vgg import vgg16


def conv(width, channels, filters):
    """Count weights and biases of a convolution of width x width."""
    return (width**2 * channels + 1) * filters


def dense(inputs, units):
    return (inputs + 1) * units


# Total and non-trainable parameters; None if the report does not give them.
PUBLISHED = [
    (six_conv, 7, {}, 2_787_015, 1_152),
    (small_vgg_elu, 5, {}, 1_328_037, None),
    (small_vgg_elu, 7, {}, 1_328_167, None),
    (three_block, 7, {}, 22_813_703, None),
    (reference_cnn, 7, {}, 4_478_727, 4_478_727 - 4_474_759),
    (five_conv, 7, {}, 3_441_543, None),
    (ckplus_cnn, 7, {}, 947_207, 0),
    (mobilenet_v2, 7, {"size": 224}, 2_430_663, 34_112),
    (mobilenet_v2, 7, {}, 2_430_663, 34_112),
    (resnet50_v2, 7, {}, 24_787_207, None),
]


@pytest.mark.parametrize(("network", "n_classes", "options", "total", "fixed"), PUBLISHED)
def test_published_parameter_counts(network, n_classes, options, total, fixed):
    model = build(network, n_classes, **options)
    assert model.count_params() == total
    if fixed is not None:
        assert size_of(model.non_trainable_weights) == fixed


def test_parameters_of_three_conv():
    convolutions = conv(3, 1, 32) + conv(3, 32, 64) + conv(3, 64, 128)
    # Three pooling layers reduce 48 x 48 to 6 x 6.
    head = dense(6 * 6 * 128, 512) + dense(512, 7)
    normalized = 32 + 64 + 128 + 512
    model = build(three_conv)
    assert model.count_params() == convolutions + head + 4 * normalized
    assert size_of(model.non_trainable_weights) == 2 * normalized


def test_parameters_of_alexnet():
    convolutions = (
        conv(11, 1, 96)
        + conv(5, 96, 256)
        + conv(3, 256, 384)
        + conv(3, 384, 384)
        + conv(3, 384, 256)
    )
    # The first stride reduces 48 to 12, and the pooling layers to 6, 3 and 2.
    head = dense(2 * 2 * 256, 4096) + dense(4096, 4096) + dense(4096, 7)
    assert build(alexnet).count_params() == convolutions + head + 4 * (96 + 256)


def test_parameters_of_ann():
    hidden = dense(100, 256) + dense(256, 128) + 4 * (256 + 128)
    assert build(ann).count_params() == hidden + dense(128, 7)
    pixels = dense(48 * 48, 256) + dense(256, 128) + 4 * (256 + 128)
    assert ann((48, 48, 1)).count_params() == pixels + dense(128, 7)
    assert ann((100,), 3, hidden=(10,)).count_params() == dense(100, 10) + 4 * 10 + dense(10, 3)


@pytest.mark.parametrize("n_features", [4, 100, 1985])
def test_parameters_of_conv1d(n_features):
    convolutions = dense(5, 64) + dense(5 * 64, 128) + dense(3 * 128, 256)
    expected = convolutions + 4 * (64 + 128) + dense(256, 128) + dense(128, 7)
    assert conv1d((n_features,)).count_params() == expected


@pytest.mark.parametrize(("size", "side"), [(None, 1), (224, 7)])
def test_parameters_of_vgg16(size, side):
    widths = [3, 64, 64, 128, 128, *[256] * 3, *[512] * 6]
    backbone = sum(conv(3, a, b) for a, b in pairwise(widths))
    # All 18 layers except three.
    with pytest.warns(UserWarning, match="freezes 15 layers with random weights"):
        model = vgg16(weights=None, size=size)
    head = dense(side * side * 512, 256) + dense(256, 7)
    assert model.count_params() == backbone + head
    # Trained are block5_conv2, block5_conv3 and the head.
    assert size_of(model.trainable_weights) == 2 * conv(3, 512, 512) + head


def test_parameters_of_inception_resnet_v2():
    def unit(*widths, areas):
        """Count convolutions without bias, each with a normalization without scale."""
        return sum(
            area * a * b + 3 * b for area, (a, b) in zip(areas, pairwise(widths), strict=True)
        )

    stem = unit(3, 32, 32, 64, 80, 192, areas=(9, 9, 9, 1, 9))
    mixed_5b = (
        unit(192, 96, areas=(1,))
        + unit(192, 48, 64, areas=(1, 25))
        + unit(192, 64, 96, 96, areas=(1, 9, 9))
        + unit(192, 64, areas=(1,))
    )
    block35 = (
        unit(320, 32, areas=(1,))
        + unit(320, 32, 32, areas=(1, 9))
        + unit(320, 32, 48, 64, areas=(1, 9, 9))
        + dense(128, 320)
    )
    mixed_6a = unit(320, 384, areas=(9,)) + unit(320, 256, 256, 384, areas=(1, 9, 9))
    block17 = (
        unit(1088, 192, areas=(1,)) + unit(1088, 128, 160, 192, areas=(1, 7, 7)) + dense(384, 1088)
    )
    mixed_7a = (
        unit(1088, 256, 384, areas=(1, 9))
        + unit(1088, 256, 288, areas=(1, 9))
        + unit(1088, 256, 288, 320, areas=(1, 9, 9))
    )
    block8 = (
        unit(2080, 192, areas=(1,)) + unit(2080, 192, 224, 256, areas=(1, 3, 3)) + dense(448, 2080)
    )
    backbone = (
        stem + mixed_5b + 10 * block35 + mixed_6a + 20 * block17 + mixed_7a + 10 * block8
    ) + unit(2080, 1536, areas=(1,))
    model = build(inception_resnet_v2)
    assert model.count_params() == backbone + dense(1536, 256) + dense(256, 7)
