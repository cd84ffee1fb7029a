"""What our commands answer, in the form that is compared."""

import json
import subprocess
import tempfile

from ..gateway import BINARY
from .table import INGRESS, Table, address
from .traffic import Traffic, of_text


class Refused(Exception):
    """A command that said there are mistakes in what it was given."""


def run(*arguments):
    """Standard output of a command; 65 is `Refused`."""
    answer = subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False)
    if answer.returncode == 65:
        raise Refused(answer.stderr or answer.stdout)
    assert answer.returncode in (0, 1), f"{arguments[0]} ended with {answer.returncode}: {answer.stderr[-2000:]}"
    return answer.stdout


def connectivity(folder, owner_of, has_own=False):
    """The answer of `sallyport connectivity`, and the names of all workloads."""
    answer = json.loads(run("connectivity", folder, "--output", "json"))
    table = Table(has_own)
    for row in answer["connections"]:
        _add(table, row, Traffic.of_ports(row["ports"], row["isAll"]), owner_of)
    return table, {_side(party, owner_of) for party in answer["workloads"]}


def difference(old, new, owner_of):
    """The answer of `sallyport diff`: what was and what is, of pairs for which something changed."""
    answer = json.loads(run("diff", old, new, "--output", "json"))
    was, now = Table(), Table()
    for row in answer["changes"]:
        _add(was, row, of_text(row["old"]), owner_of)
        _add(now, row, of_text(row["new"]), owner_of)
    return was, now


def evaluate(folder, queries):
    """The answers of `sallyport evaluate`."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.write("".join(json.dumps(query) + "\n" for query in queries))
        file.flush()
        return [json.loads(line) for line in run("evaluate", folder, "--queries", file.name).splitlines()]


def _add(table, row, traffic, owner_of):
    source, destination = _side(row["from"], owner_of), _side(row["to"], owner_of)
    if source is not None and destination is not None:
        table.add(source, destination, traffic)


def _side(party, owner_of):
    """The name of a workload or the numbers of a range; None for what the others do not know."""
    if party["kind"] == "workload":
        name = f"{party['namespace']}/{party['name']}[{party['workloadKind']}]"
        return owner_of.get(name, name)
    if party["kind"] == "addresses":
        return address(party["first"]), address(party["last"])
    return INGRESS if party["kind"] == "ingress" else None
