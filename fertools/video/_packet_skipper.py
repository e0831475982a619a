"""Skip the packets before the start of a part of a video, without decoding them."""

# Codecs of which each packet holds one frame.
_ONE_FRAME_PER_PACKET = {"h264", "hevc", "vp9", "av1"}


class PacketSkipper:
    """Drop the packets before the last key frame that is not after the start.

    Frames can only be decoded from a key frame on. The dropped frames are counted, so that the
    others keep their numbers.

    Parameters
    ----------
    stream : av.VideoStream
        Stream of the packets.
    start : int or None
        First timestamp of the part, in the time base of the stream; None drops nothing.

    Attributes
    ----------
    n_dropped : int
        Number of frames that are not decoded, or that are decoded but come before the key frame.
    first : int or None
        Timestamp of the key frame; earlier frames that are decoded must be left out.
    """

    def __init__(self, stream, start):
        self.n_dropped, self.first = 0, None
        is_known = stream.codec_context.name in _ONE_FRAME_PER_PACKET
        self._start = start if is_known else None
        self._waiting = []

    def feed(self, packet):
        """Return the packets to decode now, given the next one, or None at the end."""
        if self._start is None:
            return [packet]
        is_usable = packet is not None and packet.pts is not None and packet.dts is not None
        if is_usable and packet.is_keyframe and packet.pts <= self._start:
            self.n_dropped += sum(not waiting.is_discard for waiting in self._waiting)
            self._waiting, self.first = [], packet.pts
        self._waiting.append(packet)
        if is_usable and packet.dts < self._start:
            return []
        self._start, waiting = None, self._waiting
        # Frames that follow the key frame in the file may precede it on the screen.
        if self.first is not None:
            self.n_dropped += sum(
                other is not None and other.pts is not None and other.pts < self.first
                for other in waiting
            )
        self._waiting = []
        return waiting
