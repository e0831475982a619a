"""
Leaking and person-independent splits
=====================================

This example evaluates two models on frames of drawn people with four ways to split the data, and
compares the results with the accuracy on new people. A lesson explains it step by step.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from fertools.datasets import make_faces
from fertools.evaluation import DuplicateAwareKFold, score_classification
from fertools.features import DiscreteCosine
from fertools.pipeline import make_fer_pipeline
from fertools.preprocessing import Augmenter

# %%
# Three frames of each of 105 people. Half as many images as there are people occur twice.


def film(n_people, seed):
    """Return three frames of each person, with labels and persons."""
    people = make_faces(n_people, random_state=seed)
    shake = Augmenter(
        rotation=8,
        shift=0.06,
        shear=0,
        zoom=0.05,
        flip=0,
        noise=0.03,
        random_state=seed,
    )
    frames = shake.augment(np.repeat(people.images, 3, axis=0))
    return (
        frames,
        np.repeat(people.labels, 3),
        np.repeat(np.arange(n_people), 3),
    )


images, labels, persons = film(105, seed=0)
again = np.random.default_rng(0).choice(len(images), 52, replace=False)
rows = np.concatenate([np.arange(len(images)), again])
images, labels, persons = images[rows], labels[rows], persons[rows]
new_images, new_labels, _ = film(350, seed=1)

fig, axes = plt.subplots(2, 9, figsize=(9, 2.2), layout="constrained")
for ax, image in zip(axes.flat, images, strict=False):
    ax.imshow(image, cmap="gray", vmin=0, vmax=255)
    ax.set_axis_off()

# %%
# The nearest neighbor remembers people; the support vector machine also learns expressions.

models = {
    "nearest neighbor": make_pipeline(
        DiscreteCosine(60), KNeighborsClassifier(1)
    ),
    "support vector machine": make_fer_pipeline(
        ("lbp", "hog"), selector="anova", n_features=600, random_state=0
    ),
}
shuffled = {"shuffle": True, "random_state": 0}
splits = {
    "random": (StratifiedKFold(5, **shuffled), None),
    "no exact duplicates": (
        DuplicateAwareKFold(5, max_distance=None, **shuffled),
        None,
    ),
    "no near duplicates": (DuplicateAwareKFold(5, **shuffled), None),
    "by persons": (
        DuplicateAwareKFold(5, max_distance=None, **shuffled),
        persons,
    ),
}
scores = {}
for model, estimator in models.items():
    for split, (cv, groups) in splits.items():
        predicted = cross_val_predict(
            estimator, images, labels, groups=groups, cv=cv
        )
        scores[model, split] = score_classification(labels, predicted)
    predicted = estimator.fit(images, labels).predict(new_images)
    scores[model, "new people"] = score_classification(new_labels, predicted)

# %%
# Only the split by persons predicts the accuracy on new people. The bars show the 95 % confidence
# interval.

# sphinx_gallery_thumbnail_number = 2
names = [*splits, "new people"]
fig, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
for model, offset, color in (
    ("nearest neighbor", -0.2, "C1"),
    ("support vector machine", 0.2, "C0"),
):
    accuracy = np.array([scores[model, name]["accuracy"] for name in names])
    limits = np.array(
        [scores[model, name]["accuracy_interval"] for name in names]
    )
    ax.bar(
        np.arange(len(names)) + offset,
        accuracy,
        0.36,
        yerr=np.abs(limits.T - accuracy),
        label=model,
        color=color,
        alpha=0.75,
        capsize=3,
    )
ax.axhline(1 / 7, color="gray", linestyle="--", linewidth=1, label="chance")
ax.axvline(3.5, color="gray", linewidth=0.8)
ax.set(
    xticks=range(len(names)),
    xticklabels=[name.replace(" dup", "\ndup") for name in names],
    yticks=np.arange(0, 1.1, 0.2),
    ylabel="accuracy",
    ylim=(0, 1.25),
)
legend = ax.legend(loc="upper right", ncols=3, frameon=False)
