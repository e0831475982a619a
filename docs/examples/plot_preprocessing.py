"""
Illumination normalization and augmentation
===========================================

This example shows the illumination filters and the augmenter on a face, and a grid search over
preprocessing steps.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import GridSearchCV

from fertools.datasets import make_faces
from fertools.pipeline import make_fer_pipeline, make_grid
from fertools.preprocessing import Augmenter

faces = make_faces(7, size=96, noise=2, random_state=3).images

# %%
# Illumination
# ------------
#
# The second row is the same face, illuminated from the right.

names = ["equalize", "clahe", "gamma", "tan_triggs", "dog", "mask"]
filters = dict(
    zip(names, make_grid(illumination=names)["illumination"], strict=True)
)
shaded = (faces * np.linspace(0.15, 1, 96)).astype(np.uint8)
_, axes = plt.subplots(2, 7, figsize=(10, 3.2), layout="constrained")
for row, images in zip(axes, (faces[3:4], shaded[3:4]), strict=True):
    row[0].imshow(images[0], cmap="gray", vmin=0, vmax=255)
    for ax, filter in zip(row[1:], filters.values(), strict=True):
        picture = filter.fit_transform(images)[0]
        dark, white = (0, 255) if picture.dtype == np.uint8 else (None, None)
        ax.imshow(picture, cmap="gray", vmin=dark, vmax=white)
for ax, name in zip(axes[0], ["original", *names], strict=True):
    ax.set_title(name, fontsize=9)
for ax in axes.flat:
    ax.axis("off")

# %%
# Augmentation
# ------------
#
# The default augmentation, a weaker one, and one with brightness, noise and occlusion:

rows = {
    "default": Augmenter(random_state=0),
    "weak": Augmenter(
        rotation=10, shift=0.05, shear=0.05, zoom=0.1, random_state=0
    ),
    "strong": Augmenter(
        brightness=0.4, noise=0.04, occlusion=0.4, random_state=0
    ),
}
_, axes = plt.subplots(3, 8, figsize=(10, 4), layout="constrained")
for row, (name, augmenter) in zip(axes, rows.items(), strict=True):
    for ax, image in zip(
        row, augmenter.augment(np.repeat(faces[3:4], 8, axis=0)), strict=True
    ):
        ax.imshow(image, cmap="gray", vmin=0, vmax=255)
        ax.set(xticks=[], yticks=[])
    row[0].set_ylabel(name, fontsize=9)

# %%
# Grid search
# -----------
#
# ``make_grid`` maps the string options of ``make_fer_pipeline`` to pipeline steps, so that a grid
# search can select illumination filter, scaling, projection and classifier together.

drawn = make_faces(140, random_state=0)
search = GridSearchCV(
    make_fer_pipeline("dct", n_features=100),
    make_grid(
        illumination=[None, "equalize", "tan_triggs"],
        scaling=["standard", "minmax", "unit"],
        reduction=[None, "pca", "lda"],
        classifier=["svm", "knn"],
    ),
    cv=2,
).fit(drawn.images, drawn.labels)
print(
    f"{len(search.cv_results_['params'])} pipelines, the best: {search.best_score_:.2f}"
)
for step, choice in search.best_params_.items():
    print(f"{step:9} {choice}")
