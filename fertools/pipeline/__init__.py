"""Pipelines from face images to expressions, and classifiers of images."""

from .._utils.public_modules import set_public_module
from ._factories import make_features, make_fer_pipeline, make_grid, selection_report
from ._kernel_image_classifier import KernelImageClassifier
from ._pretrained import make_pretrained_pipeline
from ._view_averaging import ViewAveraging, image_views

__all__ = [
    "KernelImageClassifier",
    "ViewAveraging",
    "image_views",
    "make_features",
    "make_fer_pipeline",
    "make_grid",
    "make_pretrained_pipeline",
    "selection_report",
]

set_public_module(globals(), __all__)
