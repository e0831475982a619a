"""Averages of several answers to one image."""

from ._views import ViewAveraging, image_views

__all__ = ["ViewAveraging", "image_views"]
