"""
Inspection of a network
=======================

This example trains a small network on drawn faces, and shows its learning curves, errors, kernels,
feature maps and Grad-CAM heat maps.
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


def small_network(input_shape, n_classes):
    """Return a network of three convolutions; classifiers accept a function or a name."""
    return Sequential(
        [
            Input(input_shape),
            layers.Rescaling(1 / 127.5, offset=-1),
            layers.Conv2D(
                16, 5, padding="same", activation="relu", name="first"
            ),
            layers.MaxPooling2D(2),
            layers.Conv2D(
                32, 3, padding="same", activation="relu", name="second"
            ),
            layers.MaxPooling2D(2),
            layers.Conv2D(
                64, 3, padding="same", activation="relu", name="third"
            ),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(n_classes, activation="softmax"),
        ]
    )


train, test = make_faces(420, random_state=0), make_faces(280, random_state=1)
network = KerasImageClassifier(
    small_network, epochs=10, batch_size=16, random_state=0
)
network.fit(train.images, train.labels)
display = LearningCurvesDisplay.from_estimator(network)

# %%
# The confusion matrix of test faces:

display = ConfusionMatrixDisplay.from_estimator(
    network, test.images, test.labels
)

# %%
# Kernels
# -------
#
# The first convolution has kernels of 5 x 5 pixels, with positive weights in red and negative ones
# in blue.

display = KernelsDisplay.from_estimator(network)

# %%
# Convolutions of a face with these kernels, in the same order:

display = FeatureMapsDisplay.from_estimator(network, test.images[3])

# %%
# Feature maps of another layer, selected by name or index:

display = FeatureMapsDisplay.from_estimator(
    network, test.images[3], layer="second"
)

# %%
# Grad-CAM
# --------
#
# Warm regions contribute to the score of the predicted class. Wrong predictions have a frame.

# sphinx_gallery_thumbnail_number = 6
display = GradCAMDisplay.from_estimator(
    network, test.images[:21], test.labels[:21]
)

# %%
# Heat maps of the class surprise for the same faces. Each heat map is scaled to a maximum of 1,
# also for faces of other classes.

display = GradCAMDisplay.from_estimator(
    network, test.images[:21], target="surprise"
)
