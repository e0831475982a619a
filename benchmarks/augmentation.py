"""Time augmentation and illumination filters on one thread.

The warp of `Augmenter` is compared with scikit-image's `warp` with the same affine maps. The images
are drawn faces. Writes results/augmentation.json.

    python benchmarks/augmentation.py [--images N] [--peer-images N] [--repeats N] [--out FOLDER]
"""

import argparse

import cv2
import numpy as np
from _common import RESULTS, median_seconds, write_result
from skimage.transform import warp as peer_warp
from threadpoolctl import threadpool_limits

import fertools
from fertools.datasets import make_faces
from fertools.pipeline import make_grid
from fertools.preprocessing import Augmenter
from fertools.preprocessing._augmenter import affine_matrices, warp

SEED = 0
ILLUMINATION = ["equalize", "clahe", "gamma", "tan_triggs", "dog", "mask"]
EVERYTHING = {"brightness": 0.2, "noise": 0.02, "occlusion": 0.3}


def draw_maps(n, shape):
    rng = np.random.default_rng(SEED)
    angles, shears = np.radians(rng.uniform(-40, 40, n)), rng.uniform(-0.2, 0.2, n)
    shifts, zooms = rng.uniform(-0.2, 0.2, (n, 2)), rng.uniform(0.8, 1.2, (n, 2))
    return affine_matrices(shape, angles, shifts, shears, zooms)


def main(argv=None):
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=5000)
    parser.add_argument("--peer-images", type=int, default=500)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", default=RESULTS)
    arguments = parser.parse_args(argv)

    cv2.setNumThreads(1)
    images = np.resize(make_faces(500, random_state=SEED).images, (arguments.images, 48, 48))
    n_peer = arguments.peer_images
    maps = draw_maps(len(images), (48, 48))
    square = np.concatenate([maps[:n_peer], np.tile([0.0, 0, 1], (n_peer, 1, 1))], axis=1)

    def peer():
        return [
            peer_warp(image, matrix, order=1, mode="edge", preserve_range=True)
            for image, matrix in zip(images[:n_peer], square, strict=True)
        ]

    with threadpool_limits(1):
        own_us = median_seconds(lambda: warp(images, maps), arguments.repeats)
        peer_us = median_seconds(peer, arguments.repeats)
        augmented = {
            name: median_seconds(lambda a=a: a.augment(images), arguments.repeats)
            for name, a in [
                ("default", Augmenter(random_state=SEED)),
                ("everything", Augmenter(random_state=SEED, **EVERYTHING)),
            ]
        }
        illumination = {
            name: median_seconds(lambda f=f: f.fit_transform(images), arguments.repeats)
            for name, f in zip(
                ILLUMINATION, make_grid(illumination=ILLUMINATION)["illumination"], strict=True
            )
        }
    difference = np.abs(warp(images[:n_peer], maps[:n_peer]) - np.round(peer()))
    result = {
        "what": "48x48 uint8 faces, one thread",
        "fertools": fertools.__version__,
        "seed": SEED,
        "images_per_second": {n: round(len(images) / s["median"]) for n, s in augmented.items()},
        "warp_us": 1e6 * own_us["median"] / len(images),
        "peer_warp_us": 1e6 * peer_us["median"] / n_peer,
        "ratio": peer_us["median"] / n_peer * len(images) / own_us["median"],
        "share_of_pixels_within_one_gray_level": float((difference <= 1).mean()),
        "illumination_us": {
            name: 1e6 * s["median"] / len(images) for name, s in illumination.items()
        },
    }
    print(write_result("augmentation", result, arguments.out))


if __name__ == "__main__":
    main()
