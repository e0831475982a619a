"""Heavy dependencies are imported where they are used, with an error that says how to get them."""

from importlib import import_module


def import_optional(module, extra):
    """Import `module`, which the extra ``fertools[extra]`` installs.

    Raises
    ------
    ImportError
        Naming the module and the command that installs it.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(
            f'{module} is needed here; install it with: pip install "fertools[{extra}]"'
        ) from error
