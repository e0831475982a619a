"""Frames of a video file or stream, read with PyAV."""

import math
import os
from fractions import Fraction

import numpy as np

from .._utils.optional import import_optional
from ..exceptions import VideoReadError
from ._frame import Frame
from ._frame_sequence import is_selected
from ._packet_skipper import PacketSkipper

# Seconds to wait for a connection, and for each part of a stream.
_TIMEOUT = 10.0
# Playlists in files must not open other files or addresses.
_ALONE = {"protocol_whitelist": "none"}
# Seconds that a video may end before the time that its header states. If the header only states
# the duration of the whole file, the sound may be longer than the video.
_TOLERANCE, _SOUND_TOLERANCE = 0.25, 1.0


def is_url(source):
    """Return whether a source is the address of a stream, such as ``rtsp://...``."""
    return isinstance(source, str) and "://" in source


def _name(source):
    if isinstance(source, (str, os.PathLike)):
        return str(source)
    return str(getattr(source, "name", type(source).__name__))


def _count(n, noun):
    return f"{n} {noun}{'s' * (n != 1)}"


class VideoFile:
    """Frames of a video file or stream.

    Damaged parts are skipped. Packets of audio streams are passed on, so that the sound can be
    copied.

    Parameters
    ----------
    source : str, path-like or binary file object
        Video file, or address of a stream.
    start, end : float or None, default=None
        Range of the frames in seconds: `start` is included, `end` is not.

    Attributes
    ----------
    name : str
        Name of the source in messages.
    limits : tuple of (float or None, float or None)
        `start` and `end`.
    audio : list of av.AudioStream
        Audio streams.
    rate : Fraction
        Mean number of frames per second.
    seconds : float or None
        Duration of the video in seconds; None if the file does not state it.
    on_packet : callable or None
        Function that receives the audio packets between `start` and `end`. Set it before the frames
        are read.
    problem : str
        Damage that was found, empty if there is none; complete once all frames are read.

    Raises
    ------
    VideoReadError
        If the source is missing or is not a video.
    ImportError
        If PyAV is not installed.
    """

    def __init__(self, source, *, start=None, end=None):
        self._file = self._container = None
        self._av = import_optional("av", "video")
        self.name = _name(source)
        self.limits = start, end
        try:
            self._open(source)
            self._video = self._find_video()
        except BaseException:
            self.close()
            raise
        self.audio = list(self._container.streams.audio)
        self.rate = self._video.average_rate or self._video.guessed_rate or Fraction(25)
        self._zero = Fraction(self._container.start_time or 0, self._av.time_base)
        self.seconds, self._tolerance = self._stated_end()
        self.on_packet, self.problem = None, ""
        self._is_past_end, self._n_broken, self._n_corrupt = False, 0, 0
        # AVI only stores the order of decoding, at a constant frame rate.
        self._has_times = self._container.format.name != "avi"

    def _open(self, source):
        try:
            if is_url(source):
                self._container = self._av.open(source, timeout=_TIMEOUT)
                return
            if not hasattr(source, "read"):
                # An open file instead of its name, which FFmpeg could take for a protocol.
                source = self._file = open(source, "rb")  # noqa: SIM115
                if os.fstat(source.fileno()).st_size == 0:
                    raise VideoReadError(f"{self.name}: the file is empty.")
            self._container = self._av.open(source, options=_ALONE)
        except FileNotFoundError as error:
            raise VideoReadError(f"{self.name}: there is no such file.", "missing") from error
        except self._av.error.FFmpegError as error:
            reason = "not a video, or a damaged one"
            if is_url(source):
                reason = f"the stream cannot be read ({error.strerror})"
            raise VideoReadError(f"{self.name}: {reason}.") from error
        except OSError as error:
            raise VideoReadError(f"{self.name}: {error.strerror or error}.") from error

    def _find_video(self):
        for stream in self._container.streams.video:
            # The cover picture of a sound file is not a video.
            if not stream.disposition & stream.disposition.attached_pic and stream.codec_context:
                return stream
        raise VideoReadError(f"{self.name}: the file has no video.")

    def _stated_end(self):
        """Return the end of the video in seconds, or None, and the tolerance of this value."""
        video, container = self._video, self._container
        if video.duration:
            start = (video.start_time or 0) * video.time_base - self._zero
            return float(start + video.duration * video.time_base), _TOLERANCE
        if "DURATION" in video.metadata:
            hours, minutes, seconds = video.metadata["DURATION"].split(":")
            return int(hours) * 3600 + int(minutes) * 60 + float(seconds), _TOLERANCE
        if container.duration:
            tolerance = _SOUND_TOLERANCE if self.audio else _TOLERANCE
            return container.duration / self._av.time_base, tolerance
        return None, None

    def __iter__(self):
        number, time, unit = 0, 0.0, self._video.time_base
        start = self.limits[0] if self._has_times else None
        start = None if start is None else math.floor((Fraction(start) + self._zero) / unit)
        skipper = PacketSkipper(self._video, start)
        is_first = True
        for frame in self._decode(skipper):
            pts = frame.pts
            if skipper.first is not None and is_first:
                if pts is not None and pts < skipper.first:
                    continue
                number, is_first = skipper.n_dropped, False
            if pts is None or not self._has_times:
                pts = round((number / self.rate + self._zero) / unit)
            time = float(pts * unit - self._zero)
            if is_selected(time, self.limits):
                yield Frame(number, time, self._upright(frame), pts, unit)
            self._is_past_end = self.limits[1] is not None and time >= self.limits[1]
            number += 1
        if number == 0:
            raise VideoReadError(f"{self.name}: no frame of the video can be read.")
        self._describe_damage(time + float(1 / self.rate))

    def _decode(self, skipper):
        """Yield the decoded frames up to the first one after the range."""
        # Sound of the range may follow after its last frame.
        sounding = {stream.index for stream in self.audio} if self.on_packet else set()
        for packet in self._packets():
            if packet is not None and packet.stream_index in sounding:
                time = float((packet.dts or 0) * packet.time_base - self._zero)
                if is_selected(time, self.limits):
                    self.on_packet(packet)
                elif self.limits[0] is None or time >= self.limits[0]:
                    sounding.discard(packet.stream_index)
            elif not self._is_past_end and (packet is None or packet.stream is self._video):
                for wanted in skipper.feed(packet):
                    yield from self._decode_packet(wanted)
            if self._is_past_end and not sounding:
                return

    def _decode_packet(self, packet):
        try:
            frames = self._video.codec_context.decode(packet)
        except self._av.error.FFmpegError:
            self._n_broken += 1
            return
        for frame in frames:
            self._n_corrupt += bool(frame.is_corrupt)
            yield frame
            if self._is_past_end:
                return

    def _packets(self):
        """Yield packets of video and sound, and finally None, which flushes the decoder."""
        streams = [self._video, *(self.audio if self.on_packet else [])]
        try:
            for packet in self._container.demux(streams):
                if packet.size:
                    yield packet
        except (self._av.error.FFmpegError, OSError) as error:
            self.problem = f"reading failed ({error.strerror})"
        yield None

    def _upright(self, frame):
        """Convert a frame to an upright RGB image with square pixels."""
        aspect = self._video.sample_aspect_ratio or 1
        width = frame.width if aspect == 1 else max(1, round(frame.width * aspect))
        image = frame.to_ndarray(format="rgb24", width=width)
        turns = round(frame.rotation / 90) % 4
        return np.ascontiguousarray(np.rot90(image, turns)) if turns else image

    def _describe_damage(self, end):
        problems = [self.problem] if self.problem else []
        if self._n_broken:
            problems.append(f"{_count(self._n_broken, 'packet')} could not be decoded")
        if self._n_corrupt:
            problems.append(f"{_count(self._n_corrupt, 'frame')} may be damaged")
        if self.seconds is not None and not self._is_past_end:
            missing = self.seconds - end
            if missing > max(self._tolerance, float(2 / self.rate)):
                problems.append(f"the video ends after {end:.2f} of {self.seconds:.2f} seconds")
        self.problem = "; ".join(problems)

    def close(self):
        """Close the file."""
        for opened in (self._container, self._file):
            if opened is not None:
                opened.close()

    # A generator of `analyze` that is never read cannot close the file.
    __del__ = close
