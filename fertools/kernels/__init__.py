"""Kernel classifiers whose kernel matrices are computed with matrix products."""

from .._utils.public_modules import set_public_module
from ._gram_svc import GramSVC
from ._kernel_ridge import KernelRidgeClassifier
from ._kernel_ridge_cv import KernelRidgeClassifierCV
from ._multi_kernel import MultiKernel
from ._pair_means_classifier import PairMeansClassifier
from ._single_kernel import SingleKernel

__all__ = [
    "GramSVC",
    "KernelRidgeClassifier",
    "KernelRidgeClassifierCV",
    "MultiKernel",
    "PairMeansClassifier",
]

# Saved classifiers contain a SingleKernel.
set_public_module(globals(), [*__all__, SingleKernel.__name__])
