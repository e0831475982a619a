"""Places of labels next to boxes in an image."""

# Costs of a hidden pixel of a face and of another label.
_FACE, _LABEL = 1, 3


def overlap(box, other):
    """Return the number of pixels that two boxes (x, y, width, height) have in common."""
    x, y, width, height = box
    x2, y2, width2, height2 = other
    across = min(x + width, x2 + width2) - max(x, x2)
    down = min(y + height, y2 + height2) - max(y, y2)
    return max(0, across) * max(0, down)


def candidates(size, box):
    """Return corners (left, top) of a label beside a box, in order of preference."""
    (wide, tall), (x, y, width, height) = size, box
    right, bottom = x + width, y + height
    return [
        (x, y - tall),
        (x, bottom),
        (right - wide, y - tall),
        (right - wide, bottom),
        (right, y),
        (x - wide, y),
        (right, bottom - tall),
        (x - wide, bottom - tall),
        (x, y),
        (x, bottom - tall),
    ]


def place_label(size, box, limits, boxes, placed):
    """Choose the place of a label that hides the fewest pixels of faces and labels.

    Parameters
    ----------
    size : tuple of two int
        Width and height of the label.
    box : tuple of four int
        Box (x, y, width, height) of its face.
    limits : tuple of two int
        Width and height of the image, which the label does not leave.
    boxes, placed : list of tuple of four int
        Boxes of all faces, and of the labels that are already placed.

    Returns
    -------
    left, top : int

    Examples
    --------
    >>> from fertools._utils.label_layout import place_label
    >>> place_label((30, 10), (5, 20, 40, 40), (100, 100), [(5, 20, 40, 40)], [])
    (5, 10)
    """

    def clipped(corner):
        pairs = zip(corner, size, limits, strict=True)
        return tuple(max(0, min(start, limit - length)) for start, length, limit in pairs)

    def cost(corner):
        own = (*corner, *size)
        faces = sum(overlap(own, other) for other in boxes)
        return _FACE * faces + _LABEL * sum(overlap(own, other) for other in placed)

    return min(map(clipped, candidates(size, box)), key=cost)
