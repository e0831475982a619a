"""Exact and near duplicates of images, and groups of samples that must not be split."""

import numpy as np
from scipy.fft import dct
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.utils import check_consistent_length

from .._utils.images import resize, to_gray
from .._utils.pixels import unit_scale
from .._utils.validation import as_pixels

# Two images are near duplicates if their hashes differ in at most this many of the 64 bits. 32 bits
# are always set, so distances are even. On FER-2013, nearly all pairs at a distance of 4 or 6 are
# versions of one photo (with another crop, illumination or watermark); at a distance of 8, about
# half of the pairs show two different people.
NEAR = 6
# An image with a smaller range of gray levels, of 255, is flat: its hash is noise.
FLAT = 4
_SIDE = 32
# Frequencies 1 to 8 of a 32-point DCT in each direction. Frequency 0, the mean of a row or column,
# is left out.
_DCT = dct(np.eye(_SIDE), axis=0, norm="ortho")[1:9].astype(np.float32)
_BLOCK = 512


def pixels_of(images):
    """Return the shape, type and bytes of each image; exact duplicates agree in all three."""
    return [(np.shape(i), str(np.asarray(i).dtype), np.asarray(i).tobytes()) for i in images]


def exact_groups(images):
    """Return numbers of the images; exact duplicates have the same number.

    Parameters
    ----------
    images : sequence of ndarray
        Images of one shape or of several.

    Returns
    -------
    ndarray of shape (n,), int
        Numbers 0, 1, ... in the order of first occurrence.
    """
    numbers = {}
    return np.array([numbers.setdefault(key, len(numbers)) for key in pixels_of(images)], dtype=int)


def is_flat(images):
    """Return a boolean array: whether the gray levels of each image span less than `FLAT`.

    Floats are gray levels divided by 255.
    """
    spans = [np.ptp(unit_scale(as_pixels(to_gray(image)))) for image in images]
    # A threshold halfway between two levels is not sensitive to rounding.
    return np.array(spans) < (FLAT - 0.5) / 255


def perceptual_hash(images):
    """Compute perceptual hashes; versions of one photo have hashes that differ in few bits.

    The image is resized to 32 x 32 pixels. Each of the 64 bits tells whether one of 8 x 8
    coefficients of its discrete cosine transform exceeds their median. The hash depends little on
    the size, brightness and contrast of the image.

    Parameters
    ----------
    images : sequence of ndarray of shape (h, w) or (h, w, 3)

    Returns
    -------
    ndarray of shape (n,), uint64

    References
    ----------
    C. Zauner (2010). Implementation and benchmarking of perceptual image hash functions. Upper
    Austria University of Applied Sciences, Hagenberg: its "DCT based hash".
    """
    hashes = np.empty(len(images), dtype=np.uint64)
    for index, image in enumerate(images):
        gray = to_gray(image).astype(np.float32)
        small = resize(gray, (_SIDE, _SIDE))
        coefficients = (_DCT @ small @ _DCT.T).ravel()
        bits = np.packbits(coefficients > np.median(coefficients))
        hashes[index] = bits.view(np.uint64)[0]
    return hashes


def near_pairs(hashes, max_distance=NEAR):
    """Find the pairs of hashes that differ in few bits.

    Parameters
    ----------
    hashes : ndarray of shape (n,), uint64
    max_distance : int, default=6
        Maximum number of bits that differ.

    Returns
    -------
    pairs : ndarray of shape (n_pairs, 2), int
        Sorted pairs of indices (i, j) with i < j.
    distances : ndarray of shape (n_pairs,), int
        Number of bits that differ.
    """
    pairs, distances = [np.empty((0, 2), dtype=int)], [np.empty(0, dtype=int)]
    for start in range(0, len(hashes), _BLOCK):
        bits = np.bitwise_count(hashes[start : start + _BLOCK, None] ^ hashes[None, start:])
        i, j = np.nonzero(bits <= max_distance)
        upper = i < j
        i, j = i[upper], j[upper]
        pairs.append(np.column_stack([i, j]) + start)
        distances.append(bits[i, j].astype(int))
    return np.concatenate(pairs), np.concatenate(distances)


def near_duplicates(images, number, max_distance=NEAR):
    """Find the pairs of different images that are near duplicates; flat images have none.

    Parameters
    ----------
    images : sequence of ndarray of shape (h, w) or (h, w, 3)
    number : ndarray of shape (n,), int
        Result of `exact_groups`.
    max_distance : int, default=6
        Maximum number of bits that differ.

    Returns
    -------
    ndarray of shape (n_pairs, 2), int
        Values of `number`.
    """
    first = np.unique(number, return_index=True)[1]
    vivid = first[~is_flat([images[index] for index in first])]
    pairs, _ = near_pairs(perceptual_hash([images[index] for index in vivid]), max_distance)
    return number[vivid[pairs]]


def connected(pairs, n):
    """Return the number of the connected component of each node of a graph.

    The graph has `n` nodes and the edges `pairs`.
    """
    i, j = pairs.T
    graph = coo_array((np.ones(len(i)), (i, j)), shape=(n, n))
    return connected_components(graph, directed=False)[1]


def duplicate_groups(images, groups=None, *, max_distance=NEAR):
    """Return the group of each image, for cross-validation that keeps duplicates together.

    Exact duplicates, near duplicates and images with the same value in `groups` are in one group,
    also if they are only connected through other images.

    Parameters
    ----------
    images : sequence of ndarray of shape (h, w) or (h, w, 3)
        Images of one size or of several.
    groups : array-like of shape (n,) or None, default=None
        Known groups, such as the person in each image.
    max_distance : int or None, default=6
        Maximum number of the 64 bits in which the perceptual hashes of near duplicates differ;
        flat images have no near duplicates. If None, only exact duplicates are grouped.

    Returns
    -------
    ndarray of shape (n,), int
        Numbers 0, 1, ... of the groups, in the order of first occurrence.

    Examples
    --------
    >>> from fertools.datasets import duplicate_groups, make_faces
    >>> faces = make_faces(3, random_state=0).images
    >>> brighter = faces[0] // 2 + 100
    >>> duplicate_groups([faces[0], faces[1], faces[0], faces[2], brighter]).tolist()
    [0, 1, 0, 2, 0]
    >>> duplicate_groups(faces, groups=["Ann", "Bob", "Ann"]).tolist()
    [0, 1, 0]
    """
    check_consistent_length(images, groups)
    number = exact_groups(images)
    edges = [np.column_stack([number, number])]
    if max_distance is not None:
        edges.append(near_duplicates(images, number, max_distance))
    if groups is not None:
        first, group = np.unique(np.asarray(groups), return_index=True, return_inverse=True)[1:]
        edges.append(np.column_stack([number, number[first[group]]]))
    component = connected(np.concatenate(edges), number.max() + 1)[number]
    order = np.unique(component, return_index=True)[1].argsort().argsort()
    return order[component]
