"""Instructions of our gateway, counted by callgrind: the same on a busy machine as on a quiet one."""

import contextlib
import http.client
import re
import subprocess
import threading
from dataclasses import replace

from . import contestants, load, many, streaming, tools
from .events import EVENT
from .processes import Failed

#: Requests of the two runs, on so many connections.
FEW, MANY, CONNECTIONS = 2000, 12000, 4
#: Events of the two runs, in streams of so many.
FEW_EVENTS, MANY_EVENTS, OF_A_STREAM = 2000, 12000, 1000


def of_requests(site, metered=False):
    """Instructions per small request, and the functions that they are spent in, as lines.

    The count is the difference between a long and a short run by the difference in requests: start-up falls out.
    """
    contestant = _contestant(site, metered)
    few, _ = _count(contestant, site, FEW, _call)
    many, profile = _count(contestant, site, MANY, _call)
    return (many - few) / (MANY - FEW), _functions(profile)


def of_events(site, metered=False):
    """The same per event of a stream, in which the next event is sent when the one before has arrived."""
    contestant = _contestant(site, metered)
    arrived = threading.Semaphore(0)

    def stream(port, key, events):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for _ in range(events // OF_A_STREAM):
            answer = streaming.ask(connection, key, OF_A_STREAM)
            for _ in range(OF_A_STREAM):
                if answer.read(len(EVENT)) != EVENT:
                    raise Failed(f"an event did not arrive whole: status {answer.status}")
                arrived.release()
            answer.read()
        connection.close()

    with streaming.model_server(pause=arrived.acquire) as upstream:
        site = replace(site, upstream=upstream)
        few, _ = _count(contestant, site, FEW_EVENTS, stream)
        many, profile = _count(contestant, site, MANY_EVENTS, stream)
    return (many - few) / (MANY_EVENTS - FEW_EVENTS), _functions(profile)


def of_many(site):
    """What a request takes with few and with many objects: for each size a dictionary of instructions and of misses of
    simulated caches, of 32 KiB for data and of 1 MiB for all: what a core has for itself.

    Each request goes to another host with another key. All are visited before the count begins.
    """
    plain = _without_debug_information(site)
    counts = []
    for size in many.SIZES:
        few, _ = _count_many(plain, site, size, many.TARGETS + FEW)
        more, _ = _count_many(plain, site, size, many.TARGETS + MANY)
        counts.append((size, {name: (more[name] - few[name]) / (MANY - FEW) for name in few}))
    return counts


def _count_many(binary, site, size, count):
    profile = site.directory / f"callgrind.many.{size.keys}.{size.callers}.{count}"
    prefix = _callgrind(profile) + ["--cache-sim=yes", "--D1=32768,8,64", "--LL=1048576,16,64"]
    with contextlib.ExitStack() as stack:
        server, targets = many.start(binary, replace(site, prefix=prefix), size, stack)
        _call_each(server.port, [line.split() for line in targets.read_text().splitlines()], count)
    events = _printed(server, r"Events\s*:\s*(.+)").split()
    counts = [int(number) for number in _printed(server, r"Collected\s*:\s*(.+)").split()]
    of = dict(zip(events, counts))
    return {"instructions": of["Ir"], "first-level misses": of["D1mr"] + of["D1mw"],
            "second-level misses": of["ILmr"] + of["DLmr"] + of["DLmw"]}, profile


def _call_each(port, targets, requests):
    way = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for index in range(requests):
        host, key = targets[index % len(targets)]
        way.request("POST", load.PATH, load.BODY, {"host": host, "content-type": "application/json", "x-api-key": key})
        answer = way.getresponse()
        answer.read()
        if answer.status != 200:
            raise Failed(f"request {index} under callgrind got {answer.status}")
    way.close()


def _contestant(site, metered):
    return contestants.sallyport(_without_debug_information(site), metered)


def _without_debug_information(site):
    """Our binary as valgrind takes it: it gives up on debug information that is newer than itself."""
    tools.need("valgrind", "strip")
    plain = str(site.directory / "sallyport-without-debug-information")
    subprocess.run(["strip", "--strip-debug", "-o", plain, tools.sallyport()], check=True)
    return plain


def _callgrind(profile):
    return [tools.find("valgrind"), "--tool=callgrind", f"--callgrind-out-file={profile}"]


def _count(contestant, site, count, work):
    profile = site.directory / f"callgrind.{work.__name__}.{count}"
    server, key = contestant.start(replace(site, prefix=_callgrind(profile)))
    with server:
        load.check_job(server, key)
        work(server.port, key, count)
    return int(_printed(server, r"Collected\s*:\s*(\d+)")), profile


def _printed(server, pattern):
    for line in server.log.read_text(errors="replace").splitlines():
        found = re.search(pattern, line)
        if found:
            return found.group(1)
    raise Failed(f"callgrind printed no count:\n{server.log_tail()}")


def _functions(profile, count=40):
    """The functions that cost most by themselves, with Swift's names made readable where `swift demangle` is there."""
    command = [tools.find("callgrind_annotate"), "--auto=no", "--threshold=95", str(profile)]
    text = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    if tools.find("swift"):
        text = subprocess.run(
            ["swift", "demangle", "--simplified"], input=text, capture_output=True, text=True, check=False).stdout
    lines = [line for line in text.splitlines() if re.match(r"\s*[\d,]+ \(\s*[\d.]+%\)", line)]
    # Which library a function is in, and where its source would be, is noise here.
    return [re.sub(r"^(.*?\)\s+)[^\s:]+:(.*?)( \[[^]]*\])?$", r"\1\2", line)[:150] for line in lines[:count]]


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
