"""
Recognition of the expression in a photo
========================================

This example trains a small pipeline on drawn faces, detects the face in a photo, and draws the
recognized expression.

The pipeline is trained on drawings only, so its prediction is not reliable. For photos, load a
pretrained model with :func:`~fertools.persistence.load_pretrained`.
"""

import matplotlib.pyplot as plt
from skimage.data import astronaut

from fertools.annotation import annotate
from fertools.datasets import make_faces
from fertools.pipeline import make_fer_pipeline
from fertools.recognizer import ExpressionRecognizer

# %%
# The training data are drawn faces with their expressions as labels.

faces = make_faces(280, random_state=0)
figure, axes = plt.subplots(1, 7, figsize=(10, 2))
for axis, image, label in zip(axes, faces.images, faces.labels, strict=False):
    axis.imshow(image, cmap="gray", vmin=0, vmax=255)
    axis.set(title=label, xticks=[], yticks=[])

# %%
# The recognizer combines a face detector and a pipeline with calibrated probabilities.

pipeline = make_fer_pipeline(
    ("lbp", "dct"), n_features=300, classifier="svm", calibrated=True, random_state=0
)
recognizer = ExpressionRecognizer(pipeline.fit(faces.images, faces.labels))
found = recognizer.recognize(astronaut())

# %%
# The recognized expression is drawn into the photo.

figure, axis = plt.subplots(figsize=(9, 6))
axis.imshow(annotate(astronaut(), found))
axis.set_axis_off()
