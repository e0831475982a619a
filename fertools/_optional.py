"""Modules that an extra of fertools brings."""

from importlib import import_module


def import_optional(module, extra):
    """Import a module that a plain installation of fertools does not bring.

    Parameters
    ----------
    module : str
        Full name of the module.
    extra : str
        The extra of fertools that brings it.

    Returns
    -------
    module

    Raises
    ------
    ImportError
        Where the module, or one that it needs, is not installed; the message says what to install.

    Examples
    --------
    >>> from fertools._optional import import_optional
    >>> import_optional("math", "neural").sqrt(4)
    2.0
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise ImportError(
            f'{error.name} is not installed; pip install "fertools[{extra}]"'
        ) from error
