"""Fixtures that many tests share: the stand-in, two front doors to it, and gateways made to a test's own wishes."""

import os
from dataclasses import dataclass

import pytest

from harness import keys, objects
from harness.gateway import BINARY, Gateway
from harness.standin import StandIn

#: Gateways that run now, whose log a failing test shows.
_running = []


def pytest_configure(config):
    """Without a binary nothing can be tested, and that is a mistake, not a reason to skip."""
    if not os.access(BINARY, os.X_OK):
        raise pytest.UsageError("SALLYPORT_BIN names no program; start these tests with Tests/EndToEnd/run")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A failing test shows what its gateways said last."""
    report = yield
    if report.failed:
        for gateway in _running:
            report.sections.append((f"log of the gateway in {gateway.home.name}", gateway.output[-6000:]))
    return report


@dataclass
class Door:
    """A front door and the key that opens it."""

    gateway: Gateway
    key: str

    @property
    def url(self):
        """Base URL."""
        return self.gateway.url

    @property
    def bearer(self):
        """The header that carries the key."""
        return {"authorization": f"Bearer {self.key}"}


@dataclass
class SecureDoor(Door):
    """The same with TLS by the local authority."""

    @property
    def url(self):
        return self.gateway.tls_url


@pytest.fixture(scope="session")
def standin():
    """The stand-in model server of examples/."""
    with StandIn() as server:
        yield server


@pytest.fixture(scope="module")
def make_gateway(tmp_path_factory):
    """`make_gateway(name, **options)`: a gateway that is not started yet; it is stopped and searched at the end."""
    made = []

    def make(name, **options):
        gateway = Gateway(tmp_path_factory.mktemp(name), *options.pop("arguments", ()), **options)
        made.append(gateway)
        _running.append(gateway)
        return gateway

    yield make
    _stop_all(made)


def _stop_all(made):
    problems = []
    for gateway in made:
        try:
            gateway.stop()
        except AssertionError as problem:
            problems.append(str(problem))
        _running.remove(gateway)
    assert not problems, "\n".join(problems)


def _open(gateway, listener, standin):
    key = keys.new_key()
    objects.write(
        gateway.objects / "all.yaml",
        objects.gateway_class(), objects.gateway(listener), objects.route(), objects.backend("model", standin.port),
        objects.access_key("alice", key), objects.policy())
    return gateway.start(), key


@pytest.fixture(scope="module")
def plain(make_gateway, standin):
    """A plaintext front door to the stand-in, everything open to one key."""
    gateway = make_gateway("plain")
    return Door(*_open(gateway, objects.listener(gateway.port), standin))


@pytest.fixture(scope="module")
def secure(make_gateway, standin):
    """A front door with TLS to the stand-in, everything open to one key."""
    gateway = make_gateway("secure", plaintext=False)
    return SecureDoor(*_open(gateway, objects.https(gateway.tls_port), standin))


@pytest.fixture(params=["plain", "secure"])
def door(request):
    """Either of them."""
    return request.getfixturevalue(request.param)
