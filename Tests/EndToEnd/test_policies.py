"""The commands about policies between workloads: what they print in each form, and how they end."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from harness.gateway import BINARY, run
from harness.transcript import transcripts

PROJECT = Path(__file__).resolve().parents[2]
EXAMPLE = PROJECT / "examples" / "policies"
#: Everything that reads one directory, with what it cannot do without.
READERS = [
    ["check"], ["connectivity"], ["exposure"], ["guarantee"], ["blast-radius", "--from", "ai/agent"],
    ["explain", "--from", "ai/agent", "--to", "ai/ollama", "--port", "80"], ["evaluate", "--queries", "/dev/null"],
]


def read(*arguments, code=0, stdin=None, timeout=120):
    """Standard output of a command that ends as it should."""
    answer = run(*arguments, stdin=stdin, timeout=timeout)
    assert answer.returncode == code, answer.stdout + answer.stderr
    return answer.stdout


def ask(folder, *queries, code=0, arguments=()):
    """Answers to queries, each of them JSON."""
    text = "".join((query if isinstance(query, str) else json.dumps(query)) + "\n" for query in queries)
    return [json.loads(line) for line in read("evaluate", folder, "--queries", "-", *arguments, code=code, stdin=text).splitlines()]


@pytest.fixture
def changed(tmp_path):
    """The example with a model that its whole namespace may call, and documents that may go anywhere."""
    folder = tmp_path / "changed"
    shutil.copytree(EXAMPLE, folder)
    policies = (folder / "policies.yaml").read_text()
    policies = policies.replace("- from: [{podSelector: {matchLabels: {app: gateway}}}]", "- from: [{podSelector: {}}]")
    vectors = policies.index("name: vectors")
    policies = policies[:vectors] + policies[vectors:].replace("[Ingress, Egress]", "[Ingress]", 1)
    (folder / "policies.yaml").write_text(policies)
    return folder


# Who can reach whom


def test_connectivity_is_the_same_in_every_form():
    rows = json.loads(read("connectivity", EXAMPLE, "--output", "json"))["connections"]

    def name(party):
        if party["kind"] == "workload":
            return f"{party['workloadKind']} {party['namespace']}/{party['name']}"
        return "anywhere (IPv4)" if (party["first"], party["last"]) == ("0.0.0.0", "255.255.255.255") else party["first"]

    expected = [(name(row["from"]), name(row["to"]), row["traffic"]) for row in rows]
    assert ("Deployment ai/gateway", "Deployment ai/ollama", "TCP 11434") in expected
    table = list(csv.DictReader(io.StringIO(read("connectivity", EXAMPLE, "--output", "csv"))))
    assert [(row["from"], row["to"], row["traffic"]) for row in table] == expected
    text = [tuple(re.split(r" {2,}", line)) for line in read("connectivity", EXAMPLE).splitlines()]
    assert text == [("FROM", "TO", "TRAFFIC"), *expected]
    markdown = read("connectivity", EXAMPLE, "--output", "markdown").splitlines()
    assert markdown[1] == "|---|---|---|---|"
    assert [tuple(line.strip("| ").split(" | "))[:3] for line in markdown[2:]] == expected
    graph = read("connectivity", EXAMPLE, "--output", "dot")
    edges = re.findall(r'"([^"]*)" -> "([^"]*)" \[label="([^"]*)"', graph)
    assert edges == expected


def test_an_address_of_a_pod_is_said_to_be_the_pods(tmp_path):
    """A block that is one pod's address is not somebody outside."""
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir(), new.mkdir()
    pods = "".join(f"""apiVersion: v1
kind: Pod
metadata: {{name: {name}, namespace: ai, labels: {{app: {name}}}}}
spec: {{containers: [{{name: main, image: x}}]}}
status: {{phase: Running, podIPs: [{{ip: {address}}}]}}
---
""" for name, address in [("vectors", "10.1.0.3"), ("model", "10.1.0.2")])
    policy = """apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: ai}
spec:
  podSelector: {matchLabels: {app: model}}
  policyTypes: [Ingress, Egress]
  ingress: [FROM]
  egress: [TO]
"""
    block = "ipBlock: {cidr: 10.1.0.3/32}"
    (old / "objects.yaml").write_text(pods + policy.replace("FROM", "").replace("TO", ""))
    (new / "objects.yaml").write_text(pods + policy.replace("FROM", f"{{from: [{{{block}}}]}}").replace("TO", f"{{to: [{{{block}}}]}}"))
    title = "10.1.0.3 (Pod ai/vectors)"
    for command in (["connectivity", new], ["connectivity", new, "-o", "dot"], ["exposure", new], ["diff", old, new],
                    ["blast-radius", new, "--from", "ai/model"]):
        said = read(*command)
        assert title in said and "10.1.0.3" not in said.replace(title, ""), said
    for command, rows in ((["connectivity", new], "connections"), (["diff", old, new], "changes")):
        parties = [party for row in json.loads(read(*command, "-o", "json"))[rows] for party in (row["from"], row["to"])]
        assert [party["workload"]["name"] for party in parties if party.get("first") == "10.1.0.3"] == ["vectors"] * 2


def test_ports_say_the_same_as_words():
    for row in json.loads(read("connectivity", EXAMPLE, "--output", "json"))["connections"]:
        assert row["isAll"] == (row["traffic"] == "all") == (row["ports"] == [])
        words = {}
        for port in row["ports"]:
            range_ = str(port["first"]) if port["first"] == port["last"] else f"{port['first']}-{port['last']}"
            words.setdefault(port["protocol"], []).append(range_)
        assert row["isAll"] or row["traffic"] == "; ".join(f"{name} {','.join(ports)}" for name, ports in words.items())


def test_two_runs_print_the_same(tmp_path):
    shutil.copytree(EXAMPLE, tmp_path / "copy")
    # Other files, the same objects.
    both = (tmp_path / "copy" / "policies.yaml").read_text() + "---\n" + (tmp_path / "copy" / "workloads.yaml").read_text()
    (tmp_path / "copy" / "policies.yaml").unlink()
    (tmp_path / "copy" / "workloads.yaml").write_text(both)
    for output in ("text", "json", "csv", "dot", "markdown"):
        assert read("connectivity", EXAMPLE, "-o", output) == read("connectivity", tmp_path / "copy", "-o", output)


def test_connections_of_interest():
    def pairs(*arguments):
        answer = json.loads(read("connectivity", EXAMPLE, "--output", "json", *arguments))
        return [(row["from"].get("name"), row["to"].get("name")) for row in answer["connections"]]

    everything = pairs()
    assert set(pairs("--from", "agent")) == {pair for pair in everything if pair[0] == "agent"}
    assert set(pairs("--to", "ai/ollama")) == {pair for pair in everything if pair[1] == "ollama"}
    assert set(pairs("--from", "outside")) == {pair for pair in everything if pair[0] is None}
    assert set(pairs("--focus", "monitoring/*")) == {pair for pair in everything if "prometheus" in pair}
    assert set(pairs("--focus", "ollama", "--focus", "agent")) == {
        pair for pair in everything if "ollama" in pair or "agent" in pair}
    assert pairs("--from", "Deployment/ai/agent", "--to", "StatefulSet/ai/vectors") == [("agent", "vectors")]
    assert run("connectivity", EXAMPLE, "--from", "ai/olama").returncode == 64


def test_what_comes_in_through_an_ingress(tmp_path):
    shutil.copytree(EXAMPLE, tmp_path / "objects")
    (tmp_path / "objects" / "ingress.yaml").write_text("""apiVersion: v1
kind: Service
metadata: {name: gateway, namespace: ai}
spec: {selector: {app: gateway}, ports: [{port: 443, targetPort: https}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: front, namespace: ai}
spec: {defaultBackend: {service: {name: gateway, port: {number: 443}}}}
""")
    rows = json.loads(read("connectivity", tmp_path / "objects", "--output", "json"))["connections"]
    ways = [row for row in rows if row["from"]["kind"] == "ingress"]
    assert [(row["from"], row["to"]["name"], row["traffic"]) for row in ways] == [
        ({"kind": "ingress", "namespace": "ai", "name": "front", "type": "Ingress"}, "gateway", "TCP 8443")]
    for output in ("text", "csv", "dot", "markdown"):
        assert "Ingress ai/front" in read("connectivity", tmp_path / "objects", "--to", "gateway", "--output", output)
    assert "Ingress" not in read("connectivity", tmp_path / "objects", "--to", "ai/ollama")
    assert "Ingress" not in read("connectivity", tmp_path / "objects", "--from", "ai/*")
    assert "Ingress way in by Ingress ai/front: open" in read("exposure", tmp_path / "objects")


def test_summary():
    numbers = json.loads(read("connectivity", EXAMPLE, "--summary", "--output", "json"))
    assert numbers["workloads"] == 7 and numbers["pairs"] == sum(entry["pairs"] for entry in numbers["namespaces"])
    assert f"{numbers['pairs']} of 42 pairs" in read("connectivity", EXAMPLE, "--summary")
    assert run("connectivity", EXAMPLE, "--summary", "--output", "dot").returncode == 64


def test_a_drawing(tmp_path):
    answer = run("connectivity", EXAMPLE, "--output", "svg")
    if shutil.which("dot"):
        assert answer.returncode == 0 and answer.stdout.rstrip().endswith("</svg>") and "ollama" in answer.stdout
        graph = read("connectivity", EXAMPLE, "--output", "dot")
        assert subprocess.run(["dot", "-Tplain"], input=graph, text=True, capture_output=True, check=True).stdout
    else:
        assert answer.returncode == 69 and "dot" in answer.stderr
    # What `dot` does is not ours; that it is run, and that its failures are told, is.
    fake = tmp_path / "dot"
    for script, code, expected in [("cat >/dev/null; echo '<svg></svg>'", 0, "<svg></svg>\n"), ("exit 3", 69, "")]:
        fake.write_text(f"#!/bin/sh\n{script}\n")
        fake.chmod(0o755)
        environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
        answer = subprocess.run([os.environ["SALLYPORT_BIN"], "connectivity", EXAMPLE, "--output", "svg"], env=environment,
                                capture_output=True, text=True, check=False, timeout=60)
        assert (answer.returncode, answer.stdout) == (code, expected), answer.stderr


# What is proved


def test_guarantees(changed):
    kept = json.loads(read("guarantee", EXAMPLE, "--output", "json"))["guarantees"]
    assert {rule["result"] for rule in kept} == {"proved"} and all(rule["pairs"] > 0 for rule in kept)
    broken = json.loads(read("guarantee", changed, "--output", "json", code=1))["guarantees"]
    refuted = {rule["rule"]: rule["witness"] for rule in broken if rule["result"] == "refuted"}
    assert set(refuted) == {"model-behind-gateway", "documents-stay"}
    witness = refuted["model-behind-gateway"]
    assert witness["to"] == "ai/ollama" and witness["from"] != "ai/gateway" and witness["port"] == 11434
    assert witness["ingress"]["policy"] == "NetworkPolicy ai/model" and witness["ingress"]["rule"] == "spec.ingress[0]"
    # The witness is a real connection: the other command says the same of it.
    for witness in refuted.values():
        query = {key: witness[key] for key in ("from", "to", "protocol", "port")}
        assert ask(changed, query, arguments=["--brief"]) == [{"allowed": True}]
    assert "refuted: ai/documents-stay" in read("guarantee", changed, code=1)


def test_a_guarantee_about_nobody(tmp_path):
    (tmp_path / "g.yaml").write_text("""apiVersion: sallyport.dev/v1alpha1
kind: Guarantee
metadata: {name: g}
spec: {rules: [{name: r, never: {from: [{workloads: {names: [nobody]}}], to: [{outside: {}}]}}]}
""")
    assert json.loads(read("guarantee", tmp_path, "-o", "json"))["guarantees"][0]["result"] == "vacuous"
    read("guarantee", tmp_path, "--strict", code=1)
    assert "[guarantee-vacuous]" in read("check", tmp_path)
    read("check", tmp_path, "--strict", code=1)


def test_check(changed):
    assert json.loads(read("check", EXAMPLE, "--strict", "--output", "json"))["findings"] == []
    report = json.loads(read("check", changed, "--output", "json", code=1))
    errors = [finding for finding in report["findings"] if finding["level"] == "error"]
    assert {finding["rule"] for finding in errors} == {"guarantee-refuted"}
    for finding in errors:
        line = (changed / finding["file"]).read_text().splitlines()[finding["line"] - 1]
        assert "name: model-behind-gateway" in line or "name: documents-stay" in line
    assert len(re.findall(r"^error: .*\[guarantee-refuted\]$", read("check", changed, code=1), re.M)) == len(errors)


def test_check_marks_what_staged_policies_would_do(tmp_path):
    folder = tmp_path / "objects"
    shutil.copytree(EXAMPLE, folder)
    (folder / "staged.yaml").write_text("""apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: later, namespace: ai, annotations: {sallyport.dev/enforcement: staged}}
spec: {podSelector: {matchLabels: {app: gone}}}
""")
    findings = json.loads(read("check", folder, "--output", "json"))["findings"]
    assert {(finding["rule"], finding.get("staged")) for finding in findings} == {("selects-nothing", True), ("staged-left", None)}
    assert "[selects-nothing, staged]" in read("check", folder)
    results = json.loads(read("check", folder, "--output", "sarif"))["runs"][0]["results"]
    assert {(row["ruleId"], row.get("properties", {}).get("staged")) for row in results} == {
        ("selects-nothing", True), ("staged-left", None)}


def test_check_for_github(changed):
    lines = read("check", changed, "--output", "github", code=1).splitlines()
    report = json.loads(read("check", changed, "--output", "json", code=1))["findings"]
    assert len(lines) == len(report)
    for line, finding in zip(lines, report):
        kind, properties, message = re.fullmatch(r"::(error|warning|notice) ([^:]*)::(.*)", line).groups()
        values = dict(part.split("=", 1) for part in properties.split(","))
        assert values["file"].endswith(finding["file"]) and int(values["line"]) == finding["line"]
        assert values["title"] == finding["rule"] and finding["message"].replace("%", "%25") in message
        assert kind == {"error": "error", "warning": "warning", "note": "notice"}[finding["level"]]


#: Members that objects of SARIF 2.1.0 may have, of those that are written; the first ones they must have.
SARIF = {
    "log": (["version", "runs"], ["$schema"]),
    "run": (["tool"], ["results", "columnKind"]),
    "tool": (["driver"], []),
    "driver": (["name"], ["version", "rules"]),
    "rule": (["id"], ["name", "shortDescription", "fullDescription", "help", "defaultConfiguration", "properties"]),
    "result": (["message"], ["ruleId", "ruleIndex", "level", "locations", "partialFingerprints", "properties"]),
    "location": ([], ["physicalLocation", "logicalLocations"]),
    "physicalLocation": ([], ["artifactLocation", "region"]),
    "region": ([], ["startLine", "startColumn"]),
}


def has_members_of_sarif(name, value):
    needed, possible = SARIF[name]
    return set(needed) <= value.keys() <= {*needed, *possible}


def test_check_as_sarif(changed, tmp_path):
    mistaken = tmp_path / "mistaken files"
    mistaken.mkdir()
    (mistaken / "ü.yaml").write_text("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: x}\nspec: {}\nx: 1\n")
    for folder, code in [(EXAMPLE, 0), (changed, 1), (mistaken, 65)]:
        log = json.loads(read("check", folder, "--output", "sarif", code=code))
        # What the schema of SARIF 2.1.0 requires, and code scanning besides.
        assert log["version"] == "2.1.0" and log["$schema"].endswith("sarif-2.1.0.json") and len(log["runs"]) == 1
        driver = log["runs"][0]["tool"]["driver"]
        rules = [rule["id"] for rule in driver["rules"]]
        assert driver["name"] == "sallyport" and len(rules) == len(set(rules))
        for rule in driver["rules"]:
            assert has_members_of_sarif("rule", rule) and re.fullmatch(r"([A-Z][A-Za-z]*)+", rule["name"])
            assert rule["help"]["text"] and rule["fullDescription"]["text"].startswith(rule["shortDescription"]["text"])
            assert rule["shortDescription"]["text"] and rule["defaultConfiguration"]["level"] in ("error", "warning", "note")
        assert has_members_of_sarif("log", log) and has_members_of_sarif("run", log["runs"][0])
        assert has_members_of_sarif("tool", log["runs"][0]["tool"]) and has_members_of_sarif("driver", driver)
        assert log["runs"][0]["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints")
        results = log["runs"][0]["results"]
        prints = [result["partialFingerprints"]["sallyportFinding/v1"] for result in results]
        assert len(prints) == len(set(prints)) and all(re.fullmatch("[0-9a-f]{16}", text) for text in prints)
        assert bool(results) == (code != 0)
        for result in results:
            assert rules[result["ruleIndex"]] == result["ruleId"] and result["message"]["text"]
            assert result["level"] in ("none", "note", "warning", "error")
            assert has_members_of_sarif("result", result) and has_members_of_sarif("location", result["locations"][0])
            place = result["locations"][0]["physicalLocation"]
            assert has_members_of_sarif("physicalLocation", place) and has_members_of_sarif("region", place["region"])
            assert re.fullmatch(r"[A-Za-z0-9:/._~%-]+", place["artifactLocation"]["uri"])
            assert place["region"]["startLine"] >= 1 and place["region"]["startColumn"] >= 1
    assert results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].endswith("mistaken%20files/%C3%BC.yaml")


def test_fingerprints_of_findings_outlive_moves(changed):
    def prints():
        results = json.loads(read("check", changed, "--output", "sarif", code=1))["runs"][0]["results"]
        lines = [result["locations"][0]["physicalLocation"]["region"]["startLine"] for result in results]
        return lines, [(result["ruleId"], result["partialFingerprints"]) for result in results]

    before = prints()
    for file in changed.glob("*.yaml"):
        file.write_text("# a line more\n" + file.read_text())
    after = prints()
    assert after[0] == [line + 1 for line in before[0]] and after[1] == before[1]


# What changes


def test_diff(changed):
    assert json.loads(read("diff", EXAMPLE, EXAMPLE, "--output", "json")) == {"changes": []}
    changes = json.loads(read("diff", EXAMPLE, changed, "--output", "json"))
    pairs = {(row["from"].get("name"), row["to"].get("name")): row for row in changes["changes"]}
    gained = pairs["notebook", "ollama"]
    assert (gained["gained"], gained["lost"], gained["old"], gained["new"]) == ("TCP 11434", "", "", "TCP 11434")
    assert "NetworkPolicy ai/model spec.ingress[0]" in gained["gainedReason"] and gained["lostReason"] == ""
    back = json.loads(read("diff", changed, EXAMPLE, "--output", "json"))["changes"]
    assert [(row["from"], row["to"], row["lost"]) for row in back] == [
        (row["from"], row["to"], row["gained"]) for row in changes["changes"]]
    assert all(bool(row[way]) == bool(row[f"{way}Reason"]) for row in back + changes["changes"] for way in ("gained", "lost"))
    table = list(csv.DictReader(io.StringIO(read("diff", EXAMPLE, changed, "--output", "csv"))))
    assert [(row["gained"], row["gained reason"]) for row in table] == [
        (row["gained"], row["gainedReason"]) for row in changes["changes"]]
    assert read("diff", EXAMPLE, changed, "--output", "markdown").count("| TCP 11434 |") == 2
    assert "broken in the end: ai/model-behind-gateway, ai/documents-stay" in read("diff", EXAMPLE, changed)
    assert "transition" not in json.loads(read("diff", EXAMPLE, changed, "--ends-only", "-o", "json"))


def test_a_pair_that_gains_and_loses_has_two_reasons(tmp_path):
    folder = tmp_path / "moved"
    shutil.copytree(EXAMPLE, folder)
    policies = (folder / "policies.yaml").read_text()
    (folder / "policies.yaml").write_text(policies.replace("ports: [{port: http}]", "ports: [{port: 11435}]", 1))
    rows = json.loads(read("diff", EXAMPLE, folder, "--ends-only", "--output", "json"))["changes"]
    moved = next(row for row in rows if (row["from"].get("name"), row["to"].get("name")) == ("gateway", "ollama"))
    assert (moved["gained"], moved["lost"]) == ("TCP 11435", "TCP 11434")
    assert "allowed by NetworkPolicy ai/model" in moved["gainedReason"] and "denied" in moved["lostReason"]
    text = read("diff", EXAMPLE, folder, "--ends-only")
    for way in ("gained", "lost"):
        mark = "+" if way == "gained" else "-"
        assert f"{mark} Deployment ai/gateway -> Deployment ai/ollama: {moved[way]}\n    {moved[f'{way}Reason']}\n" in text


def test_an_order_that_is_not_safe(tmp_path):
    """One policy goes and another comes: in between nothing may be open."""
    old, new = tmp_path / "old", tmp_path / "new"
    shutil.copytree(EXAMPLE, old)
    shutil.copytree(EXAMPLE, new)
    policies = (new / "policies.yaml").read_text()
    # `closed` becomes a policy of another name that says the same.
    (new / "policies.yaml").write_text(policies.replace("name: closed", "name: a-closed"))
    changes = json.loads(read("diff", old, new, "--output", "json"))
    assert changes["changes"] == [] and changes["transition"]["safe"] is True
    assert [step["change"] for step in changes["transition"]["steps"]] == ["create", "delete"]


# Single questions


def test_evaluate_and_explain_agree():
    queries = [
        ({"from": "ai/notebook", "to": "ai/gateway", "port": 8443}, True),
        ({"from": "ai/notebook", "to": "ai/ollama", "port": 11434}, False),
        ({"from": "ai/gateway", "to": "ai/ollama", "port": 11434}, True),
        ({"from": "ai/gateway", "to": "ai/ollama", "port": 11434, "protocol": "UDP"}, False),
        ({"from": "ai/agent", "to": "93.184.216.34", "port": 443}, False),
        ({"from": "203.0.113.9", "to": "ai/gateway", "port": 8443}, True),
        ({"from": "monitoring/prometheus", "to": "ai/ollama", "port": 9090}, True),
        ({"from": "ai/agent", "to": "kube-system/coredns", "port": 53, "protocol": "UDP"}, True),
        ({"from": "ai/agent", "to": "ai/vectors", "protocol": "ICMP"}, False),
    ]
    answers = ask(EXAMPLE, *[query for query, _ in queries])
    assert [answer["allowed"] for answer in answers] == [allowed for _, allowed in queries]
    for (query, allowed), answer in zip(queries, answers):
        assert allowed == (answer["egress"]["allowed"] and answer["ingress"]["allowed"])
        arguments = [part for key, value in query.items() for part in (f"--{key}", value)]
        told = json.loads(read("explain", EXAMPLE, *arguments, "--output", "json"))
        assert told["allowed"] is allowed and told["answer"] and len(told["sides"]) == 2
        assert ("may open" in told["answer"]) == allowed
        assert told["answer"] in read("explain", EXAMPLE, *arguments)


def test_the_proposed_change_turns_the_answer(tmp_path):
    folder = tmp_path / "objects"
    shutil.copytree(EXAMPLE, folder)
    query = ["--from", "ai/notebook", "--to", "ai/ollama", "--port", "11434"]
    [change] = json.loads(read("explain", folder, *query, "--output", "json"))["suggestion"]["changes"]
    assert change["policy"]["name"] == "model" and change["path"] == "spec.ingress[0].from" and change["yaml"].strip()


def test_a_new_policy_that_is_proposed_turns_the_answer(tmp_path):
    folder = tmp_path / "objects"
    shutil.copytree(EXAMPLE, folder)
    (folder / "deny.yaml").write_text("""apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: deny}
spec: {tier: Admin, priority: 1, subject: {namespaces: {}}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}
""")
    query = ["--from", "ai/gateway", "--to", "ai/ollama", "--port", "11434", "--output", "json"]
    told = json.loads(read("explain", folder, *query))
    [change] = told["suggestion"]["changes"]
    assert told["allowed"] is False and "policy" not in change
    (folder / "open.yaml").write_text(change["yaml"] + "\n")
    assert json.loads(read("explain", folder, *query))["allowed"] is True
    assert json.loads(read("explain", folder, *query[:5], "11435", *query[6:]))["allowed"] is False


def test_bad_queries_have_their_place():
    good = {"from": "ai/gateway", "to": "ai/ollama", "port": 11434, "id": 1}
    answers = ask(EXAMPLE, good, "nonsense", "", {**good, "id": 2}, {"from": "ai/x", "to": "ai/y", "port": 1, "id": 3}, code=65,
                  arguments=["--brief"])
    assert answers[0] == {"id": 1, "allowed": True} and answers[2] == {"id": 2, "allowed": True}
    assert "JSON" in answers[1]["error"] and answers[3]["id"] == 3 and "ai/x" in answers[3]["error"]
    missing = run("evaluate", EXAMPLE, "--queries", "/nowhere")
    assert missing.returncode == 74 and "/nowhere" in missing.stderr


def test_an_answer_comes_before_the_next_question():
    process = subprocess.Popen([os.environ["SALLYPORT_BIN"], "evaluate", EXAMPLE, "--queries", "-"], text=True, bufsize=1,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        for port, allowed in [(11434, True), (80, False), (11434, True)]:
            process.stdin.write(json.dumps({"from": "ai/gateway", "to": "ai/ollama", "port": port}) + "\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["allowed"] is allowed
        process.stdin.close()
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_many_queries(tmp_path):
    """Twenty thousand, in order, from a file, and one line that is far too long."""
    queries = [{"from": "ai/gateway", "to": "ai/ollama", "port": 11434 + number % 2, "id": number} for number in range(20_000)]
    file = tmp_path / "queries"
    file.write_text("\n".join(json.dumps(query) for query in queries) + "\n" + "x" * 3_000_000 + "\n" + json.dumps(queries[0]))
    lines = read("evaluate", EXAMPLE, "--queries", file, "--brief", code=65).splitlines()
    answers = [json.loads(line) for line in lines]
    assert answers[:20_000] == [{"id": number, "allowed": number % 2 == 0} for number in range(20_000)]
    assert "longer" in answers[20_000]["error"] and answers[20_001] == {"id": 0, "allowed": True}


# What is open


def test_exposure():
    answer = json.loads(read("exposure", EXAMPLE, "--output", "json"))
    workloads = {entry["workload"]["name"]: entry for entry in answer["workloads"]}
    assert [entry["traffic"] for entry in workloads["gateway"]["ingress"]["outside"]] == ["TCP 8443"]
    assert workloads["ollama"]["ingress"]["outside"] == [] and workloads["ollama"]["egress"]["outside"] == []
    assert not workloads["notebook"]["egress"]["isSelected"] and workloads["notebook"]["egress"]["outside"][0]["isAnywhere"]
    only = json.loads(read("exposure", EXAMPLE, "--focus", "ai/gateway", "--output", "json"))["workloads"]
    assert [entry["workload"]["name"] for entry in only] == ["gateway"]
    text = read("exposure", EXAMPLE)
    assert "from anywhere outside: TCP 8443 (NetworkPolicy ai/gateway spec.ingress[0])" in text


def test_blast_radius():
    whole = json.loads(read("blast-radius", EXAMPLE, "--from", "ai/agent", "--output", "json"))
    steps = {entry["workload"]["name"]: entry["steps"] for entry in whole["reached"]}
    assert (steps["gateway"], steps["vectors"], steps["ollama"]) == (1, 1, 2)
    assert {asset for entry in whole["reached"] for asset in entry["assets"]} == {"model", "data"}
    near = json.loads(read("blast-radius", EXAMPLE, "--from", "ai/agent", "--steps", "1", "--output", "json"))
    assert {entry["workload"]["name"] for entry in near["reached"]} == {name for name, step in steps.items() if step == 1}
    assert all(way["steps"] == 1 for way in near["waysOut"]) and not any(entry["isPartial"] for entry in whole["reached"])
    # From the agent itself there is no way out, and a way through another workload takes two connections.
    assert near["waysOut"] == [] and "there is no way out" in read("blast-radius", EXAMPLE, "--from", "ai/agent", "--steps", "1")
    assert "1 with asset model" in read("blast-radius", EXAMPLE, "--from", "ai/agent")
    for wrong in (["--from", "outside"], ["--from", "ai/agent", "--steps", "0"], ["--from", "nobody"], []):
        assert run("blast-radius", EXAMPLE, *wrong).returncode == 64


# What is wrong


@pytest.mark.parametrize("command", READERS, ids=lambda command: command[0])
@pytest.mark.parametrize("text", [
    "a: [", "\t", "\x00", "[1, 2]", "kind: NetworkPolicy\n", "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n",
    "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: x}\nspec: {podSelector: {matchLabels: 7}}\n",
    "apiVersion: sallyport.dev/v1alpha1\nkind: Guarantee\nmetadata: {name: g}\nspec: {rules: [{never: {}}]}\n",
    "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
], ids=lambda text: repr(text)[:30])
def test_mistakes_are_65_with_a_place(tmp_path, command, text):
    (tmp_path / "bad.yaml").write_text(text)
    answer = run(command[0], tmp_path, *command[1:])
    said = answer.stdout + answer.stderr
    if answer.returncode != 65:
        # What is no object of ours is skipped, by all commands alike.
        assert run("validate", tmp_path).returncode == 0, said
    else:
        assert re.search(r"bad\.yaml:\d+:\d+: ", said)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
@pytest.mark.parametrize("command", [
    *([name, EXAMPLE, *arguments] for name, *arguments in READERS if name != "evaluate"), ["diff", EXAMPLE, EXAMPLE],
    ["connectivity", EXAMPLE, "--summary"], ["explain", EXAMPLE, *READERS[5][1:], "--output", "json"], ["validate", EXAMPLE],
    ["version"],
], ids=lambda command: " ".join(str(part) for part in command if part != EXAMPLE))
def test_an_answer_that_cannot_be_written_is_no_success(command):
    with open("/dev/full", "wb") as full:
        answer = subprocess.run([BINARY, *command], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert answer.returncode == 74 and "cannot write" in answer.stderr


@pytest.mark.parametrize("command", READERS, ids=lambda command: command[0])
def test_what_is_not_there(tmp_path, command):
    answer = run(command[0], tmp_path / "missing", *command[1:])
    assert answer.returncode == 65 and "missing" in answer.stderr and answer.stdout == ""


@pytest.mark.parametrize("arguments", [
    ["check"], ["connectivity"], ["diff", EXAMPLE], ["evaluate", EXAMPLE], ["explain", EXAMPLE], ["guarantee"],
    ["connectivity", EXAMPLE, "--output", "poetry"], ["connectivity", EXAMPLE, "--pod-cidr", "10.0.0.1/8"],
    ["connectivity", EXAMPLE, "--from", "a/b/c/d"], ["explain", EXAMPLE, "--from", "ai/agent", "--to", "1.1.1.1"],
    ["explain", EXAMPLE, "--from", "ai/agent", "--to", "ai/nobody", "--port", "1"],
    ["explain", EXAMPLE, "--from", "ai/agent", "--to", "1.1.1.1", "--port", "70000"],
    ["explain", EXAMPLE, "--from", "ai/agent", "--to", "1.1.1.1", "--protocol", "QUIC", "--port", "1"],
])
def test_misuse_is_64(arguments):
    answer = run(*arguments)
    assert answer.returncode == 64 and answer.stderr.strip() and answer.stdout == ""


@pytest.mark.parametrize("options, said", [
    (["--port", "70000"], "--port 70000 is no port: 1 to 65535"), (["--port", "0"], "--port 0 is no port: 1 to 65535"),
    (["--port", "https"], "--port https is no port: 1 to 65535"), ([], "--port is missing: TCP goes to a port, 1 to 65535"),
    (["--port", "1", "--protocol", "ICMP"], "--port 1 says nothing: ICMP has no ports"),
    (["--port", "1", "--protocol", "QUIC"], "--protocol QUIC is no protocol: TCP, UDP"),
])
def test_a_wrong_option_of_explain_is_named(options, said):
    answer = run("explain", EXAMPLE, "--from", "ai/agent", "--to", "1.1.1.1", *options)
    assert answer.returncode == 64 and answer.stderr.startswith("error: " + said)
    assert "Usage" not in answer.stderr and answer.stdout == ""


@pytest.mark.parametrize("command", [reader[0] for reader in READERS] + ["diff"])
def test_help_has_examples(command):
    said = read(command, "--help")
    assert f"sallyport {command} " in said and "EXAMPLES" in said


def test_policies_that_are_not_read_are_told(tmp_path):
    (tmp_path / "c.yaml").write_text("""apiVersion: v1
kind: Pod
metadata: {name: dual, namespace: x}
spec: {containers: [{name: c, image: i}]}
status: {phase: Running, podIPs: [{ip: 10.0.0.1}, {ip: "fd00::1"}]}
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: c, namespace: x}
spec: {}
""")
    answer = run("connectivity", tmp_path)
    assert answer.returncode == 0 and "not read: CiliumNetworkPolicy" in answer.stderr
    assert "anywhere (IPv4)" in answer.stdout and "anywhere (IPv6)" in answer.stdout and len(answer.stdout.splitlines()) == 5
    assert run("connectivity", tmp_path, "--quiet").stderr == ""
    finding, = json.loads(read("check", tmp_path, "--output", "json"))["findings"]
    assert (finding["rule"], finding["file"], finding["line"]) == ("unread-policies", "c.yaml", 7)
    rows = json.loads(read("diff", EXAMPLE, tmp_path, "--ends-only", "--quiet", "--output", "json"))["changes"]
    outside = [(row["to"]["first"], row["to"]["last"]) for row in rows if row["from"].get("name") == "dual" and "first" in row["to"]]
    assert sorted(outside) == [("0.0.0.0", "255.255.255.255"), ("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]


def test_where_pods_are(tmp_path):
    """A block is about pods without addresses when it holds all of where they may be."""
    (tmp_path / "all.yaml").write_text("""apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: i}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: db, namespace: shop}
spec: {selector: {matchLabels: {app: db}}, template: {metadata: {labels: {app: db}}, spec: {containers: [{name: c, image: i}]}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec: {podSelector: {matchLabels: {app: db}}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}
""")
    query = {"from": "shop/web", "to": "shop/db", "port": 1}
    assert ask(tmp_path, query, arguments=["--brief"]) == [{"allowed": False}]
    assert ask(tmp_path, query, arguments=["--brief", "--pod-cidr", "10.1.0.0/16"]) == [{"allowed": True}]
    assert ask(tmp_path, query, arguments=["--brief", "--pod-cidr", "10.1.0.0/16", "--pod-cidr", "11.0.0.0/8"]) == [
        {"allowed": False}]


def test_a_large_cluster(tmp_path):
    """Two thousand workloads: every command ends, and what it prints is whole."""
    objects = []
    for number in range(2_000):
        objects.append(f"""apiVersion: apps/v1
kind: Deployment
metadata: {{name: w{number}, namespace: n{number % 40}}}
spec: {{selector: {{matchLabels: {{app: w{number}}}}}, template: {{metadata: {{labels: {{app: w{number}, tier: t{number % 3}}}}}, spec: {{containers: [{{name: c, image: i}}]}}}}}}
""")
    for number in range(40):
        objects.append(f"""apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: p, namespace: n{number}}}
spec: {{podSelector: {{}}, policyTypes: [Ingress, Egress], ingress: [{{from: [{{podSelector: {{matchLabels: {{tier: t0}}}}}}]}}], egress: [{{to: [{{podSelector: {{}}}}]}}]}}
""")
    (tmp_path / "all.yaml").write_text("---\n".join(objects))
    answer = json.loads(read("connectivity", tmp_path, "--output", "json", timeout=300))
    assert len(answer["workloads"]) == 2_000
    assert all(row["from"]["namespace"] == row["to"]["namespace"] for row in answer["connections"])
    too_many = run("connectivity", tmp_path, "--output", "svg", timeout=300)
    assert too_many.returncode in (64, 69) and too_many.stderr
    read("check", tmp_path, "--quiet", timeout=300)
    read("exposure", tmp_path, timeout=300)


# What is documented


@pytest.mark.parametrize("transcript", transcripts(PROJECT / "docs" / "policies.md"), ids=lambda transcript: transcript.name)
def test_the_documentation_is_true(transcript):
    """Every command of docs/policies.md prints what stands there. SALLYPORT_E2E_WRITE_DOCS=1 writes it anew."""
    assert transcript.run() == transcript.expected
