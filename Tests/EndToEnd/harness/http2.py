"""HTTP/2 clients: one that behaves (on the h2 library) and one that sends whatever frames a test wants."""

import h2.config
import h2.connection
import h2.events
import hpack
from hyperframe.frame import Frame, GoAwayFrame, HeadersFrame, RstStreamFrame, SettingsFrame

from . import raw

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


class Http2Client:
    """Several streams on one connection; `give_window=False` never lets the other side send more than its first window."""

    def __init__(self, port, context=None, give_window=True):
        self.socket = raw.connect(port, context)
        self.give_window = give_window
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding="utf-8"))
        self.h2.initiate_connection()
        self._heads, self._bodies, self._trailers, self._ended, self.resets = {}, {}, {}, set(), {}
        self.closed = False
        self._flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def request(self, method, path, headers=None, end=True, authority="localhost"):
        """Begin a stream; its number."""
        stream = self.h2.get_next_available_stream_id()
        scheme = "https" if hasattr(self.socket, "cipher") else "http"
        fields = [(":method", method), (":scheme", scheme), (":authority", authority), (":path", path)]
        self.h2.send_headers(stream, [*fields, *(headers or {}).items()], end_stream=end)
        self._bodies[stream] = b""
        self._flush()
        return stream

    def data(self, stream, piece, end=False):
        """A piece of a request's body."""
        self.h2.send_data(stream, piece, end_stream=end)
        self._flush()

    def receive(self):
        """Read once and take in what it means; False when the connection has ended."""
        data = b"" if self.closed else self.socket.recv(65536)
        if not data:
            self.closed = True
            return False
        for event in self.h2.receive_data(data):
            self._take(event)
        self._flush()
        return True

    def _take(self, event):
        if isinstance(event, h2.events.ResponseReceived):
            self._heads[event.stream_id] = dict(event.headers)
        elif isinstance(event, h2.events.DataReceived):
            self._bodies[event.stream_id] += event.data
            if self.give_window and event.flow_controlled_length:
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.TrailersReceived):
            self._trailers[event.stream_id] = dict(event.headers)
        elif isinstance(event, h2.events.StreamEnded):
            self._ended.add(event.stream_id)
        elif isinstance(event, h2.events.StreamReset):
            self.resets[event.stream_id] = event.error_code
            self._ended.add(event.stream_id)
        elif isinstance(event, h2.events.ConnectionTerminated):
            self.closed = True

    def until_ended(self, *streams):
        """Read until those streams have ended, or the connection has."""
        while not self._ended.issuperset(streams) and self.receive():
            pass

    def status(self, stream):
        """Status of an answer; 0 before it is there."""
        return int(self._heads.get(stream, {}).get(":status", 0))

    def headers(self, stream):
        """Header fields of an answer."""
        return self._heads.get(stream, {})

    def trailers(self, stream):
        """Trailer fields of an answer."""
        return self._trailers.get(stream, {})

    def body(self, stream):
        """What has come of a body."""
        return self._bodies[stream]

    def _flush(self):
        data = self.h2.data_to_send()
        if data:
            self.socket.sendall(data)


class Frames:
    """A connection on which a test sends frames as it likes, well-formed or not."""

    def __init__(self, port, context=None):
        self.socket = raw.connect(port, context)
        self.encoder = hpack.Encoder()
        self.decoder = hpack.Decoder()
        self._buffer = b""
        self.send(PREFACE, SettingsFrame(0).serialize())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, *pieces):
        """Frames or bytes, in one write."""
        self.socket.sendall(b"".join(piece if isinstance(piece, bytes) else piece.serialize() for piece in pieces))

    def block(self, *headers, path="/v1/models", method="GET", authority="localhost", scheme="https"):
        """A header block for a request."""
        fields = [(":method", method), (":scheme", scheme), (":authority", authority), (":path", path)]
        return self.encoder.encode([*fields, *headers])

    def headers(self, stream, block, end_stream=True, end_headers=True):
        """A HEADERS frame."""
        frame = HeadersFrame(stream, data=block)
        if end_stream:
            frame.flags.add("END_STREAM")
        if end_headers:
            frame.flags.add("END_HEADERS")
        return frame

    def frames(self, seconds=raw.WAIT):
        """The frames that come, until the other side closes or says nothing for a while (then TimeoutError)."""
        self.socket.settimeout(seconds)
        while True:
            while len(self._buffer) >= 9:
                frame, length = Frame.parse_frame_header(memoryview(self._buffer[:9]))
                if len(self._buffer) < 9 + length:
                    break
                frame.parse_body(memoryview(self._buffer[9:9 + length]))
                self._buffer = self._buffer[9 + length:]
                yield frame
            try:
                chunk = self.socket.recv(65536)
            except TimeoutError:
                raise
            except OSError:
                return
            if not chunk:
                return
            self._buffer += chunk

    def answer(self, stream):
        """How a stream ends: its status, `reset` or `closed` (the connection)."""
        for frame in self.frames():
            if isinstance(frame, HeadersFrame):
                fields = dict(self.decoder.decode(frame.data))
                if frame.stream_id == stream:
                    return int(fields[":status"])
            if isinstance(frame, RstStreamFrame) and frame.stream_id == stream:
                return "reset"
            if isinstance(frame, GoAwayFrame) and frame.error_code:
                return "closed"
        return "closed"

    def ended_by_peer(self):
        """True when the other side ends the connection: by GOAWAY with an error, or by closing."""
        try:
            for frame in self.frames():
                if isinstance(frame, GoAwayFrame) and frame.error_code:
                    return True
        except TimeoutError:
            return False
        return True

    def flood(self, pieces, seconds=raw.WAIT):
        """Send pieces until they are through, or the other side ends it or takes no more; how many were sent."""
        sent = 0
        self.socket.settimeout(seconds)
        try:
            for piece in pieces:
                self.send(piece)
                sent += 1
        except OSError:
            pass
        return sent
