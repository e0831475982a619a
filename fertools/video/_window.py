"""Window on the screen, drawn by OpenCV."""

import os
import sys

import cv2

_HEADLESS = (
    "the installed OpenCV has no windows (opencv-python-headless?). Repair it with: pip uninstall "
    'opencv-python-headless, and pip install --force-reinstall --no-deps "opencv-python>=4.10,<5"'
)


class Window:
    """Window that shows pictures and reads keys.

    Parameters
    ----------
    title : str
        Title of the window.

    Raises
    ------
    OSError
        If there is no display.
    ImportError
        If the installed OpenCV has no windows.
    """

    def __init__(self, title):
        self._title, self._shape = title, None
        # Without a display, Qt ends the process.
        shown = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
        if sys.platform.startswith("linux") and not shown:
            raise OSError(
                "no display: a window needs a desktop session (the environment variables DISPLAY "
                'and WAYLAND_DISPLAY are not set). Without one, use "fertools video".'
            )
        try:
            cv2.namedWindow(title, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO)
        except cv2.error as error:
            raise ImportError(_HEADLESS) from error

    def show(self, picture):
        """Show an RGB picture."""
        if picture.shape != self._shape:
            self._shape = picture.shape
            cv2.resizeWindow(self._title, *picture.shape[1::-1])
        cv2.imshow(self._title, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))

    def key(self):
        """Return the key that was pressed, "" if there is none, or "q" if the window is closed."""
        code = cv2.waitKey(1)
        if cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) < 1:
            return "q"
        return "" if code < 0 else chr(code & 0xFF).lower()

    def close(self):
        """Close the window."""
        # OpenCV raises an error if the user has closed it.
        if cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) >= 1:
            cv2.destroyWindow(self._title)
            cv2.waitKey(1)
