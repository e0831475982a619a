"""Work is cut into chunks of fixed size, so results do not depend on who computes them."""

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs
from sklearn.utils import gen_batches

# 64 faces of 48 x 48 as float32 are 0.6 MB: what a kernel works on stays in the cache.
CHUNK_SIZE = 64


def map_chunks(function, X, n_columns, *, n_jobs=None, dtype=np.float32, chunk_size=CHUNK_SIZE):
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
        Rows a chunk. The cut does not depend on `n_jobs`.

    Returns
    -------
    ndarray of shape (len(X), n_columns), C-contiguous
    """
    out = np.empty((len(X), n_columns), dtype=dtype)
    slices = list(gen_batches(len(X), chunk_size))
    if len(slices) == 1 or effective_n_jobs(n_jobs) == 1:
        for rows in slices:
            out[rows] = function(X[rows])
        return out
    results = Parallel(n_jobs=n_jobs, prefer="threads", return_as="generator")(
        delayed(function)(X[rows]) for rows in slices
    )
    for rows, result in zip(slices, results, strict=True):
        out[rows] = result
    return out
