"""Checks of the cameras for ``fertools doctor``."""

import os
import sys
from pathlib import Path

from ._installation import OK, WARNING, Finding

_VIDEO_DEVICES = Path("/sys/class/video4linux")
_N_CAMERAS = 4  # Number of cameras that are tried on systems that do not list them.
_FRAME_TIMEOUT = 5.0


def check_cameras(is_opening):
    """List the cameras.

    Parameters
    ----------
    is_opening : bool
        Read a frame from each camera. Otherwise, only Linux lists them.
    """
    hint = "fertools doctor --cameras reads a picture from each camera."
    if sys.platform == "linux":
        numbers = _linux_cameras()
        if not numbers:
            return [Finding("cameras", OK, "none")]
    elif not is_opening:
        return [Finding("cameras", OK, "not checked", hint)]
    else:
        numbers = dict.fromkeys(range(_N_CAMERAS), "")
    if is_opening:
        findings = [_open_camera(number, title) for number, title in numbers.items()]
        if sys.platform == "linux":
            return findings
        found = [finding for finding in findings if finding.status == OK]
        return found or [Finding("cameras", OK, "none")]
    return [_check_device(number, title) for number, title in numbers.items()]


def _linux_cameras():
    """Return the number and title of each camera; the devices of their metadata are left out."""
    cameras = {}
    for device in _VIDEO_DEVICES.glob("video*"):
        number = device.name.removeprefix("video")
        index, title = device / "index", device / "name"
        if number.isdecimal() and (not index.is_file() or index.read_text().strip() == "0"):
            cameras[int(number)] = title.read_text().strip() if title.is_file() else ""
    return dict(sorted(cameras.items()))


def _check_device(number, title):
    path = Path(f"/dev/video{number}")
    finding = Finding(f"camera {number}", OK, title or str(path))
    if not path.exists():
        value = f"{finding.value}; {path} is missing"
        hint = f"In a container, pass the device: docker run --device {path} ..."
        return finding._replace(status=WARNING, value=value, hint=hint)
    if not os.access(path, os.R_OK | os.W_OK):
        hint = f"Add your user to the group of {path}: sudo usermod -aG video USER"
        return finding._replace(status=WARNING, value=f"{finding.value}; no permission", hint=hint)
    return finding


def _open_camera(number, title):
    from ..exceptions import VideoReadError
    from ..video._camera import Camera, LatestFrames

    name = f"camera {number}"
    try:
        frames = LatestFrames(Camera(number), _FRAME_TIMEOUT)
        try:
            height, width = next(iter(frames)).image.shape[:2]
        finally:
            frames.close()
    except (VideoReadError, StopIteration) as error:
        hint = "Close other programs that use the camera, and check its permissions."
        return Finding(name, WARNING, f"{title} {error}".strip(), hint)
    return Finding(name, OK, f"{title} {width} x {height} pixels".strip())
