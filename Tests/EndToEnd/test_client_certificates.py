"""Client certificates at the front door: who is let in, and what a change or a mistake of the bundle does."""

import contextlib
import subprocess
import time

import httpx
import pytest

from harness import keys, objects, raw
from harness.certificates import Authority, self_signed
from harness.upstream import Upstream

WAIT = 20
SPIFFE = "URI:spiffe://example.org/ns/ai/sa/chat"


def asking(gateway, *references, mode=None, per_port=()):
    """A Gateway with one HTTPS listener that asks for certificates of those authorities."""
    found = objects.gateway(objects.https(gateway.tls_port))
    found["spec"]["tls"] = {"frontend": {"default": validation(references, mode), "perPort": list(per_port)}}
    return found


def validation(references, mode=None):
    """`validation` with references to ConfigMaps (a name) or to others (a dictionary)."""
    refs = [{"group": "", "kind": "ConfigMap", "name": ref} if isinstance(ref, str) else ref for ref in references]
    return {"validation": {"caCertificateRefs": refs, **({"mode": mode} if mode else {})}}


def bundle(name, *authorities):
    """A ConfigMap with those authorities."""
    return objects.made("v1", "ConfigMap", name, data={"ca.crt": "".join(authority.pem for authority in authorities)})


class Door:
    """A front door whose Gateway a test changes."""

    def __init__(self, gateway, upstream):
        self.gateway, self.upstream, self.key = gateway, upstream, keys.new_key()

    def write(self, *found):
        """The objects: what a test gives, and all that it does not."""
        objects.write(
            self.gateway.objects / "all.yaml", objects.gateway_class(), objects.route(), list(found),
            objects.backend("model", self.upstream.port), objects.access_key("alice", self.key), objects.policy())

    def context(self, certificate=None, *protocols):
        """A client that shows a certificate."""
        context = self.gateway.tls_context(*protocols)
        if certificate:
            context.load_cert_chain(*certificate)
        return context

    def status(self, certificate=None, **headers):
        """The status of one request on a connection of its own; 0 when there is no answer."""
        request = f"GET /v1/models HTTP/1.1\r\nhost: localhost\r\nx-api-key: {self.key}\r\n"
        request += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        context = self.context(certificate)
        try:
            with raw.connect(self.gateway.tls_port, context) as connection:
                connection.sendall(request.encode() + b"\r\n")
                return raw.until_answered(connection).status
        except OSError:
            return 0

    def until(self, status, certificate=None):
        """Wait for a change to be in force."""
        deadline = time.monotonic() + WAIT
        while (found := self.status(certificate)) != status:
            assert time.monotonic() < deadline, f"{found} in place of {status}"
            time.sleep(0.05)


@pytest.fixture(scope="module")
def authorities(tmp_path_factory):
    """Two authorities of callers, and one that nobody knows."""
    folder = tmp_path_factory.mktemp("authorities")
    return [Authority(folder, name) for name in ("callers", "others", "strangers")]


@pytest.fixture(scope="module")
def good(authorities):
    """A certificate of the first authority."""
    return authorities[0].issue("chat", SPIFFE)


@pytest.fixture
def make_door(make_gateway):
    """A door that is not started yet."""
    with contextlib.ExitStack() as stack:
        yield lambda name, **options: Door(
            make_gateway(name, plaintext=False, **options), stack.enter_context(Upstream()))


def bad_certificates(authorities, folder):
    """Certificates that never do, with what is wrong with each."""
    callers, _, strangers = authorities
    return {
        "stranger": strangers.issue("chat", SPIFFE),
        "self-signed": self_signed(folder, "self"),
        "server": callers.issue("server", SPIFFE, usage="serverAuth"),
        "any": callers.issue("any", SPIFFE, usage="anyExtendedKeyUsage"),
        "authority": callers.issue("authority", more=["basicConstraints=critical,CA:TRUE"]),
        "signs": callers.issue("signs", more=["keyUsage=critical,digitalSignature,keyCertSign"]),
        "two": callers.issue("two", f"{SPIFFE},URI:spiffe://example.org/other"),
        "dots": callers.issue("dots", "URI:spiffe://example.org/a/../b"),
        "capitals": callers.issue("capitals", "URI:SPIFFE://example.org/a"),
        "escape": callers.issue("escape", "DNS:a\x1bb.test"),
    }


def test_only_good_certificates_pass(make_door, authorities, good, tmp_path):
    """Where one is required, and where one may be missing, a wrong one is refused."""
    for mode, without in [("AllowValidOnly", 0), ("AllowInsecureFallback", 200)]:
        door = make_door(mode.lower())
        door.write(bundle("callers", *authorities[:2]), asking(door.gateway, "callers", mode=mode))
        door.gateway.start()
        assert door.status(good) == 200
        assert door.status(authorities[1].issue("plain")) == 200, "the second authority of the bundle"
        assert door.status() == without
        bad = bad_certificates(authorities, tmp_path)
        for what, certificate in bad.items():
            assert door.status(certificate) == 0, what
        refused = len(bad) + (without == 0)
        assert f"sallyport_tls_handshake_failures_total {refused}\n" in door.gateway.admin_get("/metrics")
        seen = len(door.upstream.seen)
        assert seen == 2 + (without == 200), "a request of somebody who was refused arrived"


def test_curl_and_http2(make_door, authorities, good):
    """curl and httpx, HTTP/1.1 and HTTP/2: all streams of one connection."""
    door = make_door("clients")
    door.write(bundle("callers", authorities[0]), asking(door.gateway, "callers"))
    door.gateway.start()
    for version in ["--http1.1", "--http2"]:
        for arguments, status in [(["--cert", good[0], "--key", good[1]], "200"), ([], "000")]:
            answer = subprocess.run(
                ["curl", "-sS", version, "--cacert", door.gateway.authority, "-o", "/dev/null", "-w", "%{http_code}",
                 "-H", f"x-api-key: {door.key}", *arguments, f"{door.gateway.tls_url}/v1/models"],
                capture_output=True, text=True, timeout=60, check=False)
            assert answer.stdout == status, answer.stderr
    with httpx.Client(http2=True, verify=door.context(good)) as client:
        for _ in range(5):
            answer = client.get(f"{door.gateway.tls_url}/v1/models", headers={"x-api-key": door.key})
            assert (answer.status_code, answer.http_version) == (200, "HTTP/2")


def test_nobody_claims_a_certificate(make_door, authorities, good):
    """What a caller writes about a certificate never arrives."""
    door = make_door("claims")
    door.write(
        bundle("callers", authorities[0]), asking(door.gateway, "callers", mode="AllowInsecureFallback"))
    door.gateway.start()
    claims = {
        "X-Forwarded-Client-Cert": "By=spiffe://example.org/admin", "Client-Cert": ":AAAA:", "X-SSL-Client-CN": "admin",
        "SSL-Client-Verify": "SUCCESS", "x_forwarded_client_cert": "x", "X-User-Id": "admin"}
    assert door.status(**claims) == 200
    assert door.status(good, **claims) == 200
    for exchange in door.upstream.seen:
        names = {name for name, _ in exchange.headers}
        assert not {name.lower() for name in claims} & names


def test_a_changed_bundle(make_door, authorities, good):
    """New handshakes are checked with the new bundle; a connection that is there goes on."""
    callers, others, _ = authorities
    other = others.issue("other")
    door = make_door("changed")
    door.write(bundle("callers", callers), asking(door.gateway, "callers"))
    door.gateway.start()
    request = f"GET /v1/models HTTP/1.1\r\nhost: localhost\r\nx-api-key: {door.key}\r\n\r\n".encode()
    with raw.connect(door.gateway.tls_port, door.context(good)) as old:
        old.sendall(request)
        assert raw.until_answered(old).status == 200
        assert door.status(other) == 0
        door.write(bundle("callers", others), asking(door.gateway, "callers"))
        door.until(200, other)
        assert door.status(good) == 0
        old.sendall(request)
        assert raw.until_answered(old).status == 200


def test_tickets_of_an_old_bundle(make_door, authorities, good, tmp_path):
    """A session that was made under one bundle is not resumed under the next."""
    callers, others, _ = authorities
    session = tmp_path / "session"
    for version in ["-tls1_2", "-tls1_3"]:
        door = make_door(f"tickets{version}")
        door.write(bundle("callers", callers), asking(door.gateway, "callers"))
        door.gateway.start()

        def connect(*arguments):
            request = f"GET /v1/models HTTP/1.1\nhost: localhost\nx-api-key: {door.key}\nconnection: close\n"
            return subprocess.run(
                ["openssl", "s_client", "-ign_eof", "-crlf", "-connect", f"127.0.0.1:{door.gateway.tls_port}",
                 "-servername", "localhost", version, *map(str, arguments)],
                input=request + "\n", capture_output=True, text=True, timeout=60, check=False).stdout

        showing = ["-cert", good[0], "-key", good[1]]
        assert "HTTP/1.1 200" in connect(*showing, "-sess_out", session)
        again = connect(*showing, "-sess_in", session)
        assert "Reused, " in again and "HTTP/1.1 200" in again
        assert "HTTP/1.1 200" in connect("-sess_in", session), "the ticket itself stands for the certificate"
        other = others.issue("other")
        door.write(bundle("callers", others), asking(door.gateway, "callers"))
        door.until(200, other)
        for arguments in [showing, []]:
            assert "HTTP/1.1" not in connect(*arguments, "-sess_in", session)


@pytest.mark.parametrize("mode", ["AllowValidOnly", "AllowInsecureFallback"])
def test_a_bundle_that_is_not_there_closes(make_door, authorities, good, mode):
    """Nobody passes without the check, whatever is wrong with the references."""
    door = make_door(f"missing-{mode.lower()}")
    door.write(bundle("callers", authorities[0]), asking(door.gateway, "callers", mode=mode))
    door.gateway.start()
    door.until(200, good)
    broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    wrong = [
        ([], ["callers"]),
        ([bundle("callers", authorities[0])], [{"group": "", "kind": "Service", "name": "model"}]),
        ([bundle("callers", authorities[0])], [{"group": "", "kind": "ConfigMap", "name": "callers", "namespace": "other"}]),
        ([objects.made("v1", "ConfigMap", "callers", data={"ca.crt": broken})], ["callers"]),
        ([objects.made("v1", "ConfigMap", "callers", data={"ca.pem": authorities[0].pem})], ["callers"]),
    ]
    for found, references in wrong:
        door.write(*found, asking(door.gateway, *references, mode=mode))
        door.until(0, good)
        assert door.status() == 0
        door.write(bundle("callers", authorities[0]), asking(door.gateway, "callers", mode=mode))
        door.until(200, good)


@pytest.mark.parametrize("mode", ["AllowValidOnly", "AllowInsecureFallback"])
def test_plaintext_does_not_open_it(make_gateway, authorities, mode):
    """--plaintext leaves no way around a certificate that is required; where one may be missing, all are missing."""
    with Upstream() as upstream:
        gateway = make_gateway(f"plaintext-{mode.lower()}")
        door = Door(gateway, upstream)
        front = asking(gateway, "callers", mode=mode)
        front["spec"]["listeners"].append(objects.listener(gateway.port))
        door.write(bundle("callers", authorities[0]), front)
        gateway.start()

        def get(port):
            return httpx.get(f"http://127.0.0.1:{port}/v1/models", headers={"x-api-key": door.key}).status_code

        assert get(gateway.port) == 200
        if mode == "AllowValidOnly":
            with pytest.raises(httpx.HTTPError):
                get(gateway.tls_port)
            assert len(upstream.seen) == 1
        else:
            assert get(gateway.tls_port) == 200
