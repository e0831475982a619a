from itertools import pairwise

import pytest

from fertools._utils.label_layout import overlap, place_label


def test_overlap_is_the_common_area():
    assert overlap((0, 0, 10, 10), (8, 5, 10, 10)) == 10
    assert overlap((0, 0, 10, 10), (10, 0, 10, 10)) == 0


def test_label_is_above_or_else_below_its_box():
    box = (20, 30, 40, 40)
    assert place_label((30, 10), box, (100, 100), [box], []) == (20, 20)
    top = (20, 5, 40, 40)
    assert place_label((30, 10), top, (100, 100), [top], []) == (20, 45)


@pytest.mark.parametrize("box", [(-10, -10, 30, 30), (90, 90, 30, 30), (0, 0, 100, 100)])
def test_label_stays_in_the_image(box):
    left, top = place_label((60, 12), box, (100, 100), [box], [])
    assert 0 <= left <= 40 and 0 <= top <= 88


def test_labels_avoid_each_other():
    boxes, placed = [(10, 40, 30, 30), (14, 44, 30, 30), (18, 48, 30, 30)], []
    for box in boxes:
        placed.append((*place_label((40, 10), box, (120, 120), boxes, placed), 40, 10))
    assert all(overlap(*both) == 0 for both in pairwise(placed))


def test_label_wider_than_the_image_starts_at_its_border():
    assert place_label((200, 10), (50, 50, 20, 20), (100, 100), [], [])[0] == 0
