"""Published training settings of a network."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Training settings and reported accuracy of a network.

    The recipe of a network function is its attribute `recipe`. Settings missing in the report have
    values chosen by fertools.

    Attributes
    ----------
    optimizer : {"sgd", "momentum", "nesterov", "adagrad", "adadelta", "rmsprop", "adam"}
    learning_rate : float
        Initial learning rate.
    batch_size : int
        Number of samples per step.
    epochs : int
        Number of epochs; the maximum with early stopping.
    loss : {"crossentropy", "hinge"}
        Loss function of the probabilities.
    augmentation : bool
        Whether the training images were augmented.
    early_stopping : bool
        Whether training stops on a plateau of the validation loss and restores the best weights.
    plateau_factor : float or None
        Factor of the learning rate on a plateau of the validation loss.
    image_size : int or None
        Side of the resized images in pixels; None keeps their size.
    reported : float or None
        Published accuracy in percent. Never compare it without `caveat`.
    caveat : str
        Images that the published accuracy was measured on, and how they differ from a test set.

    Examples
    --------
    >>> from fertools.neural.networks import recipe_of
    >>> recipe = recipe_of("five_conv")
    >>> recipe.epochs, recipe.reported
    (25, 62.1)
    """

    optimizer: str = "adam"
    learning_rate: float = 1e-3
    batch_size: int = 128
    epochs: int = 40
    loss: str = "crossentropy"
    augmentation: bool = False
    early_stopping: bool = False
    plateau_factor: float | None = None
    image_size: int | None = None
    reported: float | None = None
    caveat: str = ""


def trained_with(**settings):
    """Return a decorator that gives a network function its recipe."""

    def carry(network):
        network.recipe = Recipe(**settings)
        return network

    return carry
