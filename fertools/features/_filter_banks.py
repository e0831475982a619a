"""Correlation of batches of images with banks of small filters."""

from typing import NamedTuple

import numpy as np

from .._utils.compilation import compiled

# Number of taps accumulated per pass over an image, which saves loads and stores.
_GROUP = 4


@compiled
def _pad(images, pad, out):
    n, h, w = images.shape
    wide = w + 2 * pad
    for i in range(n):
        for y in range(h + 2 * pad):
            row = images[i, min(max(y - pad, 0), h - 1)]
            line = out[i, y * wide : (y + 1) * wide]
            for x in range(pad):
                line[x] = row[0]
                line[pad + w + x] = row[w - 1]
            inside = line[pad : pad + w]
            for x in range(w):
                inside[x] = row[x]


def padded_lines(images, pad, dtype=np.float32):
    """Pad each image with its edge pixels and flatten it.

    The neighbor (dy, dx) of every pixel is then at the offset ``dy * (w + 2 * pad) + dx``, which
    lets compiled loops run over long vectors instead of short rows.

    Parameters
    ----------
    images : ndarray of shape (n, h, w)
        Images.
    pad : int
        Width of the padding in pixels.
    dtype : dtype, default=float32
        Dtype of the result.

    Returns
    -------
    ndarray of shape (n, (h + 2 * pad) * (w + 2 * pad))
    """
    n, h, w = images.shape
    lines = np.empty((n, (h + 2 * pad) * (w + 2 * pad)), dtype=dtype)
    _pad(images, pad, lines)
    return lines


@compiled
def _correlate(lines, wide, weights, offsets, out):
    n, n_filters, h, w = out.shape
    run = (h - 1) * wide + w
    first, second = np.empty(run, dtype=np.float32), np.empty(run, dtype=np.float32)
    for i in range(n):
        line = lines[i]
        # Two filters share the loads; for an odd number of filters the last is computed twice.
        for k in range(0, n_filters, 2):
            other = min(k + 1, n_filters - 1)
            first[:], second[:] = 0, 0
            for t in range(0, len(offsets), 4):
                a, b, c, d = weights[k, t : t + 4]
                e, f, g, j = weights[other, t : t + 4]
                at_a = line[offsets[t] : offsets[t] + run]
                at_b = line[offsets[t + 1] : offsets[t + 1] + run]
                at_c = line[offsets[t + 2] : offsets[t + 2] + run]
                at_d = line[offsets[t + 3] : offsets[t + 3] + run]
                for v in range(run):
                    first[v] += a * at_a[v] + b * at_b[v] + c * at_c[v] + d * at_d[v]
                    second[v] += e * at_a[v] + f * at_b[v] + g * at_c[v] + j * at_d[v]
            for y in range(h):
                # Values in the padding on the right are discarded.
                out[i, k, y] = first[y * wide : y * wide + w]
                out[i, other, y] = second[y * wide : y * wide + w]


class Taps(NamedTuple):
    """Bank of filters as weights of neighboring pixels.

    Attributes
    ----------
    reach : int
        Radius of the filters in pixels.
    dy, dx : ndarray of shape (n_taps,), intp
        Offsets of the neighbors, shared by all filters.
    weights : ndarray of shape (n_filters, n_taps), float32
        Weights of the neighbors, padded with 0 to a multiple of 4 taps.
    """

    reach: int
    dy: np.ndarray
    dx: np.ndarray
    weights: np.ndarray


def filter_taps(kernels):
    """Convert dense filters to taps; offsets with weight 0 in all filters are omitted.

    Parameters
    ----------
    kernels : ndarray of shape (n_filters, k, k)
        Filters, centered; k is odd.

    Returns
    -------
    Taps
    """
    reach = kernels.shape[1] // 2
    y, x = np.nonzero(kernels.any(axis=0))
    weights, missing = kernels[:, y, x], (0, -len(y) % _GROUP)
    weights = np.pad(weights, ((0, 0), missing)).astype(np.float32)
    return Taps(reach, np.pad(y - reach, missing), np.pad(x - reach, missing), weights)


def filter_bank(images, taps, by_row=False):
    """Correlate images with a bank of filters.

    Parameters
    ----------
    images : ndarray of shape (n, h, w)
        Images, padded with their edge pixels.
    taps : Taps
        Filters returned by `filter_taps`.
    by_row : bool, default=False
        Whether the axis of the rows precedes the axis of the filters in the result.

    Returns
    -------
    ndarray of shape (n, n_filters, h, w), or (n, h, n_filters, w) if `by_row`, float32
        Responses.
    """
    n, h, w = images.shape
    n_filters, wide = len(taps.weights), w + 2 * taps.reach
    offsets = (taps.dy + taps.reach) * wide + taps.dx + taps.reach
    first, second = (h, n_filters) if by_row else (n_filters, h)
    out = np.empty((n, first, second, w), dtype=np.float32)
    by_filter = out.transpose(0, 2, 1, 3) if by_row else out
    _correlate(padded_lines(images, taps.reach), wide, taps.weights, offsets, by_filter)
    return out
