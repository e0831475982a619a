"""Read the option ``--methods``: names of methods, or a YAML file."""

import os

from ._terminal import user_path

_MAX_BYTES = 1_000_000  # a file of methods has hundreds


def read_methods(text):
    """Return the methods of the option ``--methods``.

    Parameters
    ----------
    text : str
        Names of methods separated by commas, or the path of a YAML file.

    Returns
    -------
    dict of str to (str, dict)
        For each name, the method and its parameters.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is too large, is not YAML, or does not map names to parameters.
    """
    if not text.endswith((".yaml", ".yml")):
        return {name.strip(): (name.strip(), {}) for name in text.split(",")}
    entries = _read_yaml(text)
    if not isinstance(entries, dict) or not all(
        isinstance(entry, dict | None) for entry in entries.values()
    ):
        raise ValueError(
            f"{text}: must map each name to its parameters, as in 'linear: {{method: svm, kernel: "
            "linear}'."
        )
    methods = {}
    for name, entry in entries.items():
        parameters = {"method": name} | (entry or {})
        methods[name] = parameters.pop("method"), parameters
    return methods


def _read_yaml(text):
    import yaml

    path = user_path(text)
    if not os.path.isfile(path):
        raise FileNotFoundError(f"{text}: no such file.")
    size = path.stat().st_size
    if size > _MAX_BYTES:
        raise ValueError(f"{text}: must be at most {_MAX_BYTES:,} bytes; got {size:,}.")
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"{text}: not a YAML file. {error}") from error


def make_methods(methods, **defaults):
    """Build the estimators of methods.

    Parameters
    ----------
    methods : dict of str to (str, dict)
        Result of `read_methods`.
    **defaults : dict
        Parameters of the methods that have them, such as ``n_jobs=2``; entries of `methods` take
        precedence.

    Returns
    -------
    dict of str to BaseEstimator

    Raises
    ------
    ValueError
        If a method, a parameter or a value is unknown; the message starts with the name.
    """
    from ..pipeline._methods import METHODS, make_method, method_parameters

    estimators = {}
    for name, (method, parameters) in methods.items():
        if method not in METHODS:
            choices = ", ".join(METHODS)
            raise ValueError(f"{name}: --methods must be one of {choices}; got {method!r}.")
        own = method_parameters(method)
        chosen = {key: value for key, value in defaults.items() if key in own} | parameters
        try:
            estimators[name] = make_method(method, **chosen)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{name}: {error}") from error
    return estimators
