"""Kernels that Numba compiles at their first call, and keeps on disk."""

from functools import cached_property, update_wrapper


class compiled:
    """Decorator of a kernel: a function of arrays and numbers, written as plain loops.

    Numba is imported, and the kernel compiled, at its first call, so that importing the package
    costs neither. The machine code is cached beside the source, or where `NUMBA_CACHE_DIR` says,
    so each version of a kernel is compiled once a machine. Kernels release the GIL and run on one
    thread; chunks of images run side by side, see `map_chunks`. A kernel calls no other.

    Products and sums may be contracted to one rounding (FMA) where the processor can; nothing is
    reordered.
    """

    def __init__(self, function):
        update_wrapper(self, function)

    @cached_property
    def _machine_code(self):
        from numba import njit

        options = {"nogil": True, "error_model": "numpy", "fastmath": {"contract"}}
        try:
            return njit(self.__wrapped__, cache=True, **options)
        except RuntimeError:  # no folder to keep it in
            return njit(self.__wrapped__, **options)

    def __call__(self, *arrays):
        return self._machine_code(*arrays)
