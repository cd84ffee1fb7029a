"""The same request to our gateway with few and with many keys, routes and policies: does its cost grow?

Requests come from few callers or from all that have a key, in an order without pattern: with all of them, hardly a
request has anything in common with the one before it, and the processor finds little of what it needs in its caches.
"""

import contextlib
import hashlib
import http.client
import json
import random
import sys
import zlib
from dataclasses import dataclass

from . import contestants, load, tools
from .processes import Failed, Server, free_port

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#: How many requests the load goes through before it begins anew: as many for each size, so that it costs wrk the same.
TARGETS = 10_000
CONNECTIONS = 32


@dataclass(frozen=True)
class Size:
    """How many objects there are, and how many of the keys are used; each policy is in force for `routes / policies` of
    the routes."""

    keys: int
    routes: int
    policies: int
    callers: int

    def key(self, caller):
        """The number of a caller's key: those of few callers are far from each other, and of different policies."""
        return caller * (self.keys // self.callers + (self.callers < self.keys)) % self.keys


SIZES = [Size(10, 10, 10, 10), Size(10_000, 1_000, 200, 10), Size(10_000, 1_000, 200, 1_000),
         Size(10_000, 1_000, 200, 10_000)]


def run(binary, site, load_core, rounds, seconds):
    """CPU microseconds per request of each round, for each size; the sizes take turns."""
    with contextlib.ExitStack() as stack:
        running = [(size, *start(binary, site, size, stack)) for size in SIZES]
        costs = {size: [] for size in SIZES}
        for _, server, targets in running:
            _warm(server, targets, load_core)
        for number in range(rounds):
            for size, server, targets in running:
                costs[size].append(_cost(server, targets, load_core, seconds))
                print(f"round {number + 1} of {rounds}: {size.callers:,} of {size.keys:,} keys "
                      f"{costs[size][-1]:.1f} us/request", file=sys.stderr)
        return list(costs.items())


def _warm(server, targets, load_core):
    """Goes through all targets: what a key costs the first time that it is used is not what a request costs."""
    left = 2 * TARGETS
    while left > 0:
        left -= max(1, load.wrk(server.port, "", load_core, CONNECTIONS, 1, targets=targets)["requests"])


def _cost(server, targets, load_core, seconds):
    before = server.cpu_seconds()
    result = load.wrk(server.port, "", load_core, CONNECTIONS, seconds, targets=targets)
    used = server.cpu_seconds() - before
    if result["bad_status"] + result["bad_socket"]:
        raise Failed(f"{server.name}: {result['bad_status']} answers were not 2xx, {result['bad_socket']} did not come")
    return used * 1e6 / max(1, result["requests"])


def start(binary, site, size, stack):
    """The gateway with that many objects, and the file that says what to send it."""
    port, admin = free_port(), free_port()
    home = site.directory / f"sallyport-{size.keys}-{port}"
    objects = home / "objects"
    objects.mkdir(parents=True)
    for source in sorted((tools.HERE / "sallyport/many").glob("*.yaml")):
        contestants.fill(source, objects / source.name, port=port, upstream=site.upstream)
    keys = [new_key() for _ in range(size.keys)]
    (objects / "many.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [
        *(_route(number) for number in range(size.routes)),
        *(_policy(number, size) for number in range(size.policies)),
        *(_key(number, text, size) for number, text in enumerate(keys))]}))
    targets = home / "targets"
    targets.write_text("".join(f"{host} {key}\n" for host, key in _targets(size, keys)))
    server = Server(f"sallyport with {size.keys:,} keys",
                    site.prefix + contestants.up(binary, objects, home / "state", admin), home / "log", port, site.core)
    # Under a profiler, ten thousand keys take minutes to read.
    if site.prefix:
        server.patience = 900
    stack.enter_context(server)
    _check(server, size, keys)
    return server, targets


def _check(server, size, keys):
    """Each key opens its own routes and no others."""
    last = size.routes - 1
    own, others = keys[last % size.policies], keys[(last + 1) % size.policies]
    for key, status in ((own, 200), (others, 403), (own[:-4] + "0000", 401)):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        connection.request("POST", load.PATH, load.BODY,
                           {"host": _host(last), "content-type": "application/json", "x-api-key": key})
        answer = connection.getresponse()
        text = answer.read(500)
        connection.close()
        if answer.status != status:
            raise Failed(f"{server.name}: got {answer.status}, not {status}: {text!r}\n{server.log_tail()}")


def _targets(size, keys):
    """Hosts and keys that belong together, in a fixed order without pattern."""
    per_policy = size.routes // size.policies
    pairs = []
    for turn in range(TARGETS):
        number = size.key(turn % size.callers)
        route = number % size.policies + size.policies * (turn // size.policies % per_policy)
        pairs.append((_host(route), keys[number]))
    random.Random(1).shuffle(pairs)
    return pairs


def _host(route):
    return f"team-{route}.example.com"


def _object(group, kind, name, spec, **metadata):
    return {"apiVersion": group, "kind": kind, "metadata": {"name": name, "namespace": "bench", **metadata}, "spec": spec}


def _route(number):
    return _object("gateway.networking.k8s.io/v1", "HTTPRoute", f"route-{number}", {
        "parentRefs": [{"name": "front"}],
        "hostnames": [_host(number)],
        "rules": [{"matches": [{"path": {"type": "PathPrefix", "value": "/"}}],
                   "backendRefs": [{"name": "model", "port": 80}]}]})


def _policy(number, size):
    targets = [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "name": f"route-{route}"}
               for route in range(number, size.routes, size.policies)]
    return _object("sallyport.dev/v1alpha1", "AccessPolicy", f"policy-{number}", {
        "targetRefs": targets,
        "rules": [{"name": "inference",
                   "from": [{"accessKeys": {"selector": {"matchLabels": {"team": f"team-{number}"}}}}],
                   "to": [{"classes": ["Inference"], "models": ["*"]}],
                   "limits": {"requests": {"count": 100000, "window": "1s"},
                              "tokens": {"count": 1000000000, "window": "1m"}, "concurrency": 100000}}]})


def _key(number, text, size):
    return _object("sallyport.dev/v1alpha1", "AccessKey", f"key-{number}",
                   {"sha256": hashlib.sha256(text.encode()).hexdigest()},
                   labels={"team": f"team-{number % size.policies}"})


def new_key():
    """The text of an access key: 43 digits and a checksum of 6."""
    text = "sp_" + "".join(random.SystemRandom().choices(DIGITS, k=43))
    return text + _base62(zlib.crc32(text.encode()), 6)


def _base62(number, digits):
    text = ""
    for _ in range(digits):
        number, digit = divmod(number, 62)
        text = DIGITS[digit] + text
    return text
