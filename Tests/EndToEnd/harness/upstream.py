"""A model server inside the test: a test sees each byte that reaches it and decides when each piece is sent."""

import socket
import threading

WAIT = 30


class Gate:
    """Lets the server send one more piece at a time: a piece that a proxy keeps back stops the test, not the clock."""

    def __init__(self):
        self._steps = threading.Semaphore(0)

    def open(self, steps=1):
        """Allow so many more pieces."""
        self._steps.release(steps)

    def wait(self):
        """Wait for the next piece's turn; a proxy that holds pieces back ends here."""
        if not self._steps.acquire(timeout=WAIT):
            raise TimeoutError("the client never saw the piece before this one")


class Exchange:
    """One request and the connection to answer it on."""

    def __init__(self, method, target, headers, body, connection):
        self.method, self.target, self.headers, self.body = method, target, headers, body
        self.connection = connection

    def header(self, name):
        """Values of a header, by lower-case name."""
        return [value for key, value in self.headers if key == name]

    def send(self, status=200, body=b"{}", content_type="application/json"):
        """A whole answer."""
        head = f"HTTP/1.1 {status} Status\r\ncontent-type: {content_type}\r\ncontent-length: {len(body)}\r\n\r\n"
        self.connection.sendall(head.encode() + body)

    def begin(self, content_type):
        """The head of a chunked answer."""
        self.connection.sendall(
            f"HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ntransfer-encoding: chunked\r\n\r\n".encode())

    def piece(self, data):
        """One chunk."""
        self.connection.sendall(b"%x\r\n%b\r\n" % (len(data), data))

    def end(self):
        """The last chunk."""
        self.connection.sendall(b"0\r\n\r\n")


class Upstream:
    """Listens on loopback; each request goes to `answer(exchange)` on the connection's own thread."""

    def __init__(self, answer=lambda exchange: exchange.send()):
        self.answer = answer
        #: Every request, in the order of arrival.
        self.seen = []
        #: Every byte that arrived, of all connections one after the other.
        self.bytes = bytearray()
        self.failures = []
        self._lock = threading.Lock()
        self._connections = set()

    def __enter__(self):
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._socket.close()
        with self._lock:
            left = list(self._connections)
        for connection in left:
            connection.close()

    def forget(self):
        """Forget what was seen so far."""
        with self._lock:
            self.seen.clear()
            self.bytes.clear()

    def _accept(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._connections.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        reader = _Reader(connection, self)
        try:
            while exchange := reader.request():
                with self._lock:
                    self.seen.append(exchange)
                self.answer(exchange)
        except (OSError, ValueError):
            pass
        except Exception as error:  # noqa: BLE001 - a failure on this thread is the test's to report
            self.failures.append(error)
        finally:
            with self._lock:
                self._connections.discard(connection)
            connection.close()


class _Reader:
    """Reads requests from a connection, keeping every byte."""

    def __init__(self, connection, upstream):
        self.connection, self.upstream, self.buffer = connection, upstream, b""

    def request(self):
        """The next request; None at the end of the connection."""
        head = self._until(b"\r\n\r\n")
        if head is None:
            return None
        first, *rest = head[:-4].decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ")
        headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in rest)]
        return Exchange(method, target, headers, self._body(dict(headers)), self.connection)

    def _body(self, headers):
        if "chunked" in headers.get("transfer-encoding", ""):
            body = b""
            while size := int(self._until(b"\r\n").split(b";")[0], 16):
                body += self._exactly(size + 2)[:-2]
            while self._until(b"\r\n") != b"\r\n":
                pass
            return body
        return self._exactly(int(headers.get("content-length", 0)))

    def _until(self, end):
        while end not in self.buffer:
            if not self._more():
                return None
        head, _, self.buffer = self.buffer.partition(end)
        return head + end

    def _exactly(self, count):
        while len(self.buffer) < count:
            if not self._more():
                raise OSError("the request ended early")
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def _more(self):
        data = self.connection.recv(65536)
        with self.upstream._lock:
            self.upstream.bytes += data
        self.buffer += data
        return bool(data)
