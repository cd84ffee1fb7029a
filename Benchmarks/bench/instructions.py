"""Instructions per request of our gateway, counted by callgrind: the same on a busy machine as on a quiet one."""

import http.client
import re
from dataclasses import replace

from . import load, tools
from .processes import Failed

FEW, MANY, CONNECTIONS = 2000, 12000, 4


def run(contestant, site):
    """The difference between a long and a short run, by the difference in requests: start-up falls out."""
    tools.need("valgrind")
    counts = {requests: _count(contestant, site, requests) for requests in (FEW, MANY)}
    return (counts[MANY] - counts[FEW]) / (MANY - FEW)


def _count(contestant, site, requests):
    callgrind = [tools.find("valgrind"), "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    server, key = contestant.start(replace(site, prefix=callgrind))
    with server:
        load.check_job(server, key)
        _call(server.port, key, requests)
    for line in server.log.read_text(errors="replace").splitlines():
        found = re.search(r"Collected\s*:\s*(\d+)", line)
        if found:
            return int(found.group(1))
    raise Failed(f"callgrind printed no count:\n{server.log_tail()}")


def _call(port, key, requests):
    ways = [http.client.HTTPConnection("127.0.0.1", port, timeout=60) for _ in range(CONNECTIONS)]
    for index in range(requests):
        way = ways[index % CONNECTIONS]
        way.request("POST", load.PATH, load.BODY, {"content-type": "application/json", "x-api-key": key})
        answer = way.getresponse()
        answer.read()
        if answer.status != 200:
            raise Failed(f"request {index} under callgrind got {answer.status}")
    for way in ways:
        way.close()
