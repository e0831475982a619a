"""
Where the chosen features look
==============================

Every feature knows its box on the face, so a selection can be drawn as a map.
"""

from fertools.datasets import make_faces
from fertools.pipeline import make_fer_pipeline
from fertools.plotting import FaceRegionsDisplay

faces = make_faces(420, random_state=0)
mean_face = faces.images.mean(axis=0)
pipeline = make_fer_pipeline(("lbp", "dct"), n_features=200, classifier="knn")
pipeline.fit(faces.images, faces.labels)
FaceRegionsDisplay.from_estimator(pipeline, face=mean_face)

# %%
# All its features in one map.

FaceRegionsDisplay.from_estimator(pipeline, face=mean_face, per_descriptor=False)
