import pytest

from fertools._utils.colors import contrast_ratio, luminance


def test_luminance_of_primaries():
    assert luminance((0, 0, 0)) == 0 and luminance((255, 255, 255)) == pytest.approx(1)
    assert luminance((0, 255, 0)) == pytest.approx(0.7152)


def test_contrast_is_symmetric():
    # Gray 118 has a contrast of 4.5 on white (WCAG).
    assert contrast_ratio((118, 118, 118), (255, 255, 255)) == pytest.approx(4.54, abs=0.01)
    assert contrast_ratio((1, 2, 3), (200, 9, 9)) == contrast_ratio((200, 9, 9), (1, 2, 3))
