"""Support vector machines on kernel matrices that are built with matrix products."""

from .._utils.public_modules import set_public_module
from ._centroid_classifier import CentroidKernelClassifier
from ._centroid_nystroem import CentroidNystroem
from ._gram_svc import GramSVC
from ._kernel_functions import RowKernel, kernel_matrix  # noqa: F401
from ._kernel_ridge import KernelRidgeClassifier
from ._local_svc import LocalSVC
from ._multi_kernel import MultiKernel
from ._reduced_set_ridge import ReducedSetRidgeClassifier
from ._reduced_set_svc import ReducedSetSVC
from ._weight_tuning import tune_weights

__all__ = [
    "CentroidKernelClassifier",
    "CentroidNystroem",
    "GramSVC",
    "KernelRidgeClassifier",
    "LocalSVC",
    "MultiKernel",
    "ReducedSetRidgeClassifier",
    "ReducedSetSVC",
    "kernel_matrix",
    "tune_weights",
]

# Saved models hold a RowKernel.
set_public_module(globals(), [*__all__, "RowKernel"])
