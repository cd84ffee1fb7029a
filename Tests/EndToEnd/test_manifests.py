"""The chart, the plain manifests and `sallyport install`: the same objects, sound by the judgement of others, and as tight
as docs/install.md says."""

import json
import re

import pytest
import yaml

from harness import chart, checkov
from harness.gateway import run

DIGEST = "sha256:" + "5a" * 32
PINNED = {"image": {"repository": "registry.example.com/sallyport", "digest": DIGEST}}
IMAGE = f"registry.example.com/sallyport@{DIGEST}"
NAMESPACES = ["sallyport-system", "sallyport-gateways", "sallyport-agents"]
#: Kubernetes versions whose schemas every object has to fit: the oldest of the chart, and newer ones.
VERSIONS = ["1.25.0", "1.29.0", "1.33.0", "1.37.0"]


def merged(*values):
    """Values on top of others, as Helm merges them."""
    result = {}
    for one in values:
        for key, value in one.items():
            both = isinstance(value, dict) and isinstance(result.get(key), dict)
            result[key] = merged(result[key], value) if both else value
    return result


def by_name(objects):
    """Objects by kind, namespace and name."""
    names = {(o["kind"], o["metadata"].get("namespace", ""), o["metadata"]["name"]): o for o in objects}
    assert len(names) == len(objects), "two objects have one name"
    return names


def without_nothing(value):
    """The same without nulls and empty texts of keys that Helm leaves out."""
    if isinstance(value, dict):
        return {key: without_nothing(one) for key, one in value.items() if one is not None}
    return [without_nothing(one) for one in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def objects():
    """What the chart makes with its standard values and a pinned image."""
    return chart.objects(PINNED)


@pytest.fixture(scope="module")
def pods(objects):
    """Every pod's spec, by component."""
    return {o["metadata"]["labels"]["app.kubernetes.io/component"]: o["spec"]["template"]["spec"] for o in objects
            if "template" in o.get("spec", {})}


# The same everywhere

def test_helm_finds_nothing_wrong():
    assert chart.lint() == []


def test_plain_manifests_are_what_the_chart_makes():
    if chart.WRITE:
        chart.MANIFEST.write_text(chart.manifest())
    assert chart.MANIFEST.read_text() == chart.manifest(), "write it anew with SALLYPORT_E2E_WRITE_MANIFESTS=1"


#: Options of `sallyport install`, and the values that wish for the same.
WISHES = {
    "standard": ([], {}),
    "pulled": (["--pull-policy", "Always", "--pull-secret", "a", "--pull-secret", "b"],
               {"image": {"pullPolicy": "Always", "pullSecrets": ["a", "b"]}}),
    "replicas": (["--replicas", "3", "--log-level", "debug"], {"controller": {"replicas": 3}, "logLevel": "debug"}),
    "gateways": (["--gateway-replicas", "3", "--gateway-service", "NodePort"],
                 {"gateways": {"replicas": 3, "serviceType": "NodePort"}}),
    "secrets": (["--secrets-of", "ai", "--secrets-of", "web/tls", "--secrets-of", "web/ca"],
                {"secrets": {"namespaces": [{"namespace": "ai"}, {"namespace": "web", "names": ["tls", "ca"]}]}}),
    "names of networks": (["--named-ranges"], {"namedRanges": {"enabled": True}}),
    "without an agent": (["--without-agent"], {"agent": {"enabled": False}}),
    "without a hub": (["--without-hub"], {"hub": {"enabled": False}}),
    "with neither": (["--without-agent", "--without-hub"], {"agent": {"enabled": False}, "hub": {"enabled": False}}),
    "history in the pod": (["--hub-storage", "none"], {"hub": {"storage": {"enabled": False}}}),
    "history in a volume": (["--hub-storage", "5Gi", "--hub-storage-class", "fast"],
                            {"hub": {"storage": {"size": "5Gi", "className": "fast"}}}),
}


@pytest.mark.parametrize("wish", WISHES)
def test_install_makes_what_the_chart_makes(wish):
    options, values = WISHES[wish]
    answer = run("install", "--dry-run", "--image", IMAGE, *options)
    assert answer.returncode == 0, answer.stderr
    made = [o for o in yaml.safe_load_all(answer.stdout) if o and o["kind"] != "CustomResourceDefinition"]
    assert by_name(made) == by_name(without_nothing(chart.objects(merged(PINNED, values))))


def test_install_brings_every_kind_of_ours():
    answer = run("install", "--dry-run", "--image", IMAGE)
    kinds = [o["spec"]["names"]["plural"] for o in yaml.safe_load_all(answer.stdout)
             if o and o["kind"] == "CustomResourceDefinition"]
    [hook] = [o for o in chart.objects() if o["kind"] == "ValidatingWebhookConfiguration"]
    [own] = [one for one in hook["webhooks"] if one["name"] == "own.admission.sallyport.dev"]
    assert sorted(kinds) == sorted(own["rules"][0]["resources"]), "admission asks about every kind of ours"
    readable = {one for o in chart.objects() if o["kind"] == "ClusterRole" for rule in o["rules"]
                if rule["apiGroups"] == ["sallyport.dev"] for one in rule["resources"]}
    assert {one for one in readable if "/" not in one} == set(kinds)
    assert {one.removesuffix("/status") for one in readable if "/" in one} == set(kinds)


@pytest.mark.parametrize("arguments, said", [
    (["--dry-run"], "which image?"),
    (["--dry-run", "--image", "sallyport:latest"], "whatever was pushed last"),
    (["--dry-run", "--image", "sallyport"], "names no version"),
    (["--dry-run", "--image", "sallyport@sha256:1"], "has no digest"),
    (["--dry-run", "--image", "-x"], "Missing value|is no name"),
    (["--dry-run", "--image", "a:1", "--secrets-of", "AI"], "--secrets-of takes"),
    (["--dry-run", "--image", "a:1", "--secrets-of", "a/b/c"], "--secrets-of takes"),
    (["--dry-run", "--image", "a:1", "--replicas", "0"], "--replicas is a number"),
    (["--dry-run", "--image", "a:1", "--hub-storage", "much"], "is no size"),
    (["--dry-run", "--image", "a:1", "--pull-policy", "Sometimes"], "--pull-policy is"),
    (["--dry-run", "--image", "a:1", "--gateway-service", "Door"], "--gateway-service is"),
    (["--dry-run", "--image", "a:1", "--gateway-replicas", "0"], "--gateway-replicas is"),
    (["--dry-run", "--check"], "exclude each other"),
    (["--image", "a:1", "--kubeconfig", "/nowhere/config"], "no cluster can be asked"),
])
def test_install_says_what_is_wrong_with_its_options(arguments, said):
    answer = run("install", *arguments)
    assert answer.returncode in (64, 69)
    assert re.search(said, answer.stderr), answer.stderr


@pytest.mark.parametrize("values", [
    {"image": {"repository": ""}}, {"image": {"tag": "latest"}}, {"image": {"digest": "sha256:1"}},
    {"image": {"pullpolicy": "Always"}}, {"hub": {"keepDays": 0}}, {"agent": {"resources": {"limits": None}}},
    {"secrets": {"namespaces": [{"names": ["a"]}]}}, {"networkPolicies": {"apiServer": {"cidrs": ["everywhere"]}}},
])
def test_helm_refuses_wrong_values(values):
    assert chart.refused(values)


def test_the_versions_are_those_of_the_program():
    version = run("version").stdout.split()[1]
    about = yaml.safe_load((chart.CHART / "Chart.yaml").read_text())
    assert (about["version"], about["appVersion"]) == (version, version)
    assert f"ARG VERSION={version}\n" in (chart.INSTALL / "image" / "Dockerfile").read_text()


def test_the_class_of_gateways_says_no_more_than_it_may(objects):
    [one] = [o for o in objects if o["kind"] == "GatewayClass"]
    assert 0 < len(one["spec"]["description"]) <= 64


def test_a_release_in_a_namespace_of_ours_leaves_that_one_to_helm():
    assert [o["metadata"]["name"] for o in chart.objects(namespace="sallyport-system") if o["kind"] == "Namespace"] == [
        "sallyport-agents", "sallyport-gateways"]


# By the judgement of others

@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_is_one_that_kubernetes_has(version, objects):
    import kubernetes_validate

    secrets = {"secrets": {"namespaces": [{"namespace": "ai", "names": ["tls"]}]}}
    checked = 0
    for one in [*objects, *chart.objects(merged(PINNED, secrets, {"hub": {"storage": {"enabled": False}}}))]:
        # Kinds of others have no schema there.
        if one["kind"] == "GatewayClass":
            continue
        kubernetes_validate.validate(one, version, strict=True)
        checked += 1
    assert checked > 80


#: What checkov would have otherwise, and why it is as it is. Each is for one object only, and has to be found.
EXCUSED = {
    ("CKV_K8S_38", "Deployment.sallyport-system.sallyport-controller"): "It follows the API server.",
    ("CKV_K8S_38", "StatefulSet.sallyport-system.sallyport-hub"): "It follows the API server.",
    ("CKV_K8S_38", "DaemonSet.sallyport-agents.sallyport-agent"): "It follows the API server.",
    ("CKV_K8S_155", "ClusterRole.default.sallyport-controller"): "Our own configuration by name, to fill in caBundle; not to make or delete one.",
    ("CKV_K8S_19", "DaemonSet.sallyport-agents.sallyport-agent"): "Rules are those of the node's network.",
    ("CKV_K8S_23", "DaemonSet.sallyport-agents.sallyport-agent"): "A capability of another user than root does not reach the program without setting file capabilities on it.",
    ("CKV_K8S_40", "DaemonSet.sallyport-agents.sallyport-agent"): "As above.",
    ("CKV_K8S_25", "DaemonSet.sallyport-agents.sallyport-agent"): "NET_ADMIN, which rules take, and nothing else.",
}


@pytest.mark.timeout(900)  # The first time, checkov has to be installed.
def test_checkov_finds_what_is_excused_and_nothing_else(tmp_path, objects):
    manifest = tmp_path / "sallyport.yaml"
    manifest.write_text(yaml.safe_dump_all(objects))
    found = checkov.failed(manifest)
    assert found - set(EXCUSED) == set()
    assert set(EXCUSED) - found == set(), "an excuse that nothing needs any more"


# As tight as said: the list of what must hold, in its order

def containers(pod):
    """All of a pod."""
    return pod.get("initContainers", []) + pod["containers"]


def test_pod_security_is_restricted_but_for_the_agent(objects):
    levels = {o["metadata"]["name"]: {o["metadata"]["labels"][f"pod-security.kubernetes.io/{mode}"]
                                      for mode in ("enforce", "audit", "warn")}
              for o in objects if o["kind"] == "Namespace"}
    assert levels == {"sallyport-system": {"restricted"}, "sallyport-gateways": {"restricted"},
                      "sallyport-agents": {"privileged"}}


def test_nobody_is_root_but_the_agent(pods):
    for component, pod in pods.items():
        contexts = [pod["securityContext"], *(one["securityContext"] for one in containers(pod))]
        if component == "agent":
            assert all("runAsNonRoot" not in one for one in contexts)
        else:
            assert all(one["runAsNonRoot"] is True and one["runAsUser"] == 65532 for one in contexts)


def test_root_file_systems_are_for_reading(pods):
    assert all(one["securityContext"]["readOnlyRootFilesystem"] is True for pod in pods.values() for one in containers(pod))


def test_nobody_becomes_more_than_it_is(pods):
    for pod in pods.values():
        for one in containers(pod):
            assert one["securityContext"]["allowPrivilegeEscalation"] is False
            assert one["securityContext"]["privileged"] is False


def test_capabilities_are_dropped(pods):
    added = {component: one["securityContext"]["capabilities"].get("add") for component, pod in pods.items()
             for one in containers(pod)}
    assert added == {"controller": None, "hub": None, "agent": ["NET_ADMIN"]}
    assert all(one["securityContext"]["capabilities"]["drop"] == ["ALL"] for pod in pods.values() for one in containers(pod))


def test_system_calls_are_filtered(pods):
    for pod in pods.values():
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert all(one["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"} for one in containers(pod))


def test_tokens_are_where_they_are_needed_only(objects, pods):
    accounts = [o for o in objects if o["kind"] == "ServiceAccount"]
    assert len(accounts) == 4 and all(o["automountServiceAccountToken"] is False for o in accounts)
    # All three follow the API server; the fourth account is people's.
    assert {c for c, pod in pods.items() if pod["automountServiceAccountToken"]} == {"controller", "hub", "agent"}


def test_everybody_says_what_he_takes(pods):
    for pod in pods.values():
        for one in containers(pod):
            for amount in ("requests", "limits"):
                assert set(one["resources"][amount]) == {"cpu", "memory"}


def test_everybody_is_asked_how_he_is(pods):
    for pod in pods.values():
        for one in pod["containers"]:
            assert {"startupProbe", "livenessProbe", "readinessProbe"} <= set(one)


def test_replicas_are_two_and_apart(objects, pods):
    [controller] = [o for o in objects if o["kind"] == "Deployment"]
    assert controller["spec"]["replicas"] == 2
    assert {one["topologyKey"] for one in pods["controller"]["topologySpreadConstraints"]} == {
        "kubernetes.io/hostname", "topology.kubernetes.io/zone"}
    budgets = {o["metadata"]["name"]: o["spec"] for o in objects if o["kind"] == "PodDisruptionBudget"}
    assert {name: spec["maxUnavailable"] for name, spec in budgets.items()} == {
        "sallyport-controller": 1, "sallyport-hub": 1}
    # One writer has a history; gateways and agents keep what they saw while it is away. Gateways are the controller's.
    [hub] = [o for o in objects if o["kind"] == "StatefulSet"]
    assert hub["spec"]["replicas"] == 1


def test_images_are_pinned(objects, pods):
    for pod in pods.values():
        assert [one["image"] for one in containers(pod)] == [IMAGE]
    assert f"--gateway-image={IMAGE}" in pods["controller"]["containers"][0]["args"], "gateways run the same"
    assert ":latest" not in chart.MANIFEST.read_text()


def rules(objects, *kinds):
    """Every rule, with the object that it is in."""
    return [(o, rule) for o in objects if o["kind"] in kinds for rule in o["rules"]]


def test_rights_are_listed(objects):
    granted = rules(objects, "Role", "ClusterRole")
    assert len(granted) > 15
    for o, rule in granted:
        assert "*" not in json.dumps(rule), o["metadata"]["name"]
        assert "nonResourceURLs" not in rule
        assert set(rule["verbs"]) <= {"create", "delete", "get", "list", "patch", "update", "watch"}, "no bind, escalate, impersonate"


def test_secrets_are_read_by_name_or_in_namespaces_that_were_named(objects):
    for o, rule in rules(objects, "ClusterRole"):
        assert not {"secrets", "configmaps"} & set(rule["resources"]), o["metadata"]["name"]
    for o, rule in rules(objects, "Role"):
        if "secrets" in rule["resources"] and rule["verbs"] != ["create"]:
            assert rule["resourceNames"], o["metadata"]["name"]
    assert not [o for o in objects if o["metadata"]["name"] == "sallyport-secrets"]
    named = chart.objects(merged(PINNED, {"secrets": {"namespaces": [{"namespace": "ai", "names": ["tls"]}]}}))
    [role] = [o for o in named if o["kind"] == "Role" and o["metadata"]["name"] == "sallyport-secrets"]
    assert role["metadata"]["namespace"] == "ai"
    assert role["rules"] == [{"apiGroups": [""], "resources": ["configmaps", "secrets"], "resourceNames": ["tls"],
                              "verbs": ["get", "list", "watch"]}]


def test_nobody_may_get_into_pods_or_give_rights(objects):
    for o, rule in rules(objects, "Role", "ClusterRole"):
        for resource in rule["resources"]:
            assert resource.partition("/")[2] in ("", "status"), o["metadata"]["name"]
        assert "rbac.authorization.k8s.io" not in rule["apiGroups"]
        # Pods are made by Deployments, and those in one namespace only.
        if "create" in rule["verbs"] and "deployments" in rule["resources"]:
            assert o["metadata"]["namespace"] == "sallyport-gateways"
        assert "pods" not in rule["resources"] or set(rule["verbs"]) == {"get", "list", "watch"}


def test_what_changes_cluster_wide_is_statuses_and_our_own_admission(objects):
    for o, rule in rules(objects, "ClusterRole"):
        if set(rule["verbs"]) - {"get", "list", "watch"}:
            assert o["metadata"]["name"] == "sallyport-controller"
            statuses = all(one.endswith("/status") for one in rule["resources"])
            assert statuses or rule["resourceNames"] == ["sallyport"]


def test_nothing_reaches_us_unless_listed(objects):
    policies = [o for o in objects if o["kind"] == "NetworkPolicy"]
    denied = {o["metadata"]["namespace"] for o in policies if o["spec"] == {
        "podSelector": {}, "policyTypes": ["Ingress", "Egress"]}}
    assert denied == set(NAMESPACES)
    opened = {(o["metadata"]["namespace"], o["metadata"]["name"]): sorted(
        f"{port['port']}-{port['endPort']}" if "endPort" in port else str(port["port"])
        for rule in o["spec"].get("ingress", []) for port in rule["ports"]) for o in policies if "ingress" in o["spec"]}
    assert opened == {("sallyport-system", "controller"): ["9443"], ("sallyport-system", "hub"): ["9480", "9481"],
                      # The controller opens the ports of each Gateway's listeners.
                      ("sallyport-gateways", "gateways"): []}
    narrow = chart.objects(merged(PINNED, {"networkPolicies": {"apiServer": {"cidrs": ["10.0.0.1/32"]}}}))
    [webhook] = [rule["from"] for o in narrow if o["kind"] == "NetworkPolicy" for rule in o["spec"].get("ingress", [])
                 if rule["ports"] == [{"port": 9443, "protocol": "TCP"}]]
    assert webhook == [{"ipBlock": {"cidr": "10.0.0.1/32"}}]
    # Gateways go where routes lead, but not where clouds hand out credentials.
    [gateways] = [o for o in policies if o["metadata"]["name"] == "gateways"]
    everywhere = [peer["ipBlock"] for rule in gateways["spec"]["egress"] if "ports" not in rule for peer in rule["to"]]
    assert [one["except"] for one in everywhere] == [["169.254.0.0/16"], ["fe80::/10", "fd00:ec2::254/128"]]


def test_metrics_and_console_open_for_whom_they_are_told(objects):
    peer = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}]
    told = chart.objects(merged(PINNED, {"networkPolicies": {"metricsFrom": peer, "consoleFrom": peer}}))
    ports = {o["metadata"]["name"]: [port["port"] for rule in o["spec"]["ingress"] if peer[0] in rule.get("from", [])
                                     for port in rule["ports"]]
             for o in told if o["kind"] == "NetworkPolicy" and "ingress" in o["spec"]}
    assert ports == {"controller": [9090], "hub": [9480, 9480], "gateways": [9090]}


def test_no_folder_of_the_node_but_the_kernels_settings(pods):
    paths = {component: [one["hostPath"]["path"] for one in pod.get("volumes", []) if "hostPath" in one]
             for component, pod in pods.items()}
    assert paths == {"controller": [], "hub": [], "agent": ["/proc/sys/net"]}
    tight = chart.objects(merged(PINNED, {"agent": {"countBytes": False}}))
    [agent] = [o for o in tight if o["kind"] == "DaemonSet"]
    assert "hostPath" not in json.dumps(agent) and "--kernel-settings" not in json.dumps(agent)


def test_the_agent_is_on_its_nodes_network_and_has_nothing_else_of_it(pods):
    assert {component for component, pod in pods.items() if pod.get("hostNetwork")} == {"agent"}
    assert not any(pod.get("hostPID") or pod.get("hostIPC") for pod in pods.values())
    assert pods["agent"]["priorityClassName"] == "system-node-critical"
    assert pods["agent"]["tolerations"] == [{"operator": "Exists"}]


def test_agents_are_replaced_one_by_one(objects):
    [agent] = [o for o in objects if o["kind"] == "DaemonSet"]
    assert agent["spec"]["updateStrategy"] == {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}}


def test_admission_fails_closed_for_our_kinds_and_open_for_others(objects):
    [hook] = [o for o in objects if o["kind"] == "ValidatingWebhookConfiguration"]
    policies = {one["name"]: one["failurePolicy"] for one in hook["webhooks"]}
    assert policies == {"own.admission.sallyport.dev": "Fail", "others.admission.sallyport.dev": "Ignore"}
    for one in hook["webhooks"]:
        groups = {group for rule in one["rules"] for group in rule["apiGroups"]}
        assert (groups == {"sallyport.dev"}) == (one["failurePolicy"] == "Fail")
        assert one["timeoutSeconds"] <= 5 and one["sideEffects"] == "None"
        [names, skip] = one["namespaceSelector"]["matchExpressions"]
        assert names["operator"] == "NotIn" and {"kube-system", *NAMESPACES} <= set(names["values"])
        assert skip == {"key": "sallyport.dev/skip-admission", "operator": "NotIn", "values": ["true"]}
