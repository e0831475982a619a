"""Import optional dependencies, and check the OpenCV installation."""

from importlib import import_module

REPAIR_OPENCV = 'pip install --force-reinstall --no-deps "opencv-python>=4.10,<5"'


def check_opencv(cv2):
    """Check that `cv2` is not just a folder that is left after OpenCV was uninstalled.

    Parameters
    ----------
    cv2 : module
        Imported module.

    Raises
    ------
    ImportError
        If the functions of OpenCV are missing; the message gives the repair command.
    """
    if not hasattr(cv2, "cvtColor"):
        folder = next(iter(getattr(cv2, "__path__", [])), "an unknown folder")
        raise ImportError(
            f"OpenCV is not installed completely: module cv2 in {folder} has no functions, for "
            "example because one of several OpenCV packages that share this folder was "
            f"uninstalled. Repair it with: {REPAIR_OPENCV}"
        )


def import_optional(module, extra):
    """Import a module that an extra of fertools installs.

    Parameters
    ----------
    module : str
        Full name of the module.
    extra : str
        Extra of fertools that installs it.

    Returns
    -------
    module
        Imported module.

    Raises
    ------
    ImportError
        If the module or one of its dependencies is not installed; the message gives the command
        that installs it.

    Examples
    --------
    >>> from fertools._utils.optional import import_optional
    >>> import_optional("math", "neural").sqrt(4)
    2.0
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise ImportError(
            f'{error.name} is not installed; pip install "fertools[{extra}]"'
        ) from error
