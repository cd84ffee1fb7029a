"""A source of records that is not ours: it says to a hub, over gRPC with mutual TLS, what a test wants it to say."""

import importlib
import json
import queue
import random
import sys
import time
from datetime import datetime, timezone
from pathlib import Path

import grpc
from grpc_tools import protoc

PROTOS = Path(__file__).resolve().parents[3] / "Sources" / "Telemetry" / "Protos"
FILE = "sallyport/hub/v1/intake.proto"
#: Seconds for an answer.
PATIENCE = 30


def messages(folder):
    """Python's classes for what is said, made of the messages as we have them."""
    assert protoc.main(["protoc", f"-I{PROTOS}", f"--python_out={folder}", FILE]) == 0
    sys.path.insert(0, str(folder))
    try:
        return importlib.import_module("sallyport.hub.v1.intake_pb2")
    finally:
        sys.path.remove(str(folder))


def moment(seconds_ago=0.0):
    """A time as records write it."""
    return datetime.fromtimestamp(time.time() - seconds_ago, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Source:
    """An open stream to the hub on a port of this machine."""

    def __init__(self, folder, authority, port, kind="agent", name="node-one", hub=None):
        """Raises what gRPC raises when it is not let in. `hub` is the hub's authority, where that is another."""
        self.words = messages(folder)
        chain, private = authority.issue(name, f"DNS:{name}")
        self.channel = grpc.secure_channel(f"127.0.0.1:{port}", grpc.ssl_channel_credentials(
            (hub or authority).chain.read_bytes(), private.read_bytes(), chain.read_bytes()))
        self.said, self.number = queue.Queue(), 0
        self.said.put(self.words.FromSource(hello=self.words.Hello(
            kind=kind, name=name, incarnation=random.getrandbits(60) + 1, version="0", clock=time.time_ns() // 1000)))
        self.heard = self.channel.stream_stream(
            "/sallyport.hub.v1.Intake/Send", self.words.FromSource.SerializeToString, self.words.FromHub.FromString)(
                iter(self.said.get, None), timeout=PATIENCE * 4)
        try:
            assert next(self.heard).HasField("welcome")
        except grpc.RpcError:
            self.close()
            raise

    def send(self, *records, clock=None):
        """Return when the hub has them for good. `clock`: what the source's shows, where that is wrong."""
        self.number += 1
        lines = b"".join(json.dumps(record, separators=(",", ":")).encode() + b"\n" for record in records)
        self.said.put(self.words.FromSource(batch=self.words.Batch(
            number=self.number, lines=lines, count=len(records), clock=int((clock or time.time()) * 1_000_000))))
        while next(self.heard).position.committed < self.number:
            pass

    def close(self):
        """End the stream."""
        self.said.put(None)
        self.channel.close()
