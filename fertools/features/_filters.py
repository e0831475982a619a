"""Banks of small filters over batches of images."""

import numpy as np

from .._compiled import compiled

# Taps added up in one pass over an image, so that the sum is loaded and stored once for four.
_GROUP = 4


@compiled
def _correlate(images, pad, taps, offsets, out):
    n, h, w = images.shape
    # The rows of the padded image one after the other, so that a tap is one shift of one long
    # vector; what runs over the right edge is not copied out.
    wide = w + 2 * pad
    padded = np.empty(wide * (h + 2 * pad), dtype=np.float32)
    run = (h - 1) * wide + w
    total = np.empty(run, dtype=np.float32)
    for i in range(n):
        for y in range(h + 2 * pad):
            row = images[i, min(max(y - pad, 0), h - 1)]
            line = padded[y * wide : (y + 1) * wide]
            for x in range(w):
                line[x + pad] = row[x]
            for x in range(pad):
                line[x] = row[0]
                line[w + pad + x] = row[w - 1]
        for k in range(len(taps)):
            total[:] = 0
            for t in range(0, len(offsets), 4):
                a, b, c, d = taps[k, t], taps[k, t + 1], taps[k, t + 2], taps[k, t + 3]
                at_a = padded[offsets[t] : offsets[t] + run]
                at_b = padded[offsets[t + 1] : offsets[t + 1] + run]
                at_c = padded[offsets[t + 2] : offsets[t + 2] + run]
                at_d = padded[offsets[t + 3] : offsets[t + 3] + run]
                for v in range(run):
                    total[v] += a * at_a[v] + b * at_b[v] + c * at_c[v] + d * at_d[v]
            for y in range(h):
                for x in range(w):
                    out[i, k, y, x] = total[y * wide + x]


def filter_bank(images, kernels):
    """Correlate every image with every kernel; outside an image its nearest pixel counts.

    Parameters
    ----------
    images : ndarray of shape (n, h, w)
    kernels : ndarray of shape (n_kernels, k, k)
        k odd; their centres lie on the pixel. Taps that are 0 in all of them cost nothing.

    Returns
    -------
    ndarray of shape (n, n_kernels, h, w), float32
    """
    n, h, w = images.shape
    pad = kernels.shape[1] // 2
    y, x = np.nonzero(kernels.any(axis=0))
    missing = -len(y) % _GROUP
    taps = np.pad(kernels[:, y, x], ((0, 0), (0, missing))).astype(np.float32)
    offsets = np.pad(y * (w + 2 * pad) + x, (0, missing))
    out = np.empty((n, len(kernels), h, w), dtype=np.float32)
    _correlate(images.astype(np.float32, copy=False), pad, taps, offsets, out)
    return out
