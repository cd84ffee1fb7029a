"""The four front doors and the model server: how each is configured and started on the same job."""

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from . import tools
from .processes import Failed, Server, free_port

#: Those that are measured when nothing else is asked for.
USUAL = ["sallyport", "envoy", "nginx", "haproxy"]
#: What peers that need a fixed key are given; ours makes its own.
PEER_KEY = "bench-key-0123456789abcdef0123456789abcdef"


@dataclass
class Contestant:
    """One front door: its name, its version, and a way to start it."""

    name: str
    version: str
    start: object  # (Site) -> (Server, key)


@dataclass
class Site:
    """Where one run happens: a scratch directory, the model server's port, and the core that the proxy gets."""

    directory: Path
    upstream: int
    core: int
    #: What stands before the proxy's command, such as a profiler.
    prefix: list = field(default_factory=list)


def fill(source, target, **words):
    """Write a template with its @WORDS@ replaced; a word left over is an error of ours."""
    text = Path(source).read_text()
    for word, value in words.items():
        text = text.replace(f"@{word.upper()}@", str(value))
    Path(target).write_text(text)
    return str(target)


def model_server(directory, core):
    """The instant model server."""
    port = free_port()
    config = fill(tools.HERE / "peers/upstream.conf", directory / "upstream.conf", dir=directory, upstream=port)
    return Server("model server", [tools.find("nginx"), "-p", str(directory), "-c", config],
                  directory / "upstream.log", port, core)


def all_contestants(only):
    """Those asked for, in the order of the table; what they need is installed."""
    makers = {"sallyport": lambda: sallyport(tools.sallyport()),
              "sallyport-metered": lambda: sallyport(tools.sallyport(), metered=True),
              "envoy": _envoy, "nginx": _nginx, "haproxy": _haproxy}
    unknown = [name for name in only if name not in makers]
    if unknown:
        raise Failed(f"--only: {', '.join(unknown)} is none of {', '.join(makers)}")
    return [make() for name, make in makers.items() if name in (only or USUAL)]


def sallyport(binary, metered=False):
    """Our gateway, as that binary. When metered, it knows the model server, so that it judges operation and model,
    and counts tokens against a limit and a budget."""
    objects_of = "metered" if metered else "front"

    def start(site):
        port, admin = free_port(), free_port()
        home = site.directory / f"sallyport-{port}"
        objects, state = home / "objects", home / "state"
        objects.mkdir(parents=True)
        for source in sorted((tools.HERE / "sallyport" / objects_of).glob("*.yaml")):
            fill(source, objects / source.name, port=port, upstream=site.upstream)
        key = create_key(binary, objects)
        server = Server("sallyport", site.prefix + up(binary, objects, state, admin), home / "log", port, site.core)
        server.metered = state if metered else None
        return server, key

    return Contestant("sallyport-metered" if metered else "sallyport", tools.version([binary, "version"]), start)


def up(binary, objects, state, admin):
    """The command that runs our gateway with one thread."""
    return [binary, "up", str(objects), "--plaintext", "--threads", "1", "--state", str(state), "--console", "none",
            "--admin", f"127.0.0.1:{admin}"]


def create_key(binary, objects):
    """Make the access key `bench` and give its text."""
    command = [binary, "keys", "create", "bench", "--namespace", "bench", "--output", "json", "--dir", str(objects)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise Failed(f"{' '.join(command)} ended with {answer.returncode}: {answer.stderr}")
    return json.loads(answer.stdout)["key"]


def _envoy():
    binary = tools.envoy()

    def argv(config):
        return [binary, "-c", config, "--concurrency", "1", "--log-level", "warn", "--disable-hot-restart"]

    return _peer("envoy", "envoy.yaml", argv, tools.version([binary, "--version"]))


def _nginx():
    tools.need("nginx")
    binary = tools.find("nginx")
    return _peer("nginx", "nginx.conf", lambda config: [binary, "-c", config], tools.version([binary, "-v"]))


def _haproxy():
    tools.need("haproxy")
    binary = tools.find("haproxy")
    return _peer("haproxy", "haproxy.cfg", lambda config: [binary, "-f", config], tools.version([binary, "-v"]))


def _peer(name, template, argv, version):
    def start(site):
        port = free_port()
        directory = site.directory / f"{name}-{port}"
        directory.mkdir()
        config = fill(tools.HERE / "peers" / template, directory / template,
                      dir=directory, port=port, upstream=site.upstream, key=PEER_KEY)
        return Server(name, site.prefix + argv(config), directory / "log", port, site.core), PEER_KEY

    return Contestant(name, version, start)
