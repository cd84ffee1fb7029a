"""Names of Services for the pods of a cluster of the tests, which has no DNS of its own."""

import socket
import struct
import threading

from .api_server import inside, path_of

A, IN, NAME_ERROR = 1, 1, 3


class DNS:
    """Answers on UDP at an address of the node; kubelets are told of it by `--cluster-dns`."""

    #: What `up` of a cluster is told, so that pods ask here.
    ADDRESS, DOMAIN = "198.18.255.1", "cluster.local"
    SETTINGS = {"KUBELET_ARGS": f"--cluster-dns={ADDRESS} --cluster-domain={DOMAIN}"}

    def __init__(self, api):
        self.api = api
        self.socket = inside(api.namespace, lambda: self._open((self.ADDRESS, 53)))
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    @staticmethod
    def _open(address):
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind(address)
        made.settimeout(1)
        return made

    def _serve(self):
        while True:
            try:
                question, peer = self.socket.recvfrom(1500)
                self.socket.sendto(self.answer(question), peer)
            except (OSError, ValueError, IndexError, struct.error):
                if self.socket.fileno() < 0:
                    return

    def answer(self, question):
        """The address of a Service, or that there is no such name."""
        labels, place = [], 12
        while length := question[place]:
            labels.append(question[place + 1:place + 1 + length].decode())
            place += 1 + length
        kind, = struct.unpack("!H", question[place + 1:place + 3])
        address = self.address(labels)
        answers = b""
        if address and kind == A:
            answers = struct.pack("!HHHLH", 0xC00C, A, IN, 5, 4) + socket.inet_aton(address)
        flags = 0x8580 | (0 if address else NAME_ERROR)
        return question[:2] + struct.pack("!HHHHH", flags, 1, 1 if answers else 0, 0, 0) + question[12:place + 5] + answers

    def address(self, labels):
        """NAME.NAMESPACE.svc, with the cluster's domain."""
        if labels[2:] != ["svc", *self.DOMAIN.split(".")]:
            return None
        service = self.api.get(path_of("Service", labels[1], labels[0]))
        return service and service["spec"].get("clusterIP")

    def close(self):
        """No more answers."""
        self.socket.close()
