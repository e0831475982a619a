"""
LBP, DCT and Zernike moments in detail
======================================

This example visualizes local binary patterns, the discrete cosine transform and Zernike moments
of a face.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.fft import idctn

from fertools.datasets import make_faces
from fertools.features import (
    DiscreteCosine,
    LocalBinaryPatterns,
    LocalZernikeMoments,
    ZernikeMoments,
)


def show(panels, **options):
    """Draw images side by side under their titles."""
    _, axes = plt.subplots(1, len(panels), figsize=(2.4 * len(panels), 2.7))
    for ax, (title, image) in zip(axes, panels.items(), strict=True):
        ax.imshow(image, **{"cmap": "gray", **options})
        ax.set_title(title, fontsize=9)
        ax.axis("off")


faces = make_faces(7, size=96, noise=2, random_state=3)
face = faces.images[5]

# %%
# Local binary patterns
# ---------------------
#
# Cells of one pixel make the label of every pixel visible. At radius 1 the labels follow fine edges
# and noise, at larger radii coarser edges. They are invariant to illumination: the last panel shows
# a darker image with less contrast.


def labels(image, radius):
    """Return the label of every pixel from histograms of single pixels."""
    lbp = LocalBinaryPatterns(radii=(radius,), grid=image.shape, norm="l1")
    return (
        lbp.fit_transform(image[None]).reshape(*image.shape, -1).argmax(axis=2)
    )


darker = 0.4 * face / 255 + 0.1
show(
    {
        "face": face,
        "radius 1": labels(face, 1),
        "radius 3": labels(face, 3),
        "darker, radius 3": labels(darker, 3),
    }
)
print(f"unchanged labels: {(labels(face, 3) == labels(darker, 3)).mean():.0%}")

# %%
# The features are histograms of the labels in cells. Each cell covers another part of the face:

lbp = LocalBinaryPatterns(radii=(3,), grid=(6, 6), norm="l1").fit(faces.images)
histograms = lbp.transform(face[None])[0].reshape(6, 6, -1)
fig, axes = plt.subplots(
    1, 2, figsize=(9, 2.6), sharey=True, layout="constrained"
)
for ax, (place, (y, x)) in zip(
    axes, {"forehead": (1, 2), "mouth": (4, 3)}.items(), strict=True
):
    ax.bar(np.arange(histograms.shape[2]), histograms[y, x])
    ax.set(
        title=f"{place}: cell ({y}, {x})",
        xlabel="label",
        ylabel="share of pixels",
    )

# %%
# Discrete cosine transform
# -------------------------
#
# The basis is orthonormal, so the inverse transform of the first coefficients is their best
# approximation of the face. 200 of 9,216 coefficients preserve the expression.


def reconstruct(image, n_coefficients):
    """Reconstruct an image from its first coefficients in zigzag order."""
    dct = DiscreteCosine(n_coefficients).fit(image[None])
    coefficients = np.zeros(image.shape)
    for name, value in zip(
        dct.get_feature_names_out(), dct.transform(image[None])[0], strict=True
    ):
        u, v = map(int, name.split("_")[1:])
        coefficients[u, v] = value
    return idctn(coefficients, norm="ortho")


show(
    {
        "face": face,
        **{
            f"{n} coefficients": reconstruct(face, n)
            for n in (15, 50, 200, 1000)
        },
    }
)

# %%
# Zernike moments
# ---------------
#
# Zernike moments are integrals of the face multiplied by polynomials on a disk. Their modulus is
# invariant to rotation:

zernike = ZernikeMoments(degree=12).fit(faces.images)
turned = np.rot90(face)
difference = np.abs(
    zernike.transform(face[None]) - zernike.transform(turned[None])
).max()
print(f"largest difference of a modulus after a quarter turn: {difference:.1e}")

# %%
# The moments of images with a single white pixel are the values of the polynomials. Real parts:

pixels = np.eye(48 * 48, dtype=np.float32).reshape(-1, 48, 48)
moments = ZernikeMoments(degree=4, part="complex").fit(pixels)
responses = moments.transform(pixels).T.reshape(-1, 48, 48)
polynomials = dict(zip(moments.get_feature_names_out(), responses, strict=True))
# sphinx_gallery_thumbnail_number = 4
shown = ["n1_m1", "n2_m0", "n2_m2", "n3_m1", "n4_m4"]
show(
    {f"n={n[1]}, m={n[4]}": polynomials[f"zernike_{n}_re"] for n in shown},
    cmap="RdBu",
)

# %%
# Local Zernike moments
# ---------------------
#
# The moment (1, 1) of a small disk around each pixel is a smoothed gradient. Its direction is
# pooled into one histogram per cell, drawn as lines along the edges:

n_cells, n_bins = 12, 8
local = LocalZernikeMoments(
    orders=((1, 1),), window=5, n_bins=n_bins, grid=(n_cells, n_cells)
)
values = (
    local.fit_transform(face[None])
    .reshape(n_cells, n_cells, 4, n_bins)
    .mean(axis=2)
)

side = len(face) / n_cells
fig, axes = plt.subplots(1, 2, figsize=(7, 3.5))
for ax in axes:
    ax.imshow(face, cmap="gray", alpha=1.0 if ax is axes[0] else 0.25)
    ax.axis("off")
for y, x, k in np.ndindex(*values.shape):
    along = 2 * np.pi * k / n_bins + np.pi / 2
    reach = side / 2 * values[y, x, k] / values.max()
    dx, dy = reach * np.cos(along), reach * np.sin(along)
    cx, cy = (x + 0.5) * side, (y + 0.5) * side
    axes[1].plot(
        [cx - dx, cx + dx], [cy - dy, cy + dy], color="C3", linewidth=1.2
    )
titles = ("face", "directions of the moment (1, 1)")
for ax, title in zip(axes, titles, strict=True):
    ax.set_title(title)
