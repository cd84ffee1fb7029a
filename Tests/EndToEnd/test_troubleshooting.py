"""docs/troubleshooting.md knows every reason that the program can give."""

import re
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
TEXT = (PROJECT / "docs" / "troubleshooting.md").read_text()
#: Names in the sources below that are no reasons of conditions: kinds, types, values of objects.
NO_REASONS = set("""
    AccessKey Address AdmissionReview All BackendTLSPolicy Certificate ClusterIP ConfigMap Deployment ExtensionRef ExternalName
    Failure False Forbidden Gateway GatewayClass Gi Hostname IfNotPresent Ingress Ki Lease ListenerSet LoadBalancer Local Mi Namespace
    NetworkPolicy NodePort Passthrough PodDisruptionBudget Progressing ReplicaFailure RequestHeaderModifier RequestRedirect
    ResponseHeaderModifier RollingUpdate RuntimeDefault Sallyport ScheduleAnyway Secret Service ServiceAccount Staged System
    Terminate Token True ValidatingWebhookConfiguration
""".split())


def table(name):
    """First cells of the table below a mark, with the rest of the row."""
    body = TEXT.partition(f"<!-- {name} -->\n")[2].partition("\n\n")[0].splitlines()[2:]
    assert len(body) > 5, name
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in body]


def test_every_reason_to_refuse_a_request_is_explained():
    source = (PROJECT / "Sources" / "Access" / "Denial.swift").read_text()
    reasons = re.findall(r'case \w+ =\s*"([a-z_]+) \| (\d+) \S+ \| ([^"]+)"', source)
    assert len(reasons) == len(re.findall(r"^    case \w+ =", source, re.M)) > 60
    rows = table("denials")
    assert [row[:3] for row in rows] == [[f"`{name}`", status, words.rstrip(".")] for name, status, words in reasons]
    assert all(row[3] for row in rows), "each says what to look at"


def test_every_reason_of_a_condition_is_explained():
    folders = ["Routing", "Access", "Gateway/Runtime", "Controller"]
    found = {name for folder in folders for path in (PROJECT / "Sources" / folder).rglob("*.swift")
             for name in re.findall(r'"([A-Z][a-z]+[A-Za-z]*)"', path.read_text())}
    explained = {name for row in table("conditions") for name in re.findall(r"`(\w+)`", row[0])}
    assert len(explained) > 40
    assert found - explained - NO_REASONS == set(), "explain it, or say in NO_REASONS that it is none"


def test_every_reason_of_a_node_is_explained():
    source = (PROJECT / "Sources" / "Policy" / "Evaluate" / "Decision.swift").read_text()
    body = source.partition("enum Reason: String")[2].partition("\n    }")[0]
    reasons = re.findall(r"^        case (\w+)$", body, re.M)
    assert [row[0] for row in table("decisions")] == [f"`{name}`" for name in reasons]
