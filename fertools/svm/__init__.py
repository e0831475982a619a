"""Support vector machines on kernel matrices that are built with matrix products."""

from ._centroid_classifier import CentroidKernelClassifier
from ._centroid_nystroem import CentroidNystroem
from ._fused_kernel import FusedKernelClassifier
from ._gram_svc import GramSVC
from ._kernel_ridge import KernelRidgeClassifier
from ._kernels import kernel_matrix
from ._local_svc import LocalSVC
from ._multi_kernel import MultiKernel
from ._reduced_set import ReducedSetSVC
from ._reduced_set_ridge import ReducedSetRidgeClassifier
from ._weights import tune_weights

__all__ = [
    "CentroidKernelClassifier",
    "CentroidNystroem",
    "FusedKernelClassifier",
    "GramSVC",
    "KernelRidgeClassifier",
    "LocalSVC",
    "MultiKernel",
    "ReducedSetRidgeClassifier",
    "ReducedSetSVC",
    "kernel_matrix",
    "tune_weights",
]
