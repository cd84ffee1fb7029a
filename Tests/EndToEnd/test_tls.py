"""TLS as a strict client and a weak one meet it."""

import json
import ssl
import subprocess

import httpx
import pytest

from harness import keys, objects, raw
from harness.certificates import self_signed
from harness.upstream import Upstream


@pytest.fixture(scope="module")
def redirecting(make_gateway):
    """A plaintext listener that sends everybody to the one with TLS."""
    with Upstream() as upstream:
        gateway, key = make_gateway("redirect", plaintext=False), keys.new_key()
        front = objects.gateway(objects.listener(gateway.port), objects.https(gateway.tls_port))
        front["metadata"]["annotations"] = {"sallyport.dev/https-redirect": "true"}
        objects.write(
            gateway.objects / "all.yaml", objects.gateway_class(), front, objects.route(),
            objects.backend("model", upstream.port), objects.access_key("alice", key), objects.policy())
        yield gateway.start(), key, upstream


def test_plaintext_is_redirected(redirecting):
    gateway, key, upstream = redirecting
    upstream.forget()
    answer = httpx.get(gateway.url.replace("127.0.0.1", "localhost") + "/v1/models?a=b", headers={"x-api-key": key})
    assert answer.status_code in (301, 302, 307, 308)
    assert answer.headers["location"] == gateway.tls_url + "/v1/models?a=b"
    assert not upstream.seen, "a request that came in the clear went on"


def test_browsers_are_told_to_stay(redirecting):
    """But not for localhost, where they would hold it against every port of the machine."""
    gateway, key, _ = redirecting
    for host, told in [("models.test", True), ("localhost", False)]:
        for headers, status in [({"x-api-key": key}, 200), ({}, 401)]:
            answer = httpx.get(gateway.tls_url + "/v1/models", headers={"host": host, **headers}, verify=gateway.tls_context())
            assert answer.status_code == status
            assert ("max-age" in answer.headers.get("strict-transport-security", "")) == told


def s_client(gateway, *arguments):
    """Whether OpenSSL's client gets through the handshake."""
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{gateway.tls_port}", "-servername", "localhost", *arguments]
    answer = subprocess.run(command, input="", capture_output=True, text=True, timeout=30, check=False)
    return "Cipher is" in answer.stdout and "Cipher is (NONE)" not in answer.stdout


def test_modern_versions_and_suites(redirecting):
    gateway = redirecting[0]
    assert s_client(gateway, "-tls1_3")
    assert s_client(gateway, "-tls1_2")


@pytest.mark.parametrize("arguments", [
    ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], ["-tls1", "-cipher", "ALL:@SECLEVEL=0"],
    ["-tls1_2", "-cipher", "AES128-SHA:AES256-SHA:@SECLEVEL=0"],
    ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA:ECDHE-ECDSA-AES128-SHA256:@SECLEVEL=0"],
    ["-tls1_2", "-cipher", "AES128-GCM-SHA256:@SECLEVEL=0"],
])
def test_old_versions_and_weak_suites_are_refused(redirecting, arguments):
    assert not s_client(redirecting[0], *arguments)


def test_http_on_the_tls_port_ends(redirecting):
    assert raw.say(redirecting[0].tls_port, b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").closed


def test_the_protocol_is_agreed_upon(redirecting):
    gateway = redirecting[0]
    for offered, agreed in [(["h2", "http/1.1"], "h2"), (["http/1.1"], "http/1.1"), ([], None), (["h2"], "h2")]:
        with raw.connect(gateway.tls_port, gateway.tls_context(*offered)) as connection:
            assert connection.selected_alpn_protocol() == agreed


def test_certificates_by_name(make_gateway, tmp_path):
    """Each name is shown its own certificate, and a stranger's name none that is wrong for it."""
    gateway, key = make_gateway("names", plaintext=False), keys.new_key()
    made = {name: self_signed(tmp_path, name, f"DNS:{name}") for name in ("a.test", "b.test")}
    with Upstream(lambda exchange: exchange.send(body=json.dumps(exchange.header("host")).encode())) as upstream:
        listeners = [
            objects.https(gateway.tls_port, name=name[0], secret=name[0], hostname=name) for name in made]
        objects.write(
            gateway.objects / "all.yaml", objects.gateway_class(), objects.gateway(*listeners), objects.route(),
            [objects.tls_secret(name[0], chain.read_text(), private.read_text()) for name, (chain, private) in made.items()],
            objects.backend("model", upstream.port), objects.access_key("alice", key), objects.policy())
        gateway.start()
        for name, (chain, _) in made.items():
            context = ssl.create_default_context(cafile=str(chain))
            with raw.connect(gateway.tls_port, context, server_name=name) as connection:
                connection.sendall(f"GET / HTTP/1.1\r\nhost: {name}\r\nx-api-key: {key}\r\n\r\n".encode())
                assert raw.until_answered(connection).status == 200
        context = ssl.create_default_context(cafile=str(made["a.test"][0]))
        with raw.connect(gateway.tls_port, context, server_name="a.test") as connection:
            connection.sendall(f"GET / HTTP/1.1\r\nhost: b.test\r\nx-api-key: {key}\r\n\r\n".encode())
            assert raw.until_answered(connection).status in (404, 421), "one name's connection reaches another's listener"
        unverified = ssl._create_unverified_context()
        with pytest.raises(OSError):
            raw.connect(gateway.tls_port, unverified, server_name="c.test")
