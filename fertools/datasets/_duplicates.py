"""Copies of images, exact and near, and the groups of rows that must not be split apart."""

import numpy as np
from scipy.fft import dct
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.utils import check_consistent_length

from .._utils.images import resize, to_gray
from .._utils.pixels import unit_scale
from .._utils.validation import as_pixels

# Two pictures whose hashes differ in at most this many of 64 bits are near duplicates. The bits set
# are always 32, so distances are even. On FER-2013, nearly all pairs at 4 and 6 bits show one photo
# (another crop, light or watermark); at 8 bits about every other pair shows two people.
NEAR = 6
# Below this range of gray levels, of 255, an image is flat, and its hash is noise.
FLAT = 4
_SIDE = 32
# Frequencies 1 to 8 of a 32-point DCT in each direction: the mean light, and all that is even
# along a row or a column, stay outside.
_DCT = dct(np.eye(_SIDE), axis=0, norm="ortho")[1:9].astype(np.float32)
_BLOCK = 512


def pixels_of(images):
    """Return what makes each image the same as another: its shape, type and bytes."""
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
        0, 1, ... in the order in which each image first comes.
    """
    numbers = {}
    return np.array([numbers.setdefault(key, len(numbers)) for key in pixels_of(images)], dtype=int)


def is_flat(images):
    """Say of each image whether its gray levels span less than `FLAT`; an array of bool.

    Floats count as levels / 255, as everywhere.
    """
    spans = [np.ptp(unit_scale(as_pixels(to_gray(image)))) for image in images]
    # Halfway between two levels, where rounding does not matter.
    return np.array(spans) < (FLAT - 0.5) / 255


def perceptual_hash(images):
    """Hash what an image looks like, so that pictures of one photo have hashes that are close.

    The image is brought to 32 x 32 pixels; the signs of 8 x 8 coefficients of its cosine
    transform, each less their median, are the 64 bits. Size, brightness and contrast drop out.

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
        Bits.

    Returns
    -------
    pairs : ndarray of shape (n_pairs, 2), int
        Row numbers (i, j), i < j, sorted.
    distances : ndarray of shape (n_pairs,), int
        Bits in which they differ.
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
    """Find the pairs of different pictures that are near duplicates; flat images have none.

    Parameters
    ----------
    images : sequence of ndarray of shape (h, w) or (h, w, 3)
    number : ndarray of shape (n,), int
        As `exact_groups` returns it.
    max_distance : int, default=6
        Bits.

    Returns
    -------
    ndarray of shape (n_pairs, 2), int
        Values of `number`.
    """
    first = np.unique(number, return_index=True)[1]
    vivid = first[~is_flat([images[row] for row in first])]
    pairs, _ = near_pairs(perceptual_hash([images[row] for row in vivid]), max_distance)
    return number[vivid[pairs]]


def connected(pairs, n):
    """Return the number of the connected component of each node, with the edges `pairs`."""
    i, j = pairs.T
    graph = coo_array((np.ones(len(i)), (i, j)), shape=(n, n))
    return connected_components(graph, directed=False)[1]


def duplicate_groups(images, groups=None, *, max_distance=NEAR):
    """Return the number of the group of each image; a group must not be split apart.

    Exact duplicates, near duplicates and images of one of the `groups` have the same number, also
    if they are connected through other images.

    Parameters
    ----------
    images : sequence of ndarray of shape (h, w) or (h, w, 3)
        Images of one size or of several.
    groups : array-like of shape (n,) or None, default=None
        Such as the person in each image.
    max_distance : int or None, default=6
        Maximum number of the 64 bits in which the perceptual hashes of near duplicates differ;
        flat images have none. None groups exact duplicates only.

    Returns
    -------
    ndarray of shape (n,), int
        0, 1, ... in the order in which each group first comes.

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
