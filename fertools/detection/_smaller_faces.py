"""Tell whole photos from cropped faces."""

from statistics import median

from ._make_detector import make_detector

# Images that are searched for faces, and the largest share of the longer side of a photo that its
# largest face has.
_N_SEARCHED, _LARGEST_SHARE = 8, 0.6


def show_smaller_faces(images, shape):
    """Return whether large images show faces that are much smaller, so that they are no crops.

    Parameters
    ----------
    images : sequence of array of shape (h, w)
        Gray images, of which at most 8 are searched. Images of up to twice the size `shape` are
        taken for crops.
    shape : tuple of int
        Height and width of a cropped face.

    Returns
    -------
    bool
        Whether most of the searched images have a face, and the median of the widths of their
        largest faces is below 60 % of the longer side.
    """
    large = [image for image in images if min(image.shape) > 2 * max(shape)]
    step = max(1, len(large) // _N_SEARCHED)
    searched = large[::step][:_N_SEARCHED]
    detector = make_detector()
    found = [(detector.detect(image), max(image.shape)) for image in searched]
    shares = [max(face.width for face in faces) / side for faces, side in found if faces]
    return 2 * len(shares) > len(searched) and median(shares) < _LARGEST_SHARE
