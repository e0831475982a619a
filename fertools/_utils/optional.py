"""Optional dependencies, and the check of the OpenCV installation."""

from importlib import import_module

REPAIR_OPENCV = 'pip install --force-reinstall --no-deps "opencv-python>=4.10,<5"'


def check_opencv(cv2):
    """Check that `cv2` is more than the folder that uninstalling OpenCV can leave behind.

    Parameters
    ----------
    cv2 : module

    Raises
    ------
    ImportError
        If the functions of OpenCV are missing; the message names the remedy.
    """
    if not hasattr(cv2, "cvtColor"):
        folder = next(iter(getattr(cv2, "__path__", [])), "an unknown folder")
        raise ImportError(
            f"OpenCV is not installed completely: module cv2 in {folder} has no functions, for "
            "example because one of several OpenCV packages, which share this folder, was "
            f"uninstalled. Repair it with: {REPAIR_OPENCV}"
        )


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
