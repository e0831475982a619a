"""Sound of an annotated video: copied, or encoded again where browsers could not play it."""

from .._utils.optional import import_optional

# Codecs that are copied, by container format, and the encoder for others; all browsers play them.
_COPIED = {
    "mp4": ({"aac", "mp3", "opus", "flac"}, "aac"),
    "mov": ({"aac", "mp3"}, "aac"),
    "webm": ({"opus", "vorbis"}, "libopus"),
}
# Opus has few sample rates.
_OPUS_RATE = 48_000


class SoundTrack:
    """Audio stream of the output.

    Parameters
    ----------
    container : av.OutputContainer
        Output.
    stream : av.AudioStream
        Input.
    shift : Fraction
        Time in seconds of the input at which the output begins.
    """

    def __init__(self, container, stream, shift):
        self._av = import_optional("av", "video")
        self._container, self._input, self._shift = container, stream, shift
        codecs, encoder = _COPIED.get(container.format.name, (None, None))
        self._is_copied = codecs is None or stream.codec_context.name in codecs
        self._last = None
        if self._is_copied:
            self._output = container.add_stream_from_template(stream)
        else:
            context = stream.codec_context
            rate = _OPUS_RATE if encoder == "libopus" else context.rate
            layout = "stereo" if context.layout.nb_channels > 1 else "mono"
            self._output = container.add_stream(encoder, rate=rate, layout=layout)

    def write(self, packet):
        """Write a packet of the input."""
        if not self._is_copied:
            self._transcode(packet)
            return
        ticks = round(self._shift / packet.time_base)
        dts = packet.pts if packet.dts is None else packet.dts
        if dts is None or (self._last is not None and dts <= self._last):
            return  # a damaged packet, which the output format would refuse
        self._last = dts
        packet.dts = dts - ticks
        packet.pts = (dts if packet.pts is None else packet.pts) - ticks
        packet.stream = self._output
        self._container.mux(packet)

    def _transcode(self, packet):
        try:
            frames = self._input.codec_context.decode(packet)
        except self._av.error.FFmpegError:
            return  # a damaged packet
        for frame in frames:
            if frame.pts is not None:
                unit = frame.time_base or self._input.time_base
                frame.pts -= round(self._shift / unit)
                frame.time_base = unit
            self._container.mux(self._output.encode(frame))

    def close(self):
        """Write what the encoder holds back."""
        if not self._is_copied:
            self._transcode(None)
            self._container.mux(self._output.encode(None))
