"""
Comparison of descriptors
=========================

This example trains three classifiers on LBP, DCT and Zernike moments, and on all of them together.
"""

import matplotlib.pyplot as plt
import pandas as pd

from fertools.datasets import make_faces
from fertools.pipeline import make_fer_pipeline

train, test = make_faces(210, random_state=0), make_faces(210, random_state=1)
sets = {
    "LBP": ("lbp",),
    "DCT": ("dct",),
    "Zernike": ("zernike",),
    "all": ("lbp", "dct", "zernike"),
}
scores = pd.DataFrame(
    index=list(sets), columns=["svm", "rf", "knn"], dtype=float
)
for name, features in sets.items():
    for classifier in scores.columns:
        pipeline = make_fer_pipeline(
            features,
            selector="anova",
            n_features=300,
            classifier=classifier,
            random_state=0,
        )
        pipeline.fit(train.images, train.labels)
        scores.loc[name, classifier] = pipeline.score(test.images, test.labels)
scores.round(3)

# %%
# Drawn faces are easier than photos, so the accuracies do not carry over to real faces.

axis = scores.plot.bar(rot=0, ylabel="accuracy", ylim=(0, 1))
axis.legend(title="classifier", loc="lower right")
plt.tight_layout()
