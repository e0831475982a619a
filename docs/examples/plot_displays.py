"""
Displays of data, training and results
======================================

This example shows the Display classes of ``fertools.plotting`` on drawn faces.
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
# Data
# ----
#
# Three random images of each class.

display = SampleGridDisplay.from_bunch(train, n=3, random_state=0)

# %%
# Original and augmented images.

display = AugmentedSamplesDisplay.from_estimator(
    Augmenter(random_state=0), train.images[:3]
)

# %%
# Training
# --------
#
# Networks store their learning curves in ``history_``. Any dict with the same keys can be drawn,
# such as the history of a linear model on pixels.

model = SGDClassifier(loss="log_loss", alpha=0.1, random_state=0)
parts = {"": train, "val_": test}
history = {prefix + key: [] for prefix in parts for key in ("loss", "accuracy")}
for _ in range(30):
    model.partial_fit(
        train.images.reshape(420, -1) / 255,
        train.labels,
        np.unique(train.labels),
    )
    for prefix, part in parts.items():
        probabilities = model.predict_proba(
            part.images.reshape(len(part.images), -1) / 255
        )
        predictions = model.classes_[probabilities.argmax(axis=1)]
        history[f"{prefix}loss"].append(log_loss(part.labels, probabilities))
        history[f"{prefix}accuracy"].append(
            accuracy_score(part.labels, predictions)
        )
display = LearningCurvesDisplay.from_history(history)

# %%
# Results
# -------
#
# The cells of the confusion matrix show the share of the true class and the number of faces.

pipeline = make_fer_pipeline("lbp", n_features=100, classifier="knn")
pipeline.fit(train.images, train.labels)
# sphinx_gallery_thumbnail_number = 4
display = ConfusionMatrixDisplay.from_estimator(
    pipeline, test.images, test.labels
)

# %%
# The first faces with their labels and wrong predictions.

display = SampleGridDisplay.from_estimator(
    pipeline, test.images[:21], test.labels[:21]
)

# %%
# The reliability diagram compares the predicted probabilities with the accuracy.

display = ReliabilityDisplay.from_estimator(
    pipeline, test.images, test.labels, n_bins=10
)
