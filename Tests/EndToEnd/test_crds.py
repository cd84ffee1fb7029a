"""The definitions of our kinds as a cluster gets them: printed, well-formed, and refusing what the binary refuses."""

import json
import re
from pathlib import Path

import kubernetes_validate
import pytest
import re2
import yaml

from harness import definitions
from harness.gateway import run

PROJECT = Path(__file__).resolve().parents[2]
#: Field names that CEL has another use for, and that a rule would have to write in another way.
RESERVED = "as|break|const|continue|else|for|function|if|import|in|let|loop|namespace|null|package|return|void|while"


def printed(*options):
    answer = run("crds", *options)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


@pytest.fixture(scope="module")
def new():
    return definitions.read(printed())


@pytest.fixture(scope="module")
def old():
    return definitions.read(printed("--without-rules"))


def examples():
    """Every object of a kind of ours in the documents."""
    for path in sorted((PROJECT / "docs").rglob("*.md")):
        for block in re.findall(r"```yaml\n(.*?)```", path.read_text(), re.S):
            for thing in yaml.load_all(block, definitions.Plain):
                if isinstance(thing, dict) and str(thing.get("apiVersion")).startswith("sallyport.dev/"):
                    yield path.name, thing


def test_what_is_printed_is_what_stands_in_the_folder(new):
    files = definitions.read("---\n".join(path.read_text() for path in sorted((PROJECT / "install/crds").iterdir())))
    assert new == files and len(new) == 8
    listed = json.loads(printed("--output", "json"))
    assert listed["kind"] == "List" and {one["spec"]["names"]["kind"]: one for one in listed["items"]} == new


@pytest.mark.parametrize("version", ["1.31", "1.37"])
def test_kubernetes_takes_the_definitions(new, old, version):
    for one in [*new.values(), *old.values()]:
        kubernetes_validate.validate(one, version, strict=True)


def test_without_rules_nothing_of_cel_is_left(new, old):
    assert not any(definitions.rules(one) for one in old.values())
    assert all("x-kubernetes-validations" not in json.dumps(one) for one in old.values())
    for kind in new:
        paths = [path for path, _ in definitions.nodes(definitions.schema(new[kind]))]
        assert paths == [path for path, _ in definitions.nodes(definitions.schema(old[kind]))]


def test_patterns_and_rules_are_of_the_languages_of_kubernetes(new):
    for one in new.values():
        for path, node in definitions.nodes(definitions.schema(one)):
            if "pattern" in node:
                re2.compile(node["pattern"])
            for rule in node.get("x-kubernetes-validations", []):
                assert not re.search(rf"\.({RESERVED})\b", rule["rule"]), path


def test_every_example_of_the_documents_is_taken(new, old):
    kinds = set()
    for name, thing in examples():
        kinds.add(thing["kind"])
        for one in (new, old):
            assert definitions.refusals(one[thing["kind"]], thing) == [], name
    assert kinds == set(new)


TARGET = "{group: gateway.networking.k8s.io, kind: HTTPRoute, name: r}"
ISSUER = "issuer: 'https://a.example', audiences: [a]"
LOGIN = ("clientID: %s, authorizationEndpoint: 'https://a/x', tokenEndpoint: 'https://a/y', "
         "redirectURL: 'https://a/z'")

#: Kind, spec, what the refusal says, and whether it is said without CEL too.
BAD = [
    ("AccessPolicy", f"targetRefs: [{TARGET}, {TARGET}]", "another sectionName", False),
    ("AccessPolicy", f"targetRefs: [{TARGET}], rules: [{{name: a}}, {{name: a}}]", "name in rules must be there once", False),
    ("AccessPolicy",
     f"targetRefs: [{TARGET}], rules: [{{from: [{{accessKeys: {{names: [a]}}, tokens: {{}}}}]}}]", "brings one credential", True),
    ("AccessPolicy", f"targetRefs: [{TARGET}], rules: [{{from: [{{}}]}}]", "", True),
    ("AccessPolicy", f"targetRefs: [{TARGET}], rules: [{{to: []}}]", "", True),
    ("AccessPolicy", f"targetRefs: [{TARGET}], rules: [{{to: [{{classes: [Inferense]}}]}}]", "", True),
    ("AccessPolicy", f"targetRefs: [{TARGET}], rules: [{{to: [{{model: [a]}}]}}]", "no such field", True),
    ("AccessPolicy", f"targetRefs: [{TARGET}], rules: [{{capture: {{prompts: false}}}}]", "leave out capture", False),
    ("AccessPolicy",
     f"targetRefs: [{TARGET}], rules: [{{limits: {{requests: {{count: 1, window: 0s}}}}}}]", "must be at least 1ms", False),
    ("AccessPolicy",
     f"targetRefs: [{TARGET}], rules: [{{limits: {{tokens: {{count: 1, window: 1s}}}}}}]", "between 1m and 744h", False),
    ("AccessPolicy",
     f"targetRefs: [{TARGET}], rules: [{{from: [{{accessKeys: {{selector: {{matchExpressions: [{{key: a, operator: In}}]}}}}}}]}}]",
     "", True),
    ("AccessKey", "sha256: abc", "", True),
    ("AccessKey", f"sha256: {'a' * 64}, networks: [10.0.0.0]", "", True),
    ("Budget", f"targetRefs: [{TARGET}], limit: {{tokens: 1, dollars: '1'}}, window: {{calendar: Day}}", "", True),
    ("Budget", f"targetRefs: [{TARGET}], limit: {{dollars: '0.00'}}, window: {{calendar: Day}}", "more than nothing", False),
    ("Budget", f"targetRefs: [{TARGET}], limit: {{tokens: 1}}, window: {{rolling: 745h}}", "between 1m and 744h", False),
    ("Budget", f"targetRefs: [{TARGET}, {TARGET}], limit: {{tokens: 1}}, window: {{calendar: Day}}", "another sectionName", False),
    ("Guarantee", "rules: [{name: a}]", "exactly one of never, always and onlyVia", True),
    ("Guarantee",
     "rules: [{never: {from: [{anything: {}}], to: [{anything: {}}]}, name: a}, "
     "{never: {from: [{anything: {}}], to: [{anything: {}}]}, name: a}]", "name in rules must be there once", False),
    ("Guarantee", "rules: [{never: {from: [{anything: {}}], to: [{anything: {}}], ports: [{endPort: 1}]}}]", "without port", True),
    ("Guarantee",
     "rules: [{never: {from: [{anything: {}}], to: [{anything: {}}], ports: [{port: 2, endPort: 1}]}}]",
     "must not be less than port", False),
    ("Guarantee", "rules: [{never: {from: [{domainNames: [a.b]}], to: [{anything: {}}]}}]", "", True),
    ("ModelFilter", "rules: [{models: [a]}]", "rename or backendRef or both", True),
    ("ModelFilter", "rules: [{models: [a], backendRef: {name: b}}]", "port must be there for a Service", False),
    ("ModelServer", "extends: []", "endpoints, or built-in servers", False),
    ("ModelServer", "endpoints: [{methods: [GET], path: '/*', classes: [Health]}]", "", True),
    ("Provider", "services: [a], models: [{match: [a]}]", "prices or maxOutputTokens or both", True),
    ("Provider", "services: [a, a], models: [{match: [a], maxOutputTokens: 1}]", "", True),
    ("TokenIssuer", ISSUER + ", jwks: {}", "exactly one of inline, secretRef, url and cluster", True),
    ("TokenIssuer", ISSUER + ", jwks: {inline: x, refresh: 10m}", "refresh must not be there", True),
    ("TokenIssuer", ISSUER + ", jwks: {cluster: {}, caCertificates: {secretRef: {name: a}}}", "caCertificates must not", True),
    ("TokenIssuer", ISSUER + ", jwks: {url: 'http://a.example'}", "", True),
    ("TokenIssuer", ISSUER + ", jwks: {url: 'https://a', refresh: 1s}", "between 1m and 24h", False),
    ("TokenIssuer", ISSUER + ", jwks: {inline: x}, clockSkew: 6m", "between 0s and 5m", False),
    ("TokenIssuer", ISSUER + ", jwks: {inline: x}, maximumLifetime: 1ms", "between 1s and 8760h", False),
    ("TokenIssuer", ISSUER + ", jwks: {inline: x}, serviceAccounts: true, subjectClaim: email", "must be sub", False),
    ("TokenIssuer", ISSUER + ", jwks: {inline: x}, console: {grants: [{claim: a, role: Viewer}]}", "both be there", True),
    ("TokenIssuer",
     ISSUER + ", jwks: {inline: x}, console: {grants: [{role: Viewer}], login: {" + LOGIN % "b" + "}}", "console.login.clientID", False),
]


def built(kind, spec, name="x"):
    return {"apiVersion": "sallyport.dev/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec}


@pytest.mark.parametrize("kind, spec, words, always", BAD, ids=[f"{one[0]} {one[1]}"[:90] for one in BAD])
def test_what_the_definitions_refuse_validate_refuses(new, old, tmp_path, kind, spec, words, always):
    thing = built(kind, yaml.safe_load("{" + spec + "}"))
    said = definitions.refusals(new[kind], thing)
    assert said and any(words in one for one in said)
    assert bool(definitions.refusals(old[kind], thing)) == always
    (tmp_path / "a.json").write_text(json.dumps(thing))
    assert run("validate", tmp_path).returncode == 65


def test_names_that_are_taken_are_refused(new):
    spec = {"extends": ["vllm"]}
    assert definitions.refusals(new["ModelServer"], built("ModelServer", spec, "mine")) == []
    for name in ("vllm", "none"):
        assert definitions.refusals(new["ModelServer"], built("ModelServer", spec, name))


def test_every_rule_is_broken_by_an_object_above(new):
    said = [words for _, _, words, _ in BAD if words]
    for kind, one in new.items():
        for message in definitions.rules(one):
            assert any(words in message for words in said) or "the name must not be" in message, (kind, message)


@pytest.fixture(scope="module")
def annotations():
    """The policy of Kubernetes about annotations of ours."""
    policy, binding = yaml.safe_load_all((PROJECT / "install/admission/annotations.sallyport.dev.yaml").read_text())
    assert binding["spec"]["policyName"] == policy["metadata"]["name"]
    for one in (policy, binding):
        kubernetes_validate.validate(one, "1.37", strict=True)
    return policy["spec"]


@pytest.mark.parametrize("old, new, refused", [
    (None, None, False),
    (None, {}, False),
    (None, {"example.com/x": "y"}, False),
    (None, {"sallyport.dev/enforcement": "staged"}, False),
    (None, {"sallyport.dev/enforcement": "enforced"}, False),
    (None, {"sallyport.dev/enforcement": "stagedd"}, True),
    (None, {"sallyport.dev/enforcment": "staged"}, True),
    ({"a": "b"}, {"a": "b", "sallyport.dev/x": ""}, True),
    ({"sallyport.dev/enforcment": "staged"}, {"sallyport.dev/enforcment": "staged"}, False),
    ({"sallyport.dev/enforcment": "staged"}, None, False),
])
def test_annotations_of_ours_are_spelt_right(annotations, old, new, refused):
    def thing(values):
        return {"metadata": {"name": "x", **({} if values is None else {"annotations": values})}}

    [condition] = annotations["matchConditions"]
    before = None if old is None else thing(old)
    meant = definitions.answer(condition["expression"], object=thing(new), oldObject=before)
    rules = [rule["expression"] for rule in annotations["validations"]]
    assert (meant and not all(definitions.answer(rule, object=thing(new), oldObject=before) for rule in rules)) == refused
