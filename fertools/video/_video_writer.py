"""Video files that browsers play, written with PyAV."""

from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path

import numpy as np

from .._utils.files import replacing
from .._utils.optional import import_optional
from ._sound import SoundTrack

_H264, _VP9 = ("libx264", "libopenh264"), ("libvpx-vp9",)
# Container format and encoders by suffix.
FORMATS = {
    ".mp4": ("mp4", _H264),
    ".m4v": ("mp4", _H264),
    ".mov": ("mov", _H264),
    ".mkv": ("matroska", _H264),
    ".webm": ("webm", _VP9),
}
# Quality that hides the compression, at a speed near that of a camera.
_OPTIONS = {
    "libx264": {"preset": "veryfast", "crf": "20"},
    "libopenh264": {"rc_mode": "quality"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8", "row-mt": "1", "crf": "28", "b:v": "0"},
}
# ITU-R BT.709, the colors of high definition, and the limited range of levels.
_BT709, _LIMITED = 1, 1


def check_video_path(path, name="path"):
    """Return the output path of a video, or raise an error if its suffix is of no known format.

    Raises
    ------
    ValueError
        If the suffix is unknown, or the installed FFmpeg has no encoder for it.
    ImportError
        If PyAV is not installed.
    """
    path = Path(path)
    if path.suffix.lower() not in FORMATS:
        raise ValueError(f"{name} must end with one of {', '.join(FORMATS)}; got {str(path)!r}.")
    _find_encoder(path)
    return path


def _find_encoder(path):
    av = import_optional("av", "video")
    encoders = FORMATS[path.suffix.lower()][1]
    for encoder in encoders:
        try:
            av.codec.Codec(encoder, "w")
        except av.codec.codec.UnknownCodecError:
            continue
        return encoder
    raise ValueError(
        f"path must be of a format that the installed PyAV can encode; it has no encoder "
        f"{' or '.join(encoders)}. Install the wheel of PyPI with: pip install av"
    )


class VideoWriter:
    """H.264 or VP9 video of 8 bits, written atomically.

    Parameters
    ----------
    path : path-like
        Output file; see `check_video_path`.
    rate : Fraction
        Mean number of frames per second, which only guides the encoder.
    audio : list of av.AudioStream, default=()
        Audio streams of the input.
    shift : float, default=0.0
        Time in seconds of the input at which the output begins.

    Notes
    -----
    Use it as a context manager: the file appears when the block ends without an exception. At least
    one frame must be written.
    """

    def __init__(self, path, rate, *, audio=(), shift=0.0):
        self._av = import_optional("av", "video")
        self._path, self._rate, self._audio = Path(path), rate, list(audio)
        self._shift = Fraction(shift).limit_denominator(1_000_000)
        self._encoder = _find_encoder(self._path)
        self._container = self._stream = self._last = None
        self._sounds, self._waiting = {}, []
        self._exits = ExitStack()

    def __enter__(self):
        with ExitStack() as exits:
            self._file = exits.enter_context(replacing(self._path))
            self._exits = exits.pop_all()
        return self

    def __exit__(self, *error):
        try:
            if error[0] is None:
                self._finish()
        except BaseException as failure:
            error = type(failure), failure, failure.__traceback__
            self._exits.__exit__(*error)
            raise
        finally:
            if self._container is not None:
                self._container.close()
        return self._exits.__exit__(*error)

    def _open(self, shape, time_base):
        suffix = self._path.suffix.lower()
        options = {"movflags": "+faststart"} if suffix in (".mp4", ".m4v", ".mov") else {}
        self._container = self._av.open(
            str(self._file), "w", format=FORMATS[suffix][0], options=options
        )
        self._stream = self._container.add_stream(
            self._encoder, rate=self._rate, options=_OPTIONS[self._encoder]
        )
        context = self._stream.codec_context
        context.height, context.width = shape
        context.pix_fmt, context.time_base = "yuv420p", time_base
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        context.color_range = _LIMITED
        self._sounds = {
            stream.index: SoundTrack(self._container, stream, self._shift) for stream in self._audio
        }

    def write(self, image, pts, time_base):
        """Write a frame.

        Parameters
        ----------
        image : ndarray of shape (h, w, 3), uint8
            RGB pixels, of the same shape for all frames.
        pts : int
            Timestamp in the input.
        time_base : Fraction
            Unit of `pts` in seconds, the same for all frames.
        """
        # Chroma is stored for blocks of 2 x 2 pixels.
        odd = [(0, side % 2) for side in image.shape[:2]]
        if any(more for _, more in odd):
            image = np.pad(image, [*odd, (0, 0)], mode="edge")
        if self._container is None:
            self._open(image.shape[:2], time_base)
        pts -= round(self._shift / time_base)
        if self._last is not None:
            # Timestamps of damaged videos may repeat, which would lose a frame.
            pts = max(pts, self._last + 1)
        self._last = pts
        frame = self._av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
        frame = frame.reformat(format="yuv420p", dst_colorspace="ITU709")
        frame.pts, frame.time_base = pts, time_base
        self._container.mux(self._stream.encode(frame))
        while self._waiting:
            self.write_sound(self._waiting.pop(0))

    def write_sound(self, packet):
        """Write an audio packet of the input; packets before the first frame wait for it."""
        if self._container is None:
            self._waiting.append(packet)
        else:
            self._sounds[packet.stream_index].write(packet)

    def _finish(self):
        if self._container is None:
            raise ValueError(f"{self._path}: no frame was written.")
        self._container.mux(self._stream.encode(None))
        for sound in self._sounds.values():
            sound.close()
        self._container.close()
        self._container = None
