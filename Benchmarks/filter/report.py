"""Puts what was measured into words."""

import datetime
import os
import statistics
from pathlib import Path

LAYOUTS = [
    ("nothing", "no rules at all"),
    ("known", "connections are tracked, no policies"),
    ("ours", "**5,000 policies, ours**"),
    ("small", "100 policies, ours"),
    ("logged", "5,000 policies, ours, every connection on the record"),
    ("policies", "5,000 policies, a chain for each policy of a pod"),
    ("linear", "5,000 policies, one linear chain"),
]
SECONDS_OF_FLOOD = 6
PARTS = [("inventory", "who there is"), ("translate", "policies in the engine's form"), ("compile", "guest list"),
         ("rules", "rules of the node"), ("change", "what the kernel must be told"), ("kernel", "one transaction")]
EVENTS = [("first", "cold start"), ("remote_pod", "a pod more elsewhere"), ("local_pod", "a pod more on the node"),
          ("policy", "a policy of 500 peers gets another port"), ("peers", "one of its 500 peers is another")]


def page(packets, flood, agent, asked, load):
    """RESULTS.md."""
    lines = [
        "# Rules of a node: the last result", "", "From `make bench-filter`; how to read it: [README.md](README.md).", "",
        f"- Date: {datetime.date.today()}", f"- Machine: {cpu()}, {os.cpu_count()} cores, Linux {os.uname().release}",
        f"- Load of the machine before and after: {load[0]:.1f} and {load[1]:.1f}"]
    if packets:
        lines += ["", *packet_lines(packets, asked)]
    if flood:
        lines += ["", *flood_lines(flood)]
    if agent:
        lines += ["", *agent_lines(agent)]
    return "\n".join(lines) + "\n"


def packet_lines(packets, asked):
    """Connections and bytes of each layout."""
    yield "## Packets"
    yield ""
    yield (f"Medians of {asked.rounds} rounds in turn, {asked.seconds:g} s each, on one core. Ratios are to connections that "
           "are tracked without policies, in the same round; in brackets the least and the most.")
    yield ""
    yield ("| 10,000 pods, 110 on the node | connections/s | per second of CPU | **ratio** | Gbit/s | per second of CPU | "
           "**ratio** |")
    yield "|---|--:|--:|--:|--:|--:|--:|"
    for name, text in LAYOUTS:
        rows = packets[name]
        cells = []
        for value, per_cpu, form in (("connections", "per_cpu", ",.0f"), ("gbit", "gbit_per_cpu", ".2f")):
            cells += [format(statistics.median(row[value] for row in rows), form),
                      format(statistics.median(row[per_cpu] for row in rows), form),
                      ratio(rows, packets["known"], per_cpu)]
        yield f"| {text} | " + " | ".join(cells) + " |"
    reading = statistics.median(row["reading"] for row in packets["logged"])
    yield ""
    yield (f"Joining and writing the records takes {reading:.1f} us of CPU for each connection, in a process of its own that is not in the "
           "numbers above.")


def flood_lines(flood):
    """What became of denied packets, and of others meanwhile."""
    yield "## A flood"
    yield ""
    yield (f"{flood['senders']} senders, one on each core, beside everything that carries their packets and the agent: "
           f"{flood['rate']:,.0f} denied packets a second at the rules for {SECONDS_OF_FLOOD} seconds, to 50,000 ports in turn. "
           f"{flood['sent']:,.0f} were sent, {flood['failed']:,.0f} could not be, {flood['denied']:,.0f} came to the rules. Another "
           f"opened {flood['others']:,.0f} connections meanwhile; {flood['refused']:,.0f} failed.")
    yield ""
    yield "| the agent | |"
    yield "|---|--:|"
    yield f"| of a core | {flood['cpu']:.2f} |"
    yield f"| most memory ever, MiB | {flood['peak_mib']:,.0f} |"
    yield f"| denials on the record | {flood['told']:,.0f} |"
    for name, text in (("shown", "that it was shown, connections of the other among them"), ("repeats", "like others that it was shown"),
                       ("unseen", "beyond the limit"), ("lost", "that it was too late for")):
        yield f"| packets {text} | {flood[name]:,.0f} |"
    yield f"| connections of the other that it saw open | {flood['opened']:,.0f} |"
    yield f"| records that found no room | {flood['records_dropped']:,.0f} |"


def ratio(rows, base, name):
    """Of one layout to another, round by round."""
    ratios = sorted(row[name] / other[name] for row, other in zip(rows, base))
    return f"{statistics.median(ratios):.3f} ({ratios[0]:.2f}-{ratios[-1]:.2f})"


def agent_lines(agent):
    """What changes take."""
    sizes = list(agent)
    head = " | ".join(f"{size:,} policies" for size in sizes)
    yield "## The agent"
    yield ""
    yield ("Milliseconds by the clock, of CPU time in brackets; 10,000 pods, 110 on the node. The kernel's work is done in "
           "the call, and is in both.")
    for event, title in EVENTS:
        yield ""
        yield f"| {title} | {head} |"
        yield "|---|" + "--:|" * len(sizes)
        if event == "first":
            yield "| reading JSON | " + " | ".join(milliseconds(agent[size], "read") for size in sizes) + " |"
        for part, text in PARTS:
            yield f"| {text} | " + " | ".join(milliseconds(agent[size], f"{event}/{part}") for size in sizes) + " |"
        whole = "enforce" if event == "first" else event
        yield "| **from objects to kernel** | " + " | ".join(milliseconds(agent[size], whole) for size in sizes) + " |"
        if event != "first":
            yield "| freeing what was before, afterwards | " + " | ".join(
                milliseconds(agent[size], f"{event}_after") for size in sizes) + " |"
        if event == "first":
            yield "| **from files to kernel** | " + " | ".join(
                f"{agent[size]['read_wall_ms'] + agent[size]['enforce_wall_ms']:,.0f} "
                f"({agent[size]['read_cpu_ms'] + agent[size]['enforce_cpu_ms']:,.0f})" for size in sizes) + " |"
        prefix = "" if event == "first" else f"{event}_"
        for count in ("elements", "steps"):
            yield f"| {count} | " + " | ".join(f"{agent[size][prefix + count]:,.0f}" for size in sizes) + " |"
    yield ""
    yield f"| memory, MiB | {head} |"
    yield "|---|" + "--:|" * len(sizes)
    for name, text in (("start_mib", "after the start"), ("resident_mib", "after all changes"), ("peak_mib", "most ever")):
        yield f"| {text} | " + " | ".join(f"{agent[size][name]:,.0f}" for size in sizes) + " |"


def milliseconds(row, name):
    """Of the clock and of the processor."""
    return f"{row[name + '_wall_ms']:,.2f} ({row[name + '_cpu_ms']:,.2f})"


def cpu():
    """The processor's name."""
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown processor"
