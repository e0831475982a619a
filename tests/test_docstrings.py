"""Docstrings of public names match signatures and fitted attributes."""

import ast
import dataclasses
import inspect
import re

import pandas as pd
import pytest
from discovery import public_estimators, public_items
from imblearn.base import is_sampler
from numpydoc.docscrape import ClassDoc, FunctionDoc
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.utils import get_tags

from fertools.datasets import make_faces
from fertools.features import DiscreteCosine, LocalBinaryPatterns, PrincipalFeatures
from fertools.kernels import GramSVC, KernelRidgeClassifier
from fertools.neural import KerasImageClassifier

FACES = make_faces(35, size=16, random_state=0)
# Named columns, so that `feature_names_in_` is set.
PIXELS = pd.DataFrame(FACES.images.reshape(35, -1) / 255).rename(columns="pixel_{}".format)
# One epoch of a network for images of 16 x 16 pixels.
SMALL = {"network": "five_conv", "epochs": 1}
ARGUMENTS = {
    "ConformalClassifier": {"estimator": GaussianNB().fit(PIXELS, FACES.labels)},
    "KerasEmbedding": {"estimator": KerasImageClassifier(**SMALL)},
    "KerasFeatureClassifier": SMALL | {"network": "ann"},
    "KerasImageClassifier": SMALL,
    # Descriptors with odd features, so that `odd_` is set.
    "FeatureFusion": {
        "descriptors": [
            ("lbp", PrincipalFeatures(LocalBinaryPatterns(radii=(1,)), 9)),
            ("dct", PrincipalFeatures(DiscreteCosine(20), 9)),
        ]
    },
    "KernelImageClassifier": {
        "transformer": PrincipalFeatures(DiscreteCosine(20), 9, image_shape=(16, 16)),
        "estimator": GramSVC(),
    },
    "LocalBinaryPatterns": {"grid": (4, 4)},
    "OrientedGradients": {"symmetric": True, "grids": ((4, 4),)},
    "PrincipalFeatures": {"transformer": DiscreteCosine(20)},
    "PairMeansClassifier": {"estimator": KernelRidgeClassifier(0.1)},
    "TemperatureScalingCV": {"estimator": GaussianNB()},
    "ViewAveraging": {"estimator": make_pipeline(DiscreteCosine(20), GaussianNB())},
    "WithMirror": {"transformer": DiscreteCosine(20)},
}


def public_methods(cls):
    """Return the public methods of a class that fertools defines, by their full names."""
    return {
        f"{cls.__module__}.{cls.__name__}.{name}": method
        for name, method in inspect.getmembers(cls, inspect.isfunction)
        if not name.startswith("_") and method.__module__.startswith("fertools.")
    }


ITEMS = public_items()
CLASSES = {name: item for name, item in ITEMS.items() if inspect.isclass(item)}
FUNCTIONS = {name: item for name, item in ITEMS.items() if inspect.isroutine(item)}
for cls in CLASSES.values():
    FUNCTIONS |= public_methods(cls)
ESTIMATORS = {
    name: item
    for name, item in CLASSES.items()
    if item in public_estimators() and hasattr(item, "fit")
}
RECORDS = {
    name: item
    for name, item in CLASSES.items()
    if dataclasses.is_dataclass(item) or hasattr(item, "_fields")
}
# Exceptions without arguments of their own have no signature.
BUILT = {
    name: item for name, item in CLASSES.items() if name not in RECORDS and "__init__" in vars(item)
}


def over(items):
    return pytest.mark.parametrize("item", items.values(), ids=items)


def documented(section):
    """Return {name: type} of a section; a line may have several names."""
    return {name: entry.type for entry in section for name in entry.name.split(", ")}


def check_parameters(doc, item):
    """Compare names, order and defaults of the documented parameters with the signature."""
    parameters = {
        ("*" * (p.kind == p.VAR_POSITIONAL) + "**" * (p.kind == p.VAR_KEYWORD) + name): p
        for name, p in inspect.signature(item).parameters.items()
        if name != "self"
    }
    types = documented(doc["Parameters"])
    assert list(types) == list(parameters)
    for name, parameter in parameters.items():
        assert types[name], f"{name} has no type"
        documented_default = re.search(r"default=(.+)$", types[name])
        # The default None need not be documented.
        if parameter.default is inspect.Parameter.empty:
            assert documented_default is None, f"{name} has no default"
        elif parameter.default is not None:
            assert documented_default, f"{name} has the default {parameter.default!r}"
        if documented_default:
            assert ast.literal_eval(documented_default.group(1)) == parameter.default, name


def test_discovery_finds_public_names():
    assert {"fertools.datasets.make_faces", "fertools.kernels.GramSVC"} <= set(ITEMS)
    assert "fertools.kernels.GramSVC.predict" in FUNCTIONS
    assert len(ESTIMATORS) >= 10


@over(ITEMS | FUNCTIONS)
def test_docstring_begins_with_a_sentence(item):
    first = inspect.getdoc(item).split("\n\n")[0]
    assert re.match(r"[A-Z].*\.$", first, re.DOTALL), first


@over(FUNCTIONS)
def test_function_parameters_are_documented(item):
    check_parameters(FunctionDoc(item), item)


@over(BUILT)
def test_class_parameters_are_documented(item):
    check_parameters(ClassDoc(item), item)


@over(RECORDS)
def test_record_attributes_are_documented(item):
    fields = getattr(item, "_fields", None) or [f.name for f in dataclasses.fields(item)]
    doc = ClassDoc(item, config={"show_class_members": False})
    assert list(documented(doc["Attributes"])) == list(fields)


@over(ESTIMATORS)
def test_fitted_attributes_are_documented(item):
    estimator = item(**ARGUMENTS.get(item.__name__, {}))
    if "image_shape" in estimator.get_params():
        estimator.set_params(image_shape=(16, 16))
    tags = get_tags(estimator).classifier_tags
    labels = FACES.labels if tags is None or tags.multi_class else FACES.labels == "happy"
    (estimator.fit_resample if is_sampler(estimator) else estimator.fit)(PIXELS, labels)
    fitted = {n for n in dir(estimator) if n.endswith("_") and not n.startswith("_")}
    doc = ClassDoc(item, config={"show_class_members": False})
    assert set(documented(doc["Attributes"])) == fitted
    assert all(hasattr(estimator, name) for name in fitted)
