"""Support vector machines on kernel matrices that are built with matrix products."""

from ._centroid_classifier import CentroidKernelClassifier
from ._centroid_nystroem import CentroidNystroem
from ._gram_svc import GramSVC
from ._kernels import kernel_matrix

__all__ = ["CentroidKernelClassifier", "CentroidNystroem", "GramSVC", "kernel_matrix"]
