"""docs/policy-conformance.md, made from the lists of `data`: `python -m harness.connections.page` writes it anew."""

import csv
from collections import Counter
from pathlib import Path

from . import netpol_analyzer, network_config_analyzer

_HOME = Path(__file__).resolve().parents[2]
PAGE = _HOME.parents[1] / "docs" / "policy-conformance.md"

_HEAD = """# Conformance of policies

Two public analysers of NetworkPolicy come with manifests and the answers that they expect. The end-to-end tests run
`sallyport connectivity`, `diff` and `evaluate` on these manifests and compare the answers as sets of (from, to,
traffic): `Tests/EndToEnd/test_netpol_analyzer.py` and `test_network_config_analyzer.py`. This page is made from the lists
in `Tests/EndToEnd/data`; a test holds it to them. Each line of the lists is needed: what it is about fails without it.

## How answers are compared

- What is compared is TCP, UDP and SCTP over IPv4 (of network-config-analyzer IPv6 too). Our answers have other
  protocols besides, which the analysers do not know.
- They group pods by what the pods say controls them, and leave out what goes on within a group.
- `entire-cluster` and pods with labels that no pod has: such a pod is put beside the manifests, and what may pass
  between it and the workload must be what was expected. Its own policies are set aside by one that is asked first.
- An explanation is compared in what it says is allowed, pair by pair, and the policy that `sallyport evaluate` says
  decides must be one that it names.
- A focus on workloads, peers, a direction or a port is taken of the whole answer.

A connectivityMap of network-config-analyzer is compared where its answer is written pair by pair; of the others it is
shown that there is an answer.

## Where we differ, and follow Kubernetes

These differences are on purpose. Cases in which one shows are compared on a copy of the manifests in which it cannot.

"""


def lines(name):
    """The lines of a list of `data`, comments left out."""
    with open(_HOME / "data" / name) as file:
        return [row for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
                if row and not row[0].startswith("#")]


def text():
    """The page."""
    adjusted, left_out = [], []
    for row in lines("netpol-analyzer.tsv"):
        (left_out if row[1] == "left out" else adjusted).append(row)
    uses = Counter(name for row in adjusted for name in row[1].split("+"))
    parts = [_HEAD]
    parts.append("| copy | what is different in it, and why | cases |\n|---|---|---|\n")
    parts += [f"| `{name}` | {why} | {uses[name]} |\n" for name, why in lines("adjustments.tsv")]
    total = len(netpol_analyzer.cases())
    parts.append(f"\n## netpol-analyzer: {total} answers\n\n")
    whole = total - len(adjusted) - len(left_out)
    parts.append(f"{whole} are as expected on the manifests as they are, {len(adjusted)} on a copy; "
                 f"{len(left_out)} are left out.\n\n")
    parts.append("| left out | why |\n|---|---|\n" + "".join(f"| `{row[0]}` | {row[2]} |\n" for row in left_out))
    parts.append("\n| compared on a copy | copy |\n|---|---|\n")
    parts += [f"| `{row[0]}` | {row[1].replace('+', ', ')} |\n" for row in adjusted]
    queries = network_config_analyzer.queries()
    rows = dict(lines("network-config-analyzer.tsv"))
    missed = sum(query.title in rows or query.kind in rows for query in queries)
    parts.append(f"\n## network-config-analyzer: {len(queries)} queries\n\n"
                 f"{len(queries) - missed} have the expected number; {missed} are left out.\n\n"
                 "| left out | why |\n|---|---|\n")
    parts += [f"| `{name}` | {why} |\n" for name, why in rows.items()]
    return "".join(parts)


if __name__ == "__main__":
    PAGE.write_text(text())
