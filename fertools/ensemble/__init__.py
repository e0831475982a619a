"""Averages of several answers to one image."""

from ._views import ViewAveraging

__all__ = ["ViewAveraging"]
