"""Loop over images in parallel with bounded memory, on any backend of joblib."""

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

# 64 faces of 48 x 48 float32 pixels occupy 0.6 MB, which fits into the cache of a processor.
CHUNK_SIZE = 64
# Constraint of the parameter `n_jobs`, which can also be a NumPy integer.
N_JOBS = [Integral, None]


def rows_in_memory(row_bytes, n_workers, at_most=CHUNK_SIZE):
    """Return the number of samples per chunk for which all workers fit into the working memory.

    Parameters
    ----------
    row_bytes : int
        Memory in bytes that a sample occupies during processing.
    n_workers : int
        Number of chunks that are processed at a time.
    at_most : int, default=64
        Largest number of samples per chunk.

    Returns
    -------
    int
        At least 1, because an image is not split. The working memory is the setting
        ``working_memory`` of scikit-learn, in MiB.
    """
    n_rows = get_config()["working_memory"] * 2**20 // (row_bytes * n_workers)
    return max(1, min(at_most, int(n_rows)))


@cache
def _blas():
    # Searching the libraries of the process takes milliseconds.
    return ThreadpoolController().select(user_api="blas")


def one_blas_thread():
    """Return a context in which BLAS uses one thread.

    The number of BLAS threads is a setting of the process. Only the main thread changes it, because
    threads with overlapping contexts could not restore it.
    """
    if threading.current_thread() is threading.main_thread():
        return _blas().limit(limits=1)
    return nullcontext()


def parallel_map(function, items, *, n_jobs=None, per_worker=4):
    """Apply a function to each item, lazily and in order.

    Items are read and processed in batches of `per_worker` items per worker, so that only one
    batch is in memory. No worker runs while the caller uses the results of a batch, or after the
    caller drops the iterator.

    Parameters
    ----------
    function : callable
        Function of one item.
    items : iterable
        Items.
    n_jobs : int or None, default=None
        Number of parallel jobs, as in joblib. Jobs are threads, because the kernels release the
        GIL, unless ``joblib.parallel_config(backend=...)`` selects another backend.
    per_worker : int, default=4
        Number of items per worker and batch.

    Returns
    -------
    iterator
        Results.

    Raises
    ------
    ValueError
        If `n_jobs` is neither an int nor None.
    """
    if not (n_jobs is None or isinstance(n_jobs, Integral)):
        raise ValueError(f"n_jobs must be an int or None; got {n_jobs!r}.")
    # Created before the generator runs, which can be after the end of parallel_config.
    parallel = Parallel(n_jobs=n_jobs, prefer="threads")
    n_workers = effective_n_jobs(n_jobs)
    if isinstance(get_active_backend(prefer="threads")[0], BACKENDS["multiprocessing"]):
        # This backend does not use cloudpickle, and pickle does not support nested functions.
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
            # Release the inputs before the caller uses the results, and the results after it.
            batch = None
            yield from results
            results = None


def generator_or_list():
    """Return the `return_as` of `joblib.Parallel`: lazy if the active backend supports it."""
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
    """Apply a function to chunks of samples and stack the results.

    Parameters
    ----------
    function : callable
        Function of a slice of `X` of at most `chunk_size` samples that returns an array of shape
        (n_samples_of_the_chunk, n_columns).
    X : ndarray
        Samples along the first axis.
    n_columns : int
        Number of columns of the result.
    n_jobs : int or None, default=None
        Number of parallel jobs, as in `parallel_map`.
    dtype : dtype, default=float32
        Dtype of the result.
    chunk_size : int, default=64
        Largest number of samples per chunk.
    row_bytes : int, default=1
        Memory in bytes that `function` needs per sample, including the result; see
        `rows_in_memory`.

    Returns
    -------
    ndarray of shape (len(X), n_columns), C-contiguous
    """
    out = np.empty((len(X), n_columns), dtype=dtype)
    n_workers = effective_n_jobs(n_jobs)
    slices = list(gen_batches(len(X), rows_in_memory(row_bytes, n_workers, chunk_size)))
    if len(slices) == 1:
        # Creating workers would take longer than a single face.
        out[:] = function(X)
        return out
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
