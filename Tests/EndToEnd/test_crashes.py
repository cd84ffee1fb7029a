"""Killed in the middle, told to end, started again: nothing half-written stays, nothing that runs is cut."""

import http.client
import json
import os
import signal
import socket
import subprocess
import threading
import time
from contextlib import contextmanager

import pytest

from harness import keys, objects, raw
from harness.gateway import BINARY, run
from harness.upstream import Gate, Upstream

CYCLES = 3
#: The promise is two seconds. The best of the cycles counts, for a machine that others use as well; a debug build is
#: given more.
AGAIN_SECONDS = 2 if "debug" not in os.path.realpath(BINARY) else 10


def configure(gateway, upstream):
    """One door, one key; the key's text."""
    key = keys.new_key()
    objects.write(
        gateway.objects / "all.yaml",
        objects.gateway_class(), objects.gateway(objects.listener(gateway.port)), objects.route(),
        objects.backend("model", upstream.port), objects.access_key("alice", key), objects.policy())
    return key


def request(key, path="/v1/chat/completions"):
    """A small POST as bytes."""
    return f"POST {path} HTTP/1.1\r\nhost: localhost\r\nx-api-key: {key}\r\ncontent-length: 2\r\n\r\n{{}}".encode()


def endless(exchange):
    """A stream that never ends by itself."""
    exchange.begin("text/event-stream")
    while True:
        exchange.piece(b"data: more\n\n")
        time.sleep(0.001)


def create_keys(gateway, stop):
    """Makes keys as fast as it can, each by a command that may be killed with the gateway."""
    number = 0
    while not stop.is_set():
        number += 1
        command = [BINARY, "keys", "create", f"made-{os.urandom(4).hex()}", "--namespace", "ai", "--dir", str(gateway.objects)]
        maker = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        # Every other one is killed on its way, at an arbitrary place.
        if number % 2:
            time.sleep(0.003 * (number % 10))
            maker.kill()
        maker.communicate(timeout=20)


def test_killed_in_the_middle(make_gateway):
    with Upstream(endless) as upstream:
        gateway = make_gateway("killed")
        key = configure(gateway, upstream)
        took = []
        for _ in range(CYCLES):
            begin = time.monotonic()
            gateway.start()
            took.append(time.monotonic() - begin)
            stop = threading.Event()
            makers = [threading.Thread(target=create_keys, args=(gateway, stop)) for _ in range(2)]
            for maker in makers:
                maker.start()
            connections = [raw.connect(gateway.port) for _ in range(20)]
            for connection in connections:
                connection.sendall(request(key))
            for connection in connections:
                assert connection.recv(1000).startswith(b"HTTP/1.1 200")
            for _ in range(20):
                assert raw.say(gateway.port, b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").status == 401
            gateway.kill()
            stop.set()
            for maker in makers:
                maker.join(30)
            for connection in connections:
                connection.close()
            checked = run("validate", gateway.objects)
            assert checked.returncode == 0, f"half-written objects:\n{checked.stdout}{checked.stderr}"
        upstream.answer = lambda exchange: exchange.send()
        begin = time.monotonic()
        gateway.start()
        took.append(time.monotonic() - begin)
        assert status(gateway, key) == 200, "the key that was made before is lost"
        assert gateway.stop() == 0
    for path in gateway.record_files():
        for line in path.read_text().splitlines():
            json.loads(line)
    print("ready after", ", ".join(f"{seconds:.2f}" for seconds in took), "s")
    assert min(took[1:]) < AGAIN_SECONDS


def status(gateway, key):
    """Status of one call."""
    with raw.connect(gateway.port) as connection:
        connection.sendall(request(key))
        return raw.until_answered(connection).status


@contextmanager
def streaming(make_gateway, name, gate):
    """A gateway in the middle of an answer of three pieces: it has given the first. Then: it has ended well, with one record."""
    def stream(exchange):
        exchange.begin("text/event-stream")
        for piece in range(3):
            gate.wait()
            exchange.piece(f"data: {piece}\n\n".encode())
        exchange.end()

    with Upstream(stream) as upstream:
        gateway = make_gateway(name)
        key = configure(gateway, upstream)
        gateway.start()
        running = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=30)
        running.request("POST", "/v1/chat/completions", b"{}", {"x-api-key": key})
        gate.open()
        answer = running.getresponse()
        assert answer.read(9) == b"data: 0\n\n"
        yield gateway, answer
        running.close()
    assert gateway.process.returncode == 0
    gateway.stop()
    assert len(gateway.records()) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_told_to_end_it_finishes_what_runs(make_gateway, number):
    gate = Gate()
    with streaming(make_gateway, "drain", gate) as (gateway, answer):
        gateway.process.send_signal(number)
        wait_until(lambda: refused(gateway.port), "new connections are still taken")
        assert gateway.process.poll() is None, "it ended with a stream under way"
        assert gateway.admin_status("/readyz") != 200
        gate.open(2)
        assert answer.read() == b"data: 1\n\ndata: 2\n\n", "the stream was cut"
        gateway.process.wait(30)


def test_told_twice_it_ends_at_once(make_gateway):
    """Whoever says it again does not want to wait for what runs; its record is written all the same."""
    gate = Gate()
    with streaming(make_gateway, "twice", gate) as (gateway, _):
        gateway.process.send_signal(signal.SIGTERM)
        wait_until(lambda: refused(gateway.port), "new connections are still taken")
        gateway.process.send_signal(signal.SIGTERM)
        # What it waits for without the second is thirty seconds.
        gateway.process.wait(15)
        gate.open(2)


def refused(port):
    """Whether nobody listens any more."""
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
        return False
    except ConnectionRefusedError:
        return True


def wait_until(condition, otherwise):
    """Poll, with an end."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.02)


def test_idle_connections_do_not_keep_it_from_ending(make_gateway):
    with Upstream() as upstream:
        gateway = make_gateway("idle-drain")
        key = configure(gateway, upstream)
        gateway.start()
        with raw.connect(gateway.port) as used, raw.connect(gateway.port):
            used.sendall(request(key))
            assert raw.until_answered(used).status == 200
            assert gateway.stop() == 0


def test_a_port_that_is_taken_is_explained(make_gateway):
    with Upstream() as upstream:
        gateway = make_gateway("taken")
        configure(gateway, upstream)
        with socket.create_server(("127.0.0.1", gateway.port)):
            answer = run("up", gateway.objects, "--plaintext", "--state", gateway.state,
                         "--admin", f"127.0.0.1:{gateway.admin}")
    assert answer.returncode not in (0, 1) and str(gateway.port) in answer.stderr + answer.stdout
    assert "Fatal error" not in answer.stderr


def test_the_state_directory_is_ours_alone(make_gateway):
    """Keys of the local authority and records are not for other users of the machine."""
    with Upstream() as upstream:
        gateway = make_gateway("modes", plaintext=False)
        key = keys.new_key()
        objects.write(
            gateway.objects / "all.yaml",
            objects.gateway_class(), objects.gateway(objects.https(gateway.tls_port)), objects.route(),
            objects.backend("model", upstream.port), objects.access_key("alice", key), objects.policy())
        gateway.start()
        for path in [gateway.state, *gateway.state.rglob("*")]:
            if path.is_dir() or b"PRIVATE KEY" in path.read_bytes():
                assert path.stat().st_mode & 0o077 == 0, f"{path} is open to others: {path.stat().st_mode:o}"
