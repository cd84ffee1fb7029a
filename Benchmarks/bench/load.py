"""Load by wrk, and the check before it that a proxy really does the job."""

import http.client
import json
import os
import subprocess

from . import tools
from .processes import Failed

PATH = "/v1/chat/completions"
BODY = b'{"model":"stand-in","messages":[{"role":"user","content":"hello"}]}'


def check_job(server, key):
    """A proxy that lets a stranger in, or keeps the caller out, is not measured."""
    wanted = [
        ("a call with the key", PATH, {"x-api-key": key}, 200),
        ("a call without a key", PATH, {}, 401),
        ("a call with a wrong key", PATH, {"x-api-key": key[:-4] + "0000"}, 401),
        ("a call to another path", "/api/pull", {"x-api-key": key}, 403),
    ]
    for what, path, headers, status in wanted:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        connection.request("POST", path, BODY, {"content-type": "application/json", **headers})
        answer = connection.getresponse()
        text = answer.read(500)
        connection.close()
        if answer.status != status:
            raise Failed(f"{server.name}: {what} got {answer.status}, not {status}: {text!r}\n{server.log_tail()}")


def wrk(port, key, core, connections, seconds, think=0, targets=""):
    """One wrk run of one thread on a core; a dictionary of what `load/post.lua` prints.

    `think` is the mean pause in milliseconds between an answer and the next request of a connection; 0 for none.
    `targets` is a file with a host and a key on each line: requests go through them in turn.
    """
    argv = ["taskset", "-c", str(core), tools.find("wrk"), "-t1", f"-c{connections}", f"-d{seconds}s", "--latency",
            "-s", str(tools.HERE / "load/post.lua"), f"http://127.0.0.1:{port}"]
    environment = dict(os.environ, BENCH_KEY=key, BENCH_THINK=str(think), BENCH_TARGETS=str(targets))
    answer = subprocess.run(argv, capture_output=True, text=True, env=environment, timeout=seconds + 60, check=False)
    for line in answer.stdout.splitlines():
        if line.startswith("BENCH "):
            return json.loads(line.removeprefix("BENCH "))
    raise Failed(f"wrk said nothing that can be read: {answer.stdout}{answer.stderr}")
