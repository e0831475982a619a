"""Work is cut into chunks, so that memory is bounded and workers have something to share."""

import threading
from contextlib import nullcontext
from functools import cache

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs
from sklearn import get_config
from sklearn.utils import gen_batches
from threadpoolctl import ThreadpoolController

# 64 faces of 48 x 48 as float32 are 0.6 MB: what a kernel works on stays in the cache.
CHUNK_SIZE = 64


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
    n_jobs : int or None
        joblib's meaning. Threads by default, as the kernels release the GIL; a
        ``joblib.parallel_config(backend=...)`` around the call decides otherwise.
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
    if len(slices) == 1 or n_workers == 1:
        for rows in slices:
            out[rows] = function(X[rows])
        return out
    with one_blas_thread():
        results = Parallel(n_jobs=n_jobs, prefer="threads", return_as="generator")(
            delayed(function)(X[rows]) for rows in slices
        )
        for rows, result in zip(slices, results, strict=True):
            out[rows] = result
    return out
