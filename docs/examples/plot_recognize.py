"""
From a photo to an expression
=============================

Train a small pipeline on drawn faces, find the face in a photo, and draw the answer.

The pipeline has never seen a photo, so its answer is for show; a model that ships with fertools
(:func:`~fertools.persistence.load_pretrained`) takes its place in earnest.
"""

import matplotlib.pyplot as plt
from skimage.data import astronaut

from fertools.annotation import annotate
from fertools.datasets import make_faces
from fertools.pipeline import make_fer_pipeline
from fertools.recognizer import ExpressionRecognizer

# %%
# Drawn faces, labeled with the names of their expressions.

faces = make_faces(280, random_state=0)
figure, axes = plt.subplots(1, 7, figsize=(10, 2))
for axis, image, label in zip(axes, faces.images, faces.labels, strict=False):
    axis.imshow(image, cmap="gray", vmin=0, vmax=255)
    axis.set(title=label, xticks=[], yticks=[])

# %%
# A pipeline with probabilities, and a recognizer around it.

pipeline = make_fer_pipeline(
    ("lbp", "dct"), n_features=300, classifier="svm", calibrated=True, random_state=0
)
recognizer = ExpressionRecognizer(pipeline.fit(faces.images, faces.labels))
found = recognizer.recognize(astronaut())

# %%
# Its answer.

figure, axis = plt.subplots(figsize=(9, 6))
axis.imshow(annotate(astronaut(), found))
axis.set_axis_off()
