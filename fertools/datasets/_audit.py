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
    LIGHT,
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

    The tables of images are indexed by the row in the data set and have the columns `id`, `label`,
    `split`, `person` where the data set names persons, and those said here.

    Attributes
    ----------
    counts : DataFrame
        Images per class (rows) and split (columns), with totals.
    sizes : DataFrame
        `height`, `width`, `channels` and number of `images`, most frequent first.
    exact : DataFrame
        Images that occur more than once; the column `group` numbers the groups.
    near : DataFrame
        Images connected by near duplicates, with their exact duplicates, and their `group`.
    exact_across, near_across : DataFrame
        Number of images of one split (rows) that have an exact duplicate in a split (columns); or
        an exact or near duplicate.
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
        Images in which Viola-Jones found no face or several, with their number; None where
        detection was off.
    coverage : DataFrame or None
        The share of images with at least one face, per class and split, with totals.
    persons : DataFrame or None
        Images of each person (rows) per split, with totals; None where there are no `groups`.
    left_out : DataFrame
        `file`, `status` and `reason` of the files that the loader left out.
    max_distance : int
        Maximum number of the 64 bits in which the hashes of near duplicates differ.
    images : sequence of ndarray
        Those of the data set.
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
        """DataFrame: for each finding the `images` it concerns and the `groups` they form."""
        kinds = self.illumination["finding"].value_counts()
        rows = {
            "exact copies": (len(self.exact), _n_groups(self.exact)),
            "copies of an earlier image": (len(self.exact) - _n_groups(self.exact), None),
            "copies with conflicting labels": (len(self.conflicts), _n_groups(self.conflicts)),
            "near copies": (len(self.near), _n_groups(self.near)),
            "flat": (len(self.flat), None),
        }
        rows |= {kind: (kinds.get(kind, 0), None) for kind in LIGHT}
        if self.faces is not None:
            rows["no face found"] = ((self.faces["faces"] == 0).sum(), None)
            rows["several faces found"] = ((self.faces["faces"] > 1).sum(), None)
        if self.persons is not None:
            shared = self.persons.index[_in_several(self.persons)].drop("total")
            n_images = self.persons.loc[shared, "total"].sum()
            rows["persons in two splits"] = (n_images, len(shared))
        rows["files left out"] = (len(self.left_out), None)
        return pd.DataFrame.from_dict(rows, "index", dtype="Int64", columns=["images", "groups"])

    def summary(self):
        """Return the figures.

        Returns
        -------
        dict
            Plain dicts, lists and numbers, ready for JSON: `images`, `findings`, `counts`,
            `sizes`, `exact_across`, `near_across`, `max_distance`, `coverage` and `left_out` (how
            many files of each status).
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
    """Return names as an array without lone surrogates; other values stay as they are."""
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
    """Look for what is wrong with a data set.

    Parameters
    ----------
    bunch : Bunch
        As the loaders return it: `images` (gray or color, of one size or of many; uint8, or
        floats in 0..1), `labels`, `target_names` and `ids`; where it has them also `usage` (the
        split of each image), `groups` (the person) and `report` (the files that were left out).
    detect : bool, default=True
        Look for faces with `fertools.detection.ViolaJonesDetector`, which takes nine tenths of the
        time. The longer side is brought to 48 pixels where it is shorter and to 480 where it is
        longer, a black border of a quarter of it is put around; `scale_factor` is 1.15 and
        `min_neighbors` 2.
    max_distance : int, default=6
        Maximum number of the 64 bits in which the perceptual hashes of near duplicates differ.
    n_jobs : int or None, default=None
        Threads that look for faces.

    Returns
    -------
    Audit
        Its attributes are tables; `summary()` returns the figures.
        `fertools.reports.write_audit_report` writes a page with pictures.

    Raises
    ------
    ValueError
        If a parameter is invalid, the parts of the bunch differ in length, or an image is
        not one.

    Notes
    -----
    Duplicates are counted per split, because a test image with a duplicate in Training does not
    test generalization. Exact duplicates have equal pixels; near duplicates have hashes that differ
    in few bits (see `duplicate_groups`). Flat images are neither near duplicates nor outliers.

    An image is an outlier in brightness (mean m of its gray levels) or contrast (their standard
    deviation) where abs(m - median) > 3 s, with s = 1.4826 MAD over all images that are not flat,
    and at least one gray level. MAD is the median absolute deviation from the median [1]_.

    References
    ----------
    .. [1] B. Iglewicz, D. C. Hoaglin (1993). How to detect and handle outliers. ASQC Basic
       References in Quality Control 16. They advise a limit of 3.5; 3 finds what is odd in
       FER-2013 and little else.

    Examples
    --------
    >>> from fertools.datasets import audit, make_faces
    >>> faces = make_faces(70, random_state=0)
    >>> faces.images[7] = faces.images[3]
    >>> faces.images[9] = 0
    >>> found = audit(faces, detect=False)
    >>> found.exact[["group", "id", "label"]]
        group      id     label
    row
    3       0  face 3     happy
    7       0  face 7     angry
    >>> found.findings.loc["flat", "images"]
    np.int64(1)
    """
    # Tables of pandas cannot hold file and folder names that are not UTF-8.
    images, labels, ids = bunch.images, _escaped(bunch.labels), _escaped(bunch.ids)
    usage = _escaped(bunch.get("usage", ["all"] * len(labels)))
    usage = np.where(usage == "", "none", usage)  # the loaders' sign of an image in no split
    check_consistent_length(images, labels, ids, usage, bunch.get("groups"))
    rows = pd.DataFrame({"id": ids, "label": labels, "split": usage})
    rows.index.name = "row"

    class_names = list(pd.unique(np.r_[_escaped(bunch.target_names), labels]))
    split_names = sorted(pd.unique(usage), key=lambda name: name != USAGES[0])  # Training first
    split = pd.Categorical(usage, split_names).codes
    counts = count_images(labels, usage, class_names, split_names)
    persons = None
    if "groups" in bunch:
        rows["person"] = _escaped(bunch.groups)
        persons = count_images(rows["person"], usage, np.unique(rows["person"]), split_names)
    shapes = [(*np.shape(image), 1)[:3] for image in images]
    sizes = pd.DataFrame(shapes, columns=["height", "width", "channels"])

    number = exact_groups(images)
    pairs = near_duplicates(images, number, max_distance)
    exact = grouped(rows, number, np.bincount(number)[number] > 1)
    labels_of = exact.groupby("group")["label"].transform("nunique")
    chained = connected(pairs, number.max() + 1)
    is_near = np.bincount(chained)[chained] > 1

    gray = [to_uint8(image, f"images[{row}]") for row, image in enumerate(images)]
    light = np.array([(image.mean(), image.std(), np.ptp(image)) for image in gray])
    brightness, contrast, span = light.T
    vivid = span >= FLAT

    faces = coverage = None
    if detect:
        count = partial(count_faces, ViolaJonesDetector(**DETECTOR))
        once = [gray[row] for row in np.unique(number, return_index=True)[1]]
        n_faces = map_chunks(count, once, 1, n_jobs=n_jobs, dtype=int)[number, 0]
        faces = rows.assign(faces=n_faces)[n_faces != 1]
        found = n_faces > 0
        coverage = count_images(labels[found], usage[found], class_names, split_names) / counts

    return Audit(
        counts=counts,
        sizes=sizes.value_counts().rename("images").reset_index(),
        exact=exact,
        near=grouped(rows, chained[number], is_near[number]),
        exact_across=duplicates_across(number, split, split_names, np.empty((0, 2), dtype=int)),
        near_across=duplicates_across(number, split, split_names, pairs),
        conflicts=exact[labels_of > 1],
        flat=rows.assign(span=span.astype(int))[~vivid],
        illumination=illumination_outliers(rows[vivid], brightness[vivid], contrast[vivid]),
        faces=faces,
        coverage=coverage,
        persons=persons,
        left_out=bunch.get("report", report_frame()).map(_escaped_text),
        max_distance=max_distance,
        images=images,
    )
