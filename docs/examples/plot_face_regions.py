"""
Face regions of selected features
=================================

Each feature is computed in a box of the face, so that selected features can be drawn as a map.
"""

from fertools.datasets import make_faces
from fertools.pipeline import make_fer_pipeline
from fertools.plotting import FaceRegionsDisplay

faces = make_faces(420, random_state=0)
mean_face = faces.images.mean(axis=0)
pipeline = make_fer_pipeline(("lbp", "dct"), n_features=200, classifier="knn")
pipeline.fit(faces.images, faces.labels)
display = FaceRegionsDisplay.from_estimator(pipeline, face=mean_face)

# %%
# A single map of all descriptors:

display = FaceRegionsDisplay.from_estimator(
    pipeline, face=mean_face, per_descriptor=False
)
