"""Parallel loops over images with bounded memory, on any backend of joblib."""

import threading
from contextlib import nullcontext
from functools import cache
from itertools import islice
from numbers import Integral

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs, wrap_non_picklable_objects
from joblib.parallel import BACKENDS, get_active_backend
from sklearn import get_config
from sklearn.utils import gen_batches
from threadpoolctl import ThreadpoolController

# 64 faces of 48 x 48 as float32 are 0.6 MB: what a kernel works on stays in the cache.
CHUNK_SIZE = 64
# Entry of `_parameter_constraints` for `n_jobs`; NumPy integers are accepted too.
N_JOBS = [Integral, None]


def rows_in_memory(row_bytes, n_workers, at_most=CHUNK_SIZE):
    """Return how many rows a chunk may have, so that all workers stay in the working memory.

    Parameters
    ----------
    row_bytes : int
        Memory that a row takes while it is worked on.
    n_workers : int
        Chunks that are worked on at a time.
    at_most : int, default=64

    Returns
    -------
    int
        At least 1: an image is not cut. The working memory is ``get_config()["working_memory"]``
        of scikit-learn, in MiB.
    """
    n_rows = get_config()["working_memory"] * 2**20 // (row_bytes * n_workers)
    return max(1, min(at_most, int(n_rows)))


@cache
def _blas():
    # It looks through every library of the process, which takes milliseconds.
    return ThreadpoolController().select(user_api="blas")


def one_blas_thread():
    """Return a context in which BLAS works on one thread.

    The number belongs to the process, and threads that enter and leave in turns could not restore
    it: only the main thread changes it.
    """
    if threading.current_thread() is threading.main_thread():
        return _blas().limit(limits=1)
    return nullcontext()


def parallel_map(function, items, *, n_jobs=None, per_worker=4):
    """Apply a function to each item, lazily and in order.

    Items are read and processed in batches of `per_worker` items per worker, so that only one
    batch is in memory. Nothing runs while the caller works on the results of a batch, or after the
    caller has dropped the iterator.

    Parameters
    ----------
    function : callable
        Function of one item.
    items : iterable
    n_jobs : int or None, default=None
        Number of parallel jobs, as in joblib. Threads by default, because the kernels release the
        GIL; ``joblib.parallel_config(backend=...)`` around the call selects another backend.
    per_worker : int, default=4
        Number of items per worker and batch.

    Returns
    -------
    iterator
        The results.

    Raises
    ------
    ValueError
        If `n_jobs` is neither an int nor None.
    """
    if not (n_jobs is None or isinstance(n_jobs, Integral)):
        raise ValueError(f"n_jobs must be an int or None; got {n_jobs!r}.")
    # Created here and not in the generator, which may run after the caller's parallel_config.
    parallel = Parallel(n_jobs=n_jobs, prefer="threads")
    n_workers = effective_n_jobs(n_jobs)
    if isinstance(get_active_backend(prefer="threads")[0], BACKENDS["multiprocessing"]):
        # This backend pickles without cloudpickle, which cannot send functions within functions.
        function = wrap_non_picklable_objects(function)
    if n_workers == 1:
        return map(function, items)
    return _batches(parallel, delayed(function), items, n_workers * per_worker)


def _batches(parallel, task, items, size):
    items = iter(items)
    with parallel:
        while batch := list(islice(items, size)):
            with one_blas_thread():
                results = parallel(map(task, batch))
            # Keep neither the inputs nor the results while the caller works on the latter.
            batch = None
            yield from results
            results = None


def generator_or_list():
    """Return the `return_as` of `joblib.Parallel` that is lazy if the active backend permits it."""
    backend, _ = get_active_backend()
    return "generator" if backend.supports_return_generator else "list"


def map_chunks(
    function,
    X,
    n_columns,
    *,
    n_jobs=None,
    dtype=np.float32,
    chunk_size=CHUNK_SIZE,
    row_bytes=1,
):
    """Fill an array `(len(X), n_columns)` with ``function(chunk)``, chunk after chunk.

    Parameters
    ----------
    function : callable
        Takes a slice of `X` of at most `chunk_size` rows and returns an array
        `(n_rows, n_columns)`.
    X : ndarray
        Anything that slices along its first axis.
    n_columns : int
        Columns of the result.
    n_jobs : int or None, default=None
        Number of parallel jobs, as in `parallel_map`.
    dtype : dtype
        Of the result.
    chunk_size : int
        Rows a chunk, at most.
    row_bytes : int
        Memory that `function` takes for a row, its result included; see `rows_in_memory`.

    Returns
    -------
    ndarray of shape (len(X), n_columns), C-contiguous
    """
    out = np.empty((len(X), n_columns), dtype=dtype)
    n_workers = effective_n_jobs(n_jobs)
    slices = list(gen_batches(len(X), rows_in_memory(row_bytes, n_workers, chunk_size)))
    if len(slices) == 1:
        n_jobs = 1
    if getattr(get_active_backend(prefer="threads")[0], "supports_sharedmem", False):

        def fill(rows):
            out[rows] = function(X[rows])

        for _ in parallel_map(fill, slices, n_jobs=n_jobs, per_worker=len(slices)):
            pass
    else:
        results = parallel_map(function, (X[rows] for rows in slices), n_jobs=n_jobs)
        for rows, result in zip(slices, results, strict=True):
            out[rows] = result
    return out
