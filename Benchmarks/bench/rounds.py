"""One contestant in one round: work at full speed, work at a moderate rate, memory, errors."""

from dataclasses import dataclass

from . import load


@dataclass
class Round:
    """What was measured; times in microseconds, memory in bytes."""

    cpu: float
    rate: float
    p50_full: float
    p99_full: float
    p50: float
    p99: float
    moderate_rate: float
    memory: int
    errors: int
    requests: int


@dataclass
class Plan:
    """How hard and how long."""

    seconds: int
    connections: int = 32
    #: Pause of each connection between two requests at the moderate rate, milliseconds.
    think: int = 10
    warm_seconds: int = 1


def run(contestant, site, load_core, plan):
    """Start it, check that it does the job, measure, stop it."""
    server, key = contestant.start(site)
    with server:
        load.check_job(server, key)
        load.wrk(server.port, key, load_core, plan.connections, plan.warm_seconds)
        before = server.cpu_seconds()
        full = load.wrk(server.port, key, load_core, plan.connections, plan.seconds)
        used = server.cpu_seconds() - before
        moderate = load.wrk(server.port, key, load_core, plan.connections, plan.seconds, plan.think)
        return Round(
            cpu=used * 1e6 / max(1, full["requests"]),
            rate=full["requests"] / (full["microseconds"] / 1e6),
            p50_full=full["p50"], p99_full=full["p99"],
            p50=moderate["p50"], p99=moderate["p99"],
            moderate_rate=moderate["requests"] / (moderate["microseconds"] / 1e6),
            memory=server.resident_bytes(),
            errors=sum(run["bad_status"] + run["bad_socket"] for run in (full, moderate)),
            requests=full["requests"] + moderate["requests"])
