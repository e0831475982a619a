"""Kernels that Numba compiles at their first call, and keeps on disk."""

from functools import cached_property, update_wrapper


class compiled:
    """Decorator of a kernel: a function of arrays and numbers, written as plain loops.

    Numba is imported, and the kernel compiled, at its first call, so that importing the package
    costs neither. The machine code is cached beside the source, or where `NUMBA_CACHE_DIR` says:
    a version of a kernel is compiled once a machine. Kernels release the GIL and run on one
    thread; `map_chunks` lets chunks of images run side by side. A kernel calls no other.

    The compiler may contract a product and a sum to one rounding, and reorder a sum within its
    loop. As a loop never runs over several images, results do not depend on the batch.
    """

    def __init__(self, function):
        update_wrapper(self, function)

    @cached_property
    def _machine_code(self):
        from numba import njit

        options = {"nogil": True, "error_model": "numpy", "fastmath": {"contract", "reassoc"}}
        try:
            return njit(self.__wrapped__, cache=True, **options)
        except RuntimeError:  # no folder to keep it in
            return njit(self.__wrapped__, **options)

    def __call__(self, *arguments):
        return self._machine_code(*arguments)
