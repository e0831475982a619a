"""
Data, training and results as figures
=====================================

The Display classes of ``fertools.plotting``, each on drawn faces.
"""

import numpy as np
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import accuracy_score, log_loss

from fertools.datasets import make_faces
from fertools.pipeline import make_fer_pipeline
from fertools.plotting import (
    AugmentedSamplesDisplay,
    ConfusionMatrixDisplay,
    LearningCurvesDisplay,
    ReliabilityDisplay,
    SampleGridDisplay,
)
from fertools.preprocessing import Augmenter

train, test = make_faces(420, random_state=0), make_faces(280, random_state=1)

# %%
# A data set
# ----------
#
# Three images of each class, chosen at random.

SampleGridDisplay.from_bunch(train, n=3, random_state=0)

# %%
# Each image beside copies of it.

AugmentedSamplesDisplay.from_estimator(Augmenter(random_state=0), train.images[:3])

# %%
# A training
# ----------
#
# Networks record their losses in ``history_``. Any record with the same keys can be drawn, here
# that of a linear model on pixels.

model = SGDClassifier(loss="log_loss", alpha=0.1, random_state=0)
parts = {"": train, "val_": test}
history = {prefix + key: [] for prefix in parts for key in ("loss", "accuracy")}
for _ in range(30):
    model.partial_fit(train.images.reshape(420, -1) / 255, train.labels, np.unique(train.labels))
    for prefix, part in parts.items():
        probabilities = model.predict_proba(part.images.reshape(len(part.images), -1) / 255)
        predictions = model.classes_[probabilities.argmax(axis=1)]
        history[f"{prefix}loss"].append(log_loss(part.labels, probabilities))
        history[f"{prefix}accuracy"].append(accuracy_score(part.labels, predictions))
LearningCurvesDisplay.from_history(history)

# %%
# Results
# -------
#
# In each cell the share of the true class, and the number of faces.

pipeline = make_fer_pipeline("lbp", n_features=100, classifier="knn")
pipeline.fit(train.images, train.labels)
ConfusionMatrixDisplay.from_estimator(pipeline, test.images, test.labels)

# %%
# The first faces with what they were taken for.

SampleGridDisplay.from_estimator(pipeline, test.images[:21], test.labels[:21])

# %%
# How far the probabilities can be trusted.

ReliabilityDisplay.from_estimator(pipeline, test.images, test.labels, n_bins=10)
