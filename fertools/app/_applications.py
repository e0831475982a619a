"""Build the endpoint and the web page."""

import os
from collections.abc import Sequence
from numbers import Integral
from typing import Any

from sklearn.utils._param_validation import Interval, validate_parameter_constraints

from .._utils.optional import import_optional
from ._limits import MIB, UploadLimits
from ._models import Models

_PAGE_LIMITS = UploadLimits(max_bytes=128 * MIB, max_photos=1000)
_CONSTRAINTS = {
    "limits": [UploadLimits, None],
    "hosts": [list, tuple, None],
    "max_workers": [Interval(Integral, 1, None, closed="left")],
}
_SHORTEST_TOKEN = 16


def make_endpoint(
    model: str | os.PathLike[str] = "fast",
    *,
    models_folder: str | os.PathLike[str] | None = None,
    limits: UploadLimits | None = None,
    tokens: Sequence[str] = (),
    hosts: Sequence[str] | None = None,
    max_workers: int = 2,
) -> Any:
    """Build an HTTP endpoint that recognizes the expressions in uploaded photos.

    ``POST /v1/faces`` takes a form with one part named ``photos`` per photo and returns JSON,
    ``GET /v1/health`` reports models and limits, and ``GET /`` is a reference page. Photos are not
    stored. The command ``fertools serve`` runs the endpoint; any ASGI server can do so as well.

    Parameters
    ----------
    model : str or path-like, default="fast"
        Default model: name of a shipped model or of a file in `models_folder`, or path of a model
        file.
    models_folder : str, path-like or None, default=None
        Folder with further model files that requests may select by their file names. Subfolders
        are not searched.
    limits : UploadLimits or None, default=None
        Limits on uploads. None means ``UploadLimits()``.
    tokens : sequence of str, default=()
        Bearer tokens of at least 16 characters, one of which each request for ``/v1/faces`` must
        contain. Empty means that no token is required.
    hosts : sequence of str or None, default=None
        Host names that requests may be addressed to; None means any.
    max_workers : int, default=2
        Number of requests that are computed at a time; the others wait.

    Returns
    -------
    fastapi.FastAPI
        ASGI application.

    Raises
    ------
    FileNotFoundError
        If there is no such model or folder.
    ImportError
        If the extra ``app`` is not installed.
    ValueError
        If a parameter is invalid.

    Examples
    --------
    >>> from fertools.app import make_endpoint
    >>> endpoint = make_endpoint(tokens=["a secret of 24 letters.."])  # doctest: +SKIP
    """
    given = {"limits": limits, "hosts": hosts, "max_workers": max_workers}
    validate_parameter_constraints(_CONSTRAINTS, given, caller_name="make_endpoint")
    _check_tokens(tokens)
    for module in ("fastapi", "python_multipart"):
        import_optional(module, "app")
    from ._endpoint import build_endpoint

    models = _load_models(model, models_folder)
    hosts = None if hosts is None else tuple(hosts)
    return build_endpoint(models, limits or UploadLimits(), tuple(tokens), hosts, max_workers)


def make_page(
    model: str | os.PathLike[str] = "fast",
    *,
    models_folder: str | os.PathLike[str] | None = None,
    limits: UploadLimits | None = None,
    hosts: Sequence[str] | None = None,
    max_workers: int = 2,
) -> Any:
    """Build a web page that recognizes the expressions in photos of its user.

    The page has tabs for a photo or the webcam, for many photos, for a video (with the extra
    ``video``) and for the model card. It sends no telemetry and loads nothing from other sites.
    Uploads are kept in a temporary folder of this process, the environment variable
    ``GRADIO_TEMP_DIR``, for at most 11 minutes. The command ``fertools app`` runs the page; any
    ASGI server can do so as well.

    Parameters
    ----------
    model : str or path-like, default="fast"
        Model that is selected first: name of a shipped model or of a file in `models_folder`, or
        path of a model file.
    models_folder : str, path-like or None, default=None
        Folder with further model files to choose from. Subfolders are not searched.
    limits : UploadLimits or None, default=None
        Limits on uploads. None means 128 MiB and 1000 photos of up to 50 million pixels.
    hosts : sequence of str or None, default=None
        Host names that requests may be addressed to; None means any.
    max_workers : int, default=2
        Number of recognitions that are computed at a time; the others wait.

    Returns
    -------
    fastapi.FastAPI
        ASGI application.

    Raises
    ------
    FileNotFoundError
        If there is no such model or folder.
    ImportError
        If the extra ``app`` is not installed.
    ValueError
        If a parameter is invalid.

    Examples
    --------
    >>> from fertools.app import make_page
    >>> page = make_page("accurate")  # doctest: +SKIP
    """
    given = {"limits": limits, "hosts": hosts, "max_workers": max_workers}
    validate_parameter_constraints(_CONSTRAINTS, given, caller_name="make_page")
    # Gradio asks a server for its newest version when it is imported or used, unless told not to.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    # Browsers would keep the uploads.
    os.environ["GRADIO_RUN_HISTORY"] = "False"
    import_optional("gradio", "app")
    from ._hosting import host_page

    models = _load_models(model, models_folder)
    hosts = None if hosts is None else tuple(hosts)
    return host_page(models, limits or _PAGE_LIMITS, hosts, max_workers)


def _load_models(model, folder):
    """List the models, and load the default, so that a damaged file is reported now."""
    models = Models(model, folder)
    models.recognizer(models.default)
    return models


def _check_tokens(tokens):
    rule = f"tokens must be a list of ASCII texts of at least {_SHORTEST_TOKEN} characters"
    if isinstance(tokens, str):
        raise ValueError(f"{rule}; got one text.")
    for token in tokens:
        # The message does not contain the token.
        if len(token) < _SHORTEST_TOKEN:
            raise ValueError(f"{rule}; got one of {len(token)}.")
        if not token.isascii():
            raise ValueError(f"{rule}; got one with other characters.")
