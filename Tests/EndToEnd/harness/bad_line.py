"""A way to the API server on which answers are held up, and cut in the middle."""

import select
import socket
import ssl
import threading
import time

from .api_server import inside


class BadLine:
    """Listens with TLS on a port of loopback in the cluster's namespace, and passes everything on as it comes."""

    def __init__(self, api, chain, key, port):
        self.api, self.port = api, port
        self.delay, self.cuts, self.pieces = 0.0, 0, 0
        self._lock, self._closed = threading.Lock(), False
        self._inwards = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._inwards.load_cert_chain(chain, key)
        self._outwards = ssl.create_default_context(cadata=api.authority)
        self._listener = inside(api.namespace, lambda: socket.create_server(("127.0.0.1", port)))
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        """No more."""
        self._closed = True
        self._listener.close()

    def cut(self, answers):
        """So many of the next pieces of answers end in the middle, and their connections with them."""
        with self._lock:
            self.cuts = answers

    def _accept(self):
        while not self._closed:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            near = self._inwards.wrap_socket(client, server_side=True)
            address = (self.api.address.hostname, self.api.address.port)
            far = inside(self.api.namespace, lambda: socket.create_connection(address, 10))
            far.settimeout(None)
            far = self._outwards.wrap_socket(far, server_hostname=address[0])
        except OSError:
            client.close()
            return
        try:
            self._relay(near, far)
        except OSError:
            pass  # one of them has ended it
        near.close()
        far.close()

    def _relay(self, near, far):
        # One thread for both ways: TLS connections are not for two.
        while True:
            ready = [end for end in (near, far) if end.pending()] or select.select([near, far], [], [])[0]
            for source in ready:
                data = self._read(source)
                if data is None:
                    continue
                if not data:
                    return
                if source is near:
                    far.sendall(data)
                    continue
                time.sleep(self.delay)
                if self._is_to_be_cut():
                    near.sendall(data[:len(data) // 2])
                    return
                near.sendall(data)

    @staticmethod
    def _read(source):
        # What made it ready may have been no data, but a ticket for another session.
        source.setblocking(False)
        try:
            return source.recv(1 << 16)
        except ssl.SSLWantReadError:
            return None
        finally:
            source.setblocking(True)

    def _is_to_be_cut(self):
        with self._lock:
            self.pieces += 1
            if not self.cuts:
                return False
            self.cuts -= 1
            return True
