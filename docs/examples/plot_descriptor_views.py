"""
Descriptors as pictures
=======================

Descriptors reduce a face to numbers. This example draws what is left of the face.
"""

import matplotlib.pyplot as plt
from skimage.data import astronaut

from fertools.datasets import make_faces
from fertools.detection import FaceLocalizer
from fertools.features import VisualWords
from fertools.inspection import dct_basis, word_view
from fertools.pipeline import make_fer_pipeline
from fertools.plotting import DescriptorViewsDisplay, FeatureSubsetDisplay

[face] = FaceLocalizer(size=96).fit_transform([astronaut()])

# %%
# Local binary patterns compare each pixel with its neighbors, so that brightness does not matter.
# Histograms of oriented gradients count edges by direction in cells. The first coefficients of the
# discrete cosine transform and low degrees of Zernike moments describe the face as a blurred image;
# details come with larger numbers.

display = DescriptorViewsDisplay.from_image(
    face, dct=(10, 60, 400), zernike=(4, 8, 16, 32)
)

# %%
# The DCT describes a face as a weighted sum of these images, in zigzag order:

figure, axes = plt.subplots(3, 8, figsize=(8, 3.2), layout="constrained")
for axis, image in zip(axes.flat, dct_basis(24), strict=True):
    axis.imshow(image, cmap="gray", vmin=-0.05, vmax=0.05)
    axis.set_axis_off()

# %%
# Visual words are learned from local descriptors, here of small patches. Each color is the word
# with the largest response.

words = VisualWords(24, local="patch", size=8, step=1, random_state=0)
words.fit(face[None])
display = DescriptorViewsDisplay(
    {"face": face, "visual words": word_view(face, words)}
).plot()

# %%
# A selector keeps the features that tell the expressions apart. Few features of the forehead and of
# the background remain.

faces = make_faces(210, random_state=0)
pipeline = make_fer_pipeline(
    ("lbp", "dct", "hog"), n_features=300, selector="anova"
)
pipeline.fit(faces.images, faces.labels)
display = FeatureSubsetDisplay.from_estimator(pipeline)
