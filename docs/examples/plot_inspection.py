"""
What a network has learned
=========================

A small network on drawn faces: how its training went, what it mistakes, and what it looks at.
"""

from keras import Input, Sequential, layers

from fertools.datasets import make_faces
from fertools.neural import KerasImageClassifier
from fertools.plotting import (
    ConfusionMatrixDisplay,
    FeatureMapsDisplay,
    GradCAMDisplay,
    KernelsDisplay,
    LearningCurvesDisplay,
)


def network_of_my_own(input_shape, n_classes):
    """Three convolutions; instead of its name a classifier takes a network as a function."""
    return Sequential(
        [
            Input(input_shape),
            layers.Rescaling(1 / 127.5, offset=-1),
            layers.Conv2D(16, 5, padding="same", activation="relu", name="first"),
            layers.MaxPooling2D(2),
            layers.Conv2D(32, 3, padding="same", activation="relu", name="second"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, padding="same", activation="relu", name="third"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(n_classes, activation="softmax"),
        ]
    )


train, test = make_faces(420, random_state=0), make_faces(280, random_state=1)
network = KerasImageClassifier(network_of_my_own, epochs=10, batch_size=16, random_state=0)
network.fit(train.images, train.labels)
LearningCurvesDisplay.from_estimator(network)

# %%
# On faces that it has not seen:

ConfusionMatrixDisplay.from_estimator(network, test.images, test.labels)

# %%
# The kernels
# -----------
#
# The first convolution weighs 5 x 5 pixels: red adds, blue subtracts.

KernelsDisplay.from_estimator(network)

# %%
# A face, filtered by each of them, in the same order.

FeatureMapsDisplay.from_estimator(network, test.images[3])

# %%
# The maps of any other layer, by its name or index.

FeatureMapsDisplay.from_estimator(network, test.images[3], layer="second")

# %%
# Where it looks
# --------------
#
# Grad-CAM: the warmer a place, the more it speaks for the class that the network predicts. Wrong
# predictions have a frame.

GradCAMDisplay.from_estimator(network, test.images[:21], test.labels[:21])

# %%
# The same faces, and what in each of them speaks for surprise: much in those that show it, and
# little or nothing in the others. The heat of each face goes up to 1, however little it is.

GradCAMDisplay.from_estimator(network, test.images[:21], target="surprise")
