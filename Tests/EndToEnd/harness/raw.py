"""Bytes out, bytes in: a client that says exactly what a test wants said."""

import socket

WAIT = 20


class Answer:
    """What came back on a connection."""

    def __init__(self, data, closed):
        self.data, self.closed = data, closed
        head, _, self.body = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        parts = lines[0].split(" ")
        self.status = int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else 0
        self.headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.headers[name.lower()] = value.strip()


def connect(port, context=None, server_name="localhost"):
    """A connection, with TLS when there is a context."""
    connection = socket.create_connection(("127.0.0.1", port), WAIT)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return context.wrap_socket(connection, server_hostname=server_name) if context else connection


def until_closed(connection):
    """All that comes until the other side closes, or `closed=False` when it does not."""
    data = b""
    try:
        while chunk := connection.recv(65536):
            data += chunk
    except TimeoutError:
        return Answer(data, False)
    except ConnectionError:
        pass
    return Answer(data, True)


def until_answered(connection):
    """One answer with a Content-Length or a chunked body; the connection stays open."""
    data = b""
    while not _complete(data):
        chunk = connection.recv(65536)
        if not chunk:
            return Answer(data, True)
        data += chunk
    return Answer(data, False)


def say(port, *pieces, context=None):
    """Send the pieces, one write each, and read until the other side closes."""
    with connect(port, context) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
        except ConnectionError:
            pass
        return until_closed(connection)


def _complete(data):
    head, found, body = data.partition(b"\r\n\r\n")
    if not found:
        return False
    for line in head.lower().split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name == b"content-length":
            return len(body) >= int(value)
    return body.endswith(b"0\r\n\r\n")
