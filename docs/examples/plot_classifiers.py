"""
Comparison of SVM, random forest and nearest neighbors
======================================================

This example trains three classifiers on the same descriptors of drawn faces. See the benchmarks for
their accuracy on photos.
"""

import matplotlib.pyplot as plt
from sklearn.metrics import ConfusionMatrixDisplay

from fertools.datasets import make_faces
from fertools.evaluation import score_classification
from fertools.pipeline import make_fer_pipeline

# %%
# The data are seven expressions, drawn with different persons, poses and illumination.

train, test = make_faces(420, random_state=0), make_faces(210, random_state=1)
fig, axes = plt.subplots(2, 7, figsize=(9, 3))
for index, ax in enumerate(axes.flat):
    ax.imshow(train.images[index], cmap="gray", vmin=0, vmax=255)
    ax.set_title(train.labels[index], fontsize=8)
    ax.axis("off")

# %%
# Each pipeline consists of descriptors, the selection of 500 features by mRMR, standardization, and
# the classifier.

names = {
    "svm": "support vector machine",
    "rf": "random forest",
    "knn": "nearest neighbors",
}
predicted = {}
for classifier, name in names.items():
    pipeline = make_fer_pipeline(
        ("lbp", "dct"), n_features=500, classifier=classifier, random_state=0
    )
    pipeline.fit(train.images, train.labels)
    predicted[name] = pipeline.predict(test.images)
    scores = score_classification(test.labels, predicted[name])
    print(
        f"{name:22}  accuracy {scores['accuracy']:.2f}  macro-F1 {scores['macro_f1']:.2f}"
    )

# %%
# The confusion matrices show which expressions are mistaken for each other.

# sphinx_gallery_thumbnail_number = 2
fig, axes = plt.subplots(
    1, 3, figsize=(11, 4), sharey=True, layout="constrained"
)
for ax, (name, labels) in zip(axes, predicted.items(), strict=True):
    ConfusionMatrixDisplay.from_predictions(
        test.labels,
        labels,
        ax=ax,
        colorbar=False,
        cmap="Blues",
        xticks_rotation="vertical",
    )
    ax.set(
        title=name, ylabel="true" if ax is axes[0] else "", xlabel="predicted"
    )
