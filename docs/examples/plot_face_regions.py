"""
Where the chosen features look
==============================

Every feature knows its box on the face, so a selection can be drawn as a map.
"""

from fertools.datasets import make_faces
from fertools.pipeline import load_pretrained, make_fer_pipeline
from fertools.plotting import FaceRegionsDisplay

faces = make_faces(420, random_state=0)
mean_face = faces.images.mean(axis=0)
pipeline = make_fer_pipeline(("lbp", "dct"), n_features=200, classifier="knn")
pipeline.fit(faces.images, faces.labels)
FaceRegionsDisplay.from_estimator(pipeline, face=mean_face)

# %%
# The model that ships in the package, trained on FER-2013: 4,000 features of 18 descriptors. It
# looks at the mouth first, and then at the eyes and the brows.

FaceRegionsDisplay.from_estimator(load_pretrained(), face=mean_face)

# %%
# All its features in one map.

FaceRegionsDisplay.from_estimator(load_pretrained(), face=mean_face, per_descriptor=False)
