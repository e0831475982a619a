"""Maps of thresholded word responses, pooled over overlapping windows."""

import numpy as np

from .._utils.compilation import compiled
from .._utils.parallel import map_chunks, one_blas_thread
from .._utils.pixels import standardized
from ._dictionary_learning import unit_rows
from ._local_descriptors import window_starts


@compiled
def _pool(responses, threshold, size, step, start, out):
    height, width, n_words = responses.shape
    rows, columns = out.shape[:2]
    codes = np.empty((width, 2 * n_words), dtype=np.float32)
    sums = np.empty((columns, 2 * n_words), dtype=np.float32)
    for y in range(height):
        for x in range(width):
            code, response = codes[x], responses[y, x]
            for k in range(n_words):
                code[k] = np.sqrt(max(response[k] - threshold, np.float32(0)))
            for k in range(n_words):
                code[n_words + k] = np.sqrt(max(-response[k] - threshold, np.float32(0)))
        for j in range(columns):
            total, first = sums[j], start[1] + j * step
            total[:] = 0
            for x in range(first, first + size[1]):
                code = codes[x]
                for k in range(2 * n_words):
                    total[k] += code[k]
        for i in range(rows):
            first = start[0] + i * step
            if first <= y < first + size[0]:
                for j in range(columns):
                    target, total = out[i, j], sums[j]
                    for k in range(2 * n_words):
                        target[k] += total[k]


def pooled_map(responses, threshold, size, step):
    r"""Threshold responses on both sides and average their square roots over windows.

    .. math:: \sqrt{\max(0, r - \alpha)} \quad\text{and}\quad \sqrt{\max(0, -r - \alpha)}

    Parameters
    ----------
    responses : ndarray of shape (height, width, n_words), float32
        Response r of each word at each position.
    threshold : float
        Threshold :math:`\alpha`.
    size : tuple of two int
        Height and width of a pooling window in positions, at most those of the map.
    step : int
        Distance between pooling windows in positions.

    Returns
    -------
    ndarray of shape (rows, columns, 2 * n_words), float32
        Pooled codes, each scaled to unit norm.
    """
    starts = [window_starts(*s, step) for s in zip(responses.shape[:2], size, strict=True)]
    out = np.zeros((len(starts[0]), len(starts[1]), 2 * responses.shape[2]), dtype=np.float32)
    first = (int(starts[0][0]), int(starts[1][0]))
    _pool(np.ascontiguousarray(responses), np.float32(threshold), size, step, first, out)
    # A mean has the same direction as a sum.
    return unit_rows(out.reshape(-1, out.shape[2])).reshape(out.shape)


def map_windows(values, window):
    """Return the windows of a map at each position.

    Parameters
    ----------
    values : ndarray of shape (rows, columns, n_channels)
        Map.
    window : tuple of two int
        Height and width of a window, at most those of the map.

    Returns
    -------
    ndarray of shape (n_windows, height * width * n_channels)
    """
    views = np.lib.stride_tricks.sliding_window_view(values, window, axis=(0, 1))
    return views.transpose(0, 1, 3, 4, 2).reshape(views.shape[0] * views.shape[1], -1)


def sample_rows(describe, images, n_rows, n_samples, random_state, n_jobs):
    """Draw random rows of a description of each image.

    Parameters
    ----------
    describe : callable
        Function of an image with mean 0 and standard deviation 1 that returns an array of shape
        (n_rows, n_values), float32.
    images : ndarray of shape (n, height, width)
        Gray pixels.
    n_rows : int
        Number of rows of an image.
    n_samples : int
        Maximum number of rows of all images together; the images contribute evenly.
    random_state : RandomState
        Random state.
    n_jobs : int or None
        Number of threads.

    Returns
    -------
    ndarray of shape (n_drawn, n_values), float32
    """
    per_image = min(n_rows, -(-n_samples // len(images)))
    drawn = np.argsort(random_state.random_sample((len(images), n_rows)), axis=1)
    drawn = np.sort(drawn[:, :per_image], axis=1)

    def draw(chunk):
        pixels = standardized(images[chunk])
        found = [describe(p)[rows] for p, rows in zip(pixels, drawn[chunk], strict=True)]
        return np.stack(found).reshape(len(chunk), -1)

    # Matrix products of an image are too small to benefit from threads.
    with one_blas_thread():
        n_values = describe(standardized(images[:1])[0]).shape[1]
        index = np.arange(len(images))
        rows = map_chunks(draw, index, per_image * n_values, n_jobs=n_jobs)
    return rows.reshape(-1, n_values)[:n_samples]
