"""A redis-server of the test's own, with nothing on disk."""

import shutil
import socket
import subprocess
import time

from .ports import free_port

PROGRAM = shutil.which("redis-server") or shutil.which("valkey-server")


class Redis:
    """Runs while the `with` block does; `stop` ends it sooner."""

    def __enter__(self):
        self.port = free_port()
        command = [PROGRAM, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet)
        deadline = time.monotonic() + 20
        while self._is_silent():
            assert self.process.poll() is None and time.monotonic() < deadline, "redis-server does not start"
            time.sleep(0.02)
        return self

    @property
    def url(self):
        """What `--counters` is told."""
        return f"redis://127.0.0.1:{self.port}"

    def stop(self):
        """SIGKILL: nobody is told."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def __exit__(self, *_):
        self.stop()

    def _is_silent(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16) != b"+PONG\r\n"
        except OSError:
            return True
