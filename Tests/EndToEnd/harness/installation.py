"""A cluster that the product can be installed in: with the kinds of others that it reads, names of Services, and its image."""

import os
import subprocess
from contextlib import contextmanager
from pathlib import Path

from .api_server import API
from .dns import DNS
from .gateway import BINARY
from .kubernetes import Kubernetes

PROJECT = Path(__file__).resolve().parents[3]
CONFORMANCE = Path(os.environ.get("SALLYPORT_CONFORMANCE") or PROJECT.parent / "shared" / "conformance")
IMAGE = "localhost/sallyport:test"
NAMESPACES = ("sallyport-system", "sallyport-gateways", "sallyport-agents")


def image(binary, archive, name):
    """An image of a binary, as a file."""
    subprocess.run([PROJECT / "install" / "image" / "build.sh", binary, archive, name], check=True, timeout=300,
                   capture_output=True)
    return archive


@contextmanager
def ready_cluster(home):
    """A cluster, and its end."""
    archive = image(BINARY, home / "sallyport.tar", IMAGE)
    made, dns = Kubernetes(home), None
    try:
        made.up(**DNS.SETTINGS)
        dns = DNS(API(home))
        made.image(archive)
        definitions = sorted((CONFORMANCE / "gateway-api" / "config").rglob("*standard*/*.yaml"))
        definitions.append(CONFORMANCE / "cluster-network-policy" / "standard-crd.yaml")
        for path in definitions:
            if "CustomResourceDefinition" in path.read_text():
                made.kubectl("apply", "--validate=false", "-f", path)
        # Kubernetes labels namespaces by their names from 1.21 on.
        for name in ("default", "kube-system"):
            label(made, name)
        yield made
    finally:
        if dns:
            dns.close()
        made.down()


def label(cluster, name):
    """A namespace's name as a label, for selectors."""
    cluster.kubectl("label", "--overwrite", "namespace", name, f"kubernetes.io/metadata.name={name}")


def install(cluster, *options, binary=BINARY, name=IMAGE):
    """`sallyport install` with an image of the node; without a volume, which nobody here could give."""
    return cluster.try_run(binary, "install", "--image", name, "--pull-policy", "Never", "--hub-storage", "none",
                           *options, timeout=400)


def said(cluster, answer):
    """All that helps where something did not become ready."""
    return answer.stdout + answer.stderr + "\n".join(map(cluster.describe, NAMESPACES))
