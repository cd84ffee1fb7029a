"""Certificates that somebody else makes, as cert-manager does: Secrets with its annotations, made before and renewed later."""

import base64
import json
import time

import pytest

from harness.certificates import Authority
from harness.gateway import BINARY
from harness.installation import NAMESPACES, install, ready_cluster, said
from harness.kubernetes import why_not

pytestmark = [pytest.mark.skipif(bool(why_not()), reason=f"no real cluster: {why_not()}"), pytest.mark.timeout(600)]


def server(service):
    """The names of a Service of our own parts, as a certificate has them."""
    host = f"{service}.sallyport-system.svc"
    return [host, f"{host}.cluster.local", f"{service}.sallyport-system", service]


# What docs/controller.md lists: the Secret, its namespace, the names in its certificate.
SECRETS = [("sallyport-hub-cert", "sallyport-system", server("sallyport-hub")),
           ("sallyport-webhook-cert", "sallyport-system", server("sallyport-webhook")),
           ("sallyport-gateway-cert", "sallyport-gateways", ["gateway.sallyport-gateways"]),
           ("sallyport-agent-cert", "sallyport-agents", ["agent.sallyport-agents"])]
WRONG = {"apiVersion": "sallyport.dev/v1alpha1", "kind": "AccessPolicy", "metadata": {"name": "wrong", "namespace": "default"},
         "spec": {"targetRefs": []}}


def bring(cluster, authority, trusted):
    """Puts certificates of an authority into all Secrets."""
    for name, namespace, names in SECRETS:
        chain, key = authority.issue(name, ",".join(f"DNS:{one}" for one in names), "serverAuth,clientAuth")
        data = {"tls.crt": chain.read_text(), "tls.key": key.read_text(), "ca.crt": trusted}
        cluster.apply({"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
                       "metadata": {"name": name, "namespace": namespace,
                                    "annotations": {"cert-manager.io/certificate-name": name,
                                                    "cert-manager.io/issuer-name": authority.name}},
                       "data": {key: base64.b64encode(text.encode()).decode() for key, text in data.items()}})


def issuers(cluster, name, namespace):
    """Who signed what is in a Secret."""
    secret = cluster.get("secrets", name, namespace)
    return cluster.run("openssl", "x509", "-noout", "-issuer",
                       text=base64.b64decode(secret["data"]["tls.crt"]).decode()).strip()


def shown_by(cluster, service, port):
    """Who signed the certificate that a Service of ours shows."""
    address = cluster.get("services", service, "sallyport-system")["spec"]["clusterIP"]
    answer = cluster.try_run("sh", "-c", f"openssl s_client -connect {address}:{port} </dev/null 2>/dev/null |"
                                         " openssl x509 -noout -issuer")
    return answer.stdout.strip()


def records(cluster):
    """Records that the hub has of connections that agents saw in the last minute."""
    answer = cluster.run(BINARY, "flows", "--cluster", "point=node", "--since", "-1m", "-o", "json")
    return [json.loads(line) for line in answer.splitlines()]


def refused(cluster):
    """Whether it was admission that did not store a policy with a mistake, and the words."""
    answer = cluster.try_run("kubectl", "apply", "--validate=false", "-f", "-", text=json.dumps(WRONG))
    assert answer.returncode != 0, "a policy with a mistake is stored"
    return "targetRefs" in answer.stderr, answer.stderr


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A cluster, and our image on its node."""
    with ready_cluster(tmp_path_factory.mktemp("certificates")) as made:
        yield made


@pytest.fixture(scope="module")
def first(cluster, tmp_path_factory):
    """Somebody's authority, his certificates in place, and the product installed with them."""
    authority = Authority(tmp_path_factory.mktemp("first"), "first-of-others")
    for name in NAMESPACES:
        cluster.kubectl("create", "namespace", name)
    bring(cluster, authority, authority.pem)
    answer = install(cluster)
    assert answer.returncode == 0, said(cluster, answer)
    return authority


def test_they_are_used_and_left_alone(cluster, first):
    assert first.name in shown_by(cluster, "sallyport-hub", 9480)
    assert first.name in shown_by(cluster, "sallyport-webhook", 443)
    is_refused, words = cluster.wait("admission", lambda: (lambda r: r if r[0] else None)(refused(cluster)))
    assert is_refused, words
    assert cluster.wait("records of an agent", lambda: records(cluster), 90)
    for name, namespace, _ in SECRETS:
        assert first.name in issuers(cluster, name, namespace), "nobody writes over it"


def test_they_are_renewed_without_a_break(cluster, first, tmp_path_factory):
    """As an issuer goes about it: the new authority is trusted first, then it signs, at last the old one goes."""
    second = Authority(tmp_path_factory.mktemp("second"), "second-of-others")
    bring(cluster, first, first.pem + second.pem)
    silent = []

    def until(what, check, seconds=240):
        end = time.monotonic() + seconds
        while not check():
            assert time.monotonic() < end, f"{what} in {seconds} s"
            is_refused, words = refused(cluster)
            if not is_refused:
                silent.append(words)
            time.sleep(2)

    def bundle():
        hook = cluster.get("validatingwebhookconfigurations", "sallyport")
        return base64.b64decode(hook["webhooks"][0]["clientConfig"].get("caBundle", "")).decode().count("BEGIN")

    until("the webhook's authorities", lambda: bundle() == 2)
    bring(cluster, second, first.pem + second.pem)
    until("admission's new certificate", lambda: second.name in shown_by(cluster, "sallyport-webhook", 443))
    until("the hub's new certificate", lambda: second.name in shown_by(cluster, "sallyport-hub", 9480))
    bring(cluster, second, second.pem)
    until("the end of the old authority", lambda: bundle() == 1)
    assert refused(cluster)[0] and not silent, silent
    assert cluster.wait("records of an agent", lambda: records(cluster), 90), "agents go on"
    for name, namespace, _ in SECRETS:
        assert second.name in issuers(cluster, name, namespace), "nobody writes over it"
