"""The table, and Benchmarks/RESULTS.md."""

import datetime
import os
import platform
import statistics
from pathlib import Path

from . import tools

MEBIBYTE = 1024 * 1024


def machine():
    """Processor, cores, memory and kernel of this machine."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, Linux {platform.release()}"


def requests_table(results, against="envoy"):
    """One row for each front door: medians over the rounds; the ratio is the median of each round's own ratio.

    Rounds take turns, so a ratio within one round is of two runs that met the same machine.
    """
    lines = [
        "| front door | CPU us/request | ratio to Envoy | requests/s on one core | p50 ms | p99 ms | p50 ms full speed "
        "| p99 ms full speed | memory MiB | requests | errors |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name, rounds in results.items():
        def middle(field):
            return statistics.median(getattr(one, field) for one in rounds)

        cells = [
            name, f"{middle('cpu'):.1f}", _ratio(rounds, results.get(against)), f"{middle('rate'):,.0f}",
            f"{middle('p50') / 1e3:.2f}", f"{middle('p99') / 1e3:.2f}",
            f"{middle('p50_full') / 1e3:.2f}", f"{middle('p99_full') / 1e3:.2f}",
            f"{middle('memory') / MEBIBYTE:.1f}", f"{sum(one.requests for one in rounds):,}",
            _errors(rounds),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def _ratio(rounds, base):
    if not base:
        return "-"
    return f"{statistics.median(ours.cpu / theirs.cpu for ours, theirs in zip(rounds, base)):.2f}"


def _errors(rounds):
    count = sum(one.errors for one in rounds)
    return f"**{count}: not a valid run**" if count else "0"


def idle_table(idle):
    """Memory with nothing to do and with waiting connections."""
    lines = ["| front door | idle MiB | with idle connections MiB | connections asked | still open |",
             "|---|--:|--:|--:|--:|"]
    for name, one in idle.items():
        lines.append(f"| {name} | {one.before / MEBIBYTE:.1f} | {one.holding / MEBIBYTE:.1f} "
                     f"| {one.asked:,} | {one.held:,} |")
    return lines


def stream_table(streams, against="envoy"):
    """Time to the first event, and the cost of each: medians over the rounds; the ratio as in the first table."""
    lines = ["| front door | first event: direct ms | through ms | added ms | CPU us/event | ratio to Envoy | events |",
             "|---|--:|--:|--:|--:|--:|--:|"]
    for name, rounds in streams.items():
        cells = [f"{statistics.median(getattr(one, field) for one in rounds):.{digits}f}"
                 for field, digits in (("direct", 2), ("through", 2), ("added", 2), ("cpu", 1))]
        cells += [_ratio(rounds, streams.get(against)), f"{sum(one.events for one in rounds):,}"]
        lines.append("| " + " | ".join([name, *cells]) + " |")
    return lines


def many_table(rounds):
    """The cost of a request with few objects and with many."""
    lines = ["| access keys | routes | policies | callers | CPU us/request | ratio |", "|--:|--:|--:|--:|--:|--:|"]
    base = [costs for _, costs in rounds][0]
    for size, costs in rounds:
        ratio = statistics.median(cost / few for cost, few in zip(costs, base))
        lines.append(f"| {size.keys:,} | {size.routes:,} | {size.policies:,} | {size.callers:,} "
                     f"| {statistics.median(costs):.1f} | {ratio:.2f} |")
    return lines


def many_counts(sizes):
    """Instructions and simulated cache misses per request with few objects and with many."""
    lines = ["| access keys | callers | instructions | misses of 32 KiB | misses of 1 MiB |", "|--:|--:|--:|--:|--:|"]
    for size, counts in sizes:
        lines.append(f"| {size.keys:,} | {size.callers:,} | {counts['instructions']:,.0f} | {counts['first-level misses']:,.0f} "
                     f"| {counts['second-level misses']:,.1f} |")
    return lines


def page(plan, rounds, contestants, results, idle, streams, notes):
    """RESULTS.md as text."""
    today = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")
    versions = ", ".join(f"{one.name} {one.version}" for one in contestants)
    parts = [
        "# Front door benchmark: the last result", "",
        "Written by `make bench`; how to read it: [README.md](README.md).", "",
        f"- Date: {today}", f"- Machine: {machine()}", f"- Versions: {versions}",
        f"- {rounds} rounds in turn; in each, {plan.seconds} s at full speed and {plan.seconds} s at a moderate rate, "
        f"{plan.connections} connections", *[f"- {note}" for note in notes], "",
    ]
    if results:
        parts += ["## Small POST: key, path and method rules, request limit, one record per request", "",
                  *requests_table(results), ""]
    if idle:
        parts += ["## Memory", "", *idle_table(idle), ""]
    if streams:
        parts += ["## Streams (times are medians)", "", *stream_table(streams), ""]
    return "\n".join(parts)


def write(text):
    """Keep the page as the last result."""
    (tools.HERE / "RESULTS.md").write_text(text)
