"""Zernike moments of 48 x 48 images in a batch, against mahotas, one thread each.

Writes results/zernike.json. The moments are also held against the closed form, summed in double
precision term by term.
"""

import argparse

import mahotas
import numpy as np
from _common import RESULTS, median_seconds, write_result
from threadpoolctl import threadpool_limits

from fertools.datasets import make_faces
from fertools.features import ZernikeMoments
from fertools.features._zernike import radial_polynomial, zernike_moments, zernike_orders


def closed_form(image, degree):
    """Sum each moment of one image in double precision, without the matrix of the library."""
    side = (2 * np.arange(48) + 1) / 48 - 1
    y, x = np.meshgrid(side, side, indexing="ij")
    rho, theta = np.hypot(y, x), np.arctan2(y, x)
    inside = rho <= 1
    moments = []
    for n, m in zernike_orders(degree):
        terms = image * radial_polynomial(n, m, rho) * np.exp(-1j * m * theta)
        moments.append((n + 1) / np.pi * terms[inside].sum() * 4 / 48**2)
    return np.array(moments)


def main():
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=4096, help="images in our batch")
    parser.add_argument(
        "--peer-images", type=int, default=100, help="images that mahotas describes"
    )
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--out", default=RESULTS)
    arguments = parser.parse_args()

    faces = make_faces(64, random_state=0).images
    images = np.tile(faces, (-(-arguments.images // 64), 1, 1))[: arguments.images]
    rows = []
    with threadpool_limits(1):
        for degree in (8, 12):
            zernike = ZernikeMoments(degree).fit(images)
            peer = [images[i % len(images)] for i in range(arguments.peer_images)]
            ours = median_seconds(lambda z=zernike: z.transform(images), arguments.repeats)
            theirs = median_seconds(
                lambda d=degree, p=peer: [mahotas.features.zernike_moments(i, 24, d) for i in p],
                arguments.repeats,
            )
            ours = {key: 1e6 * value / len(images) for key, value in ours.items()}
            theirs = {key: 1e6 * value / len(peer) for key, value in theirs.items()}
            exact = np.array([closed_form(image / 255, degree) for image in faces])
            error = np.abs(zernike_moments(faces, degree) - exact).max()
            rows.append(
                {
                    "degree": degree,
                    "fertools_us": ours,
                    "mahotas_us": theirs,
                    "ratio": theirs["median"] / ours["median"],
                    "largest_error_against_closed_form": float(error),
                }
            )
    result = {
        "what": "Zernike moments (modulus) of 48x48 uint8 images, microseconds an image",
        "threads": 1,
        "images": len(images),
        "peer_images": len(peer),
        "repeats": arguments.repeats,
        "seed": 0,
        "rows": rows,
    }
    print(write_result("zernike", result, arguments.out))


if __name__ == "__main__":
    main()
