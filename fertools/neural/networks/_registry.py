"""Registry of the networks by name."""

from ._alexnet import alexnet
from ._double_conv_blocks import six_conv, small_vgg_elu, three_block
from ._feature_networks import ann, conv1d
from ._inception import inception_resnet_v2
from ._mobilenet import mobilenet_v2
from ._recipe import Recipe
from ._resnet import resnet50_v2
from ._single_conv_blocks import ckplus_cnn, five_conv, reference_cnn, three_conv
from ._vgg import vgg16

NETWORKS = {
    network.__name__: network
    for network in (
        ann,
        conv1d,
        alexnet,
        three_conv,
        six_conv,
        small_vgg_elu,
        three_block,
        reference_cnn,
        five_conv,
        ckplus_cnn,
        mobilenet_v2,
        vgg16,
        resnet50_v2,
        inception_resnet_v2,
    )
}


def _function(network):
    if callable(network):
        return network
    if network not in NETWORKS:
        raise ValueError(
            f"network must be one of {', '.join(NETWORKS)}, or a function; got {network!r}."
        )
    return NETWORKS[network]


def make_network(network, input_shape, n_classes, **options):
    """Build a network by name.

    Parameters
    ----------
    network : str or callable
        Key of `NETWORKS`, or a function with the same signature.
    input_shape : tuple of int
        Shape of an image, (height, width, channels), or (n_features,).
    n_classes : int
        Number of classes, at least 2.
    **options : dict
        Keyword arguments of the network function.

    Returns
    -------
    keras.Model
        Uncompiled network.

    Raises
    ------
    ValueError
        If there is no network of that name, or an argument is invalid.

    Examples
    --------
    >>> from fertools.neural.networks import make_network
    >>> make_network("five_conv", (48, 48, 1), 7).count_params()
    3441543
    """
    return _function(network)(input_shape, n_classes, **options)


def recipe_of(network):
    """Return the published training settings of a network.

    Parameters
    ----------
    network : str or callable
        Key of `NETWORKS`, or a function.

    Returns
    -------
    Recipe
        Recipe of the network; the default recipe for a function without one.

    Raises
    ------
    ValueError
        If there is no network of that name.

    Examples
    --------
    >>> from fertools.neural.networks import recipe_of
    >>> recipe_of("six_conv").optimizer
    'rmsprop'
    """
    return getattr(_function(network), "recipe", Recipe())
