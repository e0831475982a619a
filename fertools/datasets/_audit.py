"""Audit of a data set: duplicates, conflicting labels, outliers, images without a face."""

from dataclasses import dataclass, field
from functools import partial
from numbers import Integral

import numpy as np
import pandas as pd
from sklearn.utils import check_consistent_length
from sklearn.utils._param_validation import Interval, validate_params

from .._utils.images import to_uint8
from .._utils.parallel import map_chunks
from .._utils.text import encodable
from ..detection import ViolaJonesDetector
from ._audit_tables import (
    DETECTOR,
    ILLUMINATION,
    count_faces,
    count_images,
    duplicates_across,
    grouped,
    illumination_outliers,
)
from ._bunch import USAGES, report_frame
from ._duplicates import FLAT, NEAR, connected, exact_groups, near_duplicates


@dataclass(frozen=True, repr=False)
class Audit:
    """Result of `audit`.

    Tables of images are indexed by the sample index in the data set. They have the columns `id`,
    `label` and `split`, `person` if the data set names persons, and the columns listed below.

    Attributes
    ----------
    counts : DataFrame
        Images per class (rows) and split (columns), with totals.
    sizes : DataFrame
        `height`, `width`, `channels` and number of `images`, most frequent first.
    exact : DataFrame
        Images that occur more than once; the column `group` numbers the groups.
    near : DataFrame
        Near duplicates and their exact duplicates; the column `group` numbers the groups, which
        are connected through near duplicates.
    exact_across, near_across : DataFrame
        Number of images of a split (rows) that have an exact duplicate, or an exact or near
        duplicate, in a split (columns).
    conflicts : DataFrame
        The groups of `exact` with more than one label.
    flat : DataFrame
        Images whose gray levels span less than 4, with their `span`.
    illumination : DataFrame
        Outliers in brightness or contrast, most extreme first: mean and standard deviation of the
        gray levels (`brightness`, `contrast`), their distances from the median in robust standard
        deviations (`brightness_z`, `contrast_z`), and `finding`: "dark", "bright", "low contrast"
        or "high contrast".
    faces : DataFrame or None
        Images in which Viola-Jones detected no face or several, with the number of `faces`; None
        if `detect=False`.
    coverage : DataFrame or None
        Share of images with at least one detected face, per class and split, with totals; None if
        `detect=False`.
    persons : DataFrame or None
        Number of images per person (rows) and split (columns), with totals; None if the data set
        has no `groups`.
    left_out : DataFrame
        `file`, `status` and `reason` of the files that the loader left out.
    max_distance : int
        Maximum number of the 64 bits in which the hashes of near duplicates differ.
    images : sequence of ndarray
        Images of the data set.
    """

    counts: pd.DataFrame
    sizes: pd.DataFrame
    exact: pd.DataFrame
    near: pd.DataFrame
    exact_across: pd.DataFrame
    near_across: pd.DataFrame
    conflicts: pd.DataFrame
    flat: pd.DataFrame
    illumination: pd.DataFrame
    faces: pd.DataFrame | None
    coverage: pd.DataFrame | None
    persons: pd.DataFrame | None
    left_out: pd.DataFrame
    max_distance: int
    images: object = field(repr=False)

    @property
    def findings(self):
        """DataFrame: number of `images` and of `groups` per finding."""
        kinds = self.illumination["finding"].value_counts()
        rows = {
            "exact duplicates": (len(self.exact), _n_groups(self.exact)),
            "duplicates of an earlier image": (len(self.exact) - _n_groups(self.exact), None),
            "duplicates with conflicting labels": (len(self.conflicts), _n_groups(self.conflicts)),
            "near duplicates": (len(self.near), _n_groups(self.near)),
            "flat": (len(self.flat), None),
        }
        rows |= {kind: (kinds.get(kind, 0), None) for kind in ILLUMINATION}
        if self.faces is not None:
            rows["no face found"] = ((self.faces["faces"] == 0).sum(), None)
            rows["several faces found"] = ((self.faces["faces"] > 1).sum(), None)
        if self.persons is not None:
            people = self.persons.iloc[:-1]  # The last row is the total.
            shared = people[_in_several(people)]
            rows["persons in two splits"] = (shared["total"].sum(), len(shared))
        rows["files left out"] = (len(self.left_out), None)
        return pd.DataFrame.from_dict(rows, "index", dtype="Int64", columns=["images", "groups"])

    def summary(self):
        """Return the counts of the audit as plain Python objects.

        Returns
        -------
        dict
            Dicts, lists and numbers, ready for JSON: `images`, `findings`, `counts`, `sizes`,
            `exact_across`, `near_across`, `max_distance`, `coverage` and `left_out` (number of
            files per status).
        """
        findings = {
            name: {key: int(value) for key, value in row.items() if not pd.isna(value)}
            for name, row in self.findings.iterrows()
        }
        return {
            "images": len(self.images),
            "findings": findings,
            "counts": self.counts.to_dict("index"),
            "sizes": self.sizes.to_dict("records"),
            "exact_across": self.exact_across.to_dict("index"),
            "near_across": self.near_across.to_dict("index"),
            "max_distance": self.max_distance,
            "coverage": None
            if self.coverage is None
            else _without_na(self.coverage, None).to_dict("index"),
            "left_out": self.left_out["status"].value_counts().to_dict(),
        }

    def __repr__(self):
        return f"Audit of {len(self.images):,} images\n{_without_na(self.findings).to_string()}"

    def _repr_html_(self):
        return _without_na(self.findings).to_html()


def _escaped(names):
    """Return names as an array without lone surrogates; other values are not changed."""
    names = np.asarray(names)
    return (
        np.array([encodable(name) for name in names.tolist()]) if names.dtype.kind == "U" else names
    )


def _escaped_text(value):
    return encodable(value) if isinstance(value, str) else value


def _n_groups(table):
    return table["group"].nunique()


def _in_several(persons):
    return (persons.drop(columns="total") > 0).sum(axis=1) > 1


def _without_na(table, instead=""):
    return table.astype(object).where(table.notna(), instead)


@validate_params(
    {
        "bunch": "no_validation",
        "detect": ["boolean"],
        "max_distance": [Interval(Integral, 0, 64, closed="both")],
        "n_jobs": [Integral, None],
    },
    prefer_skip_nested_validation=True,
)
def audit(bunch, *, detect=True, max_distance=NEAR, n_jobs=None):
    """Check a data set for duplicates, conflicting labels, outliers and images without a face.

    Parameters
    ----------
    bunch : Bunch
        Data set returned by a loader, with the keys `images` (gray or color, of one or several
        sizes; uint8, or floats in 0..1), `labels`, `target_names` and `ids`, and optionally
        `usage` (split of each image), `groups` (person in each image) and `report` (files that
        the loader left out).
    detect : bool, default=True
        Whether to detect faces with `fertools.detection.ViolaJonesDetector`, which takes about
        90 % of the time. Images are resized so that the longer side has at least 48 and at most
        480 pixels, and a black border of a quarter of that side is added; `scale_factor` is 1.15
        and `min_neighbors` 2.
    max_distance : int, default=6
        Maximum number of the 64 bits in which the perceptual hashes of near duplicates differ.
    n_jobs : int or None, default=None
        Number of threads of the face detection.

    Returns
    -------
    Audit
        Tables as attributes. `summary()` returns the counts as a dict, and
        `fertools.reports.write_audit_report` writes an HTML page with pictures.

    Raises
    ------
    ValueError
        If a parameter is invalid, the arrays of the bunch differ in length, or an element of
        `images` is not an image.

    Notes
    -----
    Duplicates are counted per split, because a test image with a duplicate in Training does not
    test generalization. Exact duplicates have equal pixels; near duplicates have hashes that differ
    in few bits (see `duplicate_groups`). Flat images are neither near duplicates nor outliers.

    The brightness of an image is the mean of its gray levels, its contrast their standard
    deviation. An image is an outlier if abs(m - median) > 3 s, where m is its brightness or
    contrast and s = 1.4826 MAD, but at least one gray level. The median and the median absolute
    deviation (MAD) [1]_ are taken over all images that are not flat.

    References
    ----------
    .. [1] B. Iglewicz, D. C. Hoaglin (1993). How to detect and handle outliers. ASQC Basic
       References in Quality Control 16. They recommend a limit of 3.5; on FER-2013, a limit of 3
       selects unusual images and few others.

    Examples
    --------
    >>> from fertools.datasets import audit, make_faces
    >>> faces = make_faces(70, random_state=0)
    >>> faces.images[7] = faces.images[3]
    >>> faces.images[9] = 0
    >>> found = audit(faces, detect=False)
    >>> found.exact[["group", "id", "label"]]
            group      id     label
    sample
    3           0  face 3     happy
    7           0  face 7     angry
    >>> found.findings.loc["flat", "images"]
    np.int64(1)
    """
    # pandas cannot display names of files and folders that are not valid UTF-8.
    images, labels, ids = bunch.images, _escaped(bunch.labels), _escaped(bunch.ids)
    usage = _escaped(bunch.get("usage", ["all"] * len(labels)))
    usage = np.where(usage == "", "none", usage)  # loaders mark images in no split by ""
    check_consistent_length(images, labels, ids, usage, bunch.get("groups"))
    samples = pd.DataFrame({"id": ids, "label": labels, "split": usage})
    samples.index.name = "sample"

    class_names = list(pd.unique(np.r_[_escaped(bunch.target_names), labels]))
    split_names = sorted(pd.unique(usage), key=lambda name: name != USAGES[0])  # Training first
    split = pd.Categorical(usage, split_names).codes
    counts = count_images(labels, usage, class_names, split_names)
    persons = None
    if "groups" in bunch:
        samples["person"] = _escaped(bunch.groups)
        persons = count_images(samples["person"], usage, np.unique(samples["person"]), split_names)
    shapes = [(*np.shape(image), 1)[:3] for image in images]
    sizes = pd.DataFrame(shapes, columns=["height", "width", "channels"])

    number = exact_groups(images)
    pairs = near_duplicates(images, number, max_distance)
    exact = grouped(samples, number, np.bincount(number)[number] > 1)
    labels_of = exact.groupby("group")["label"].transform("nunique")
    chained = connected(pairs, number.max() + 1)
    is_near = np.bincount(chained)[chained] > 1

    gray = [to_uint8(image, f"images[{index}]") for index, image in enumerate(images)]
    statistics = np.array([(image.mean(), image.std(), np.ptp(image)) for image in gray])
    brightness, contrast, span = statistics.T
    vivid = span >= FLAT

    faces = coverage = None
    if detect:
        count = partial(count_faces, ViolaJonesDetector(**DETECTOR))
        once = [gray[index] for index in np.unique(number, return_index=True)[1]]
        n_faces = map_chunks(count, once, 1, n_jobs=n_jobs, dtype=int)[number, 0]
        faces = samples.assign(faces=n_faces)[n_faces != 1]
        found = n_faces > 0
        coverage = count_images(labels[found], usage[found], class_names, split_names) / counts

    return Audit(
        counts=counts,
        sizes=sizes.value_counts().rename("images").reset_index(),
        exact=exact,
        near=grouped(samples, chained[number], is_near[number]),
        exact_across=duplicates_across(number, split, split_names, np.empty((0, 2), dtype=int)),
        near_across=duplicates_across(number, split, split_names, pairs),
        conflicts=exact[labels_of > 1],
        flat=samples.assign(span=span.astype(int))[~vivid],
        illumination=illumination_outliers(samples[vivid], brightness[vivid], contrast[vivid]),
        faces=faces,
        coverage=coverage,
        persons=persons,
        left_out=bunch.get("report", report_frame()).map(_escaped_text),
        max_distance=max_distance,
        images=images,
    )
