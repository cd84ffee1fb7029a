"""Many connections that wait: all stay open, and each costs little."""

import os
import resource
import sys
from pathlib import Path

from harness import keys, objects
from harness.gateway import BINARY
from harness.upstream import Upstream

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Benchmarks"))
from bench.idle import Holder, request  # noqa: E402

#: The whole number is held by `make bench`; here fewer, and the memory of each by the same measure:
#: 250 MB for 10,000 is 25 kB for one.
CONNECTIONS = int(os.environ.get("SALLYPORT_E2E_IDLE", "2000"))
BYTES_EACH = 25_000


def test_idle_connections(make_gateway):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS * 2 + 500
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(wanted, hard)), hard))
    with Upstream() as upstream:
        gateway, key = make_gateway("idle"), keys.new_key()
        objects.write(
            gateway.objects / "all.yaml",
            objects.gateway_class(), objects.gateway(objects.listener(gateway.port)), objects.route(),
            objects.backend("model", upstream.port), objects.access_key("alice", key), objects.policy())
        gateway.start()
        warm = Holder(gateway.port, request(key))
        warm.open(50)
        before = gateway.resident_bytes()
        holder = Holder(gateway.port, request(key))
        try:
            holder.open(CONNECTIONS)
            each = (gateway.resident_bytes() - before) / CONNECTIONS
            assert holder.still_open() == CONNECTIONS
            print(f"{each:,.0f} bytes for each of {CONNECTIONS} idle connections")
            if "debug" not in os.path.realpath(BINARY):
                assert each < BYTES_EACH
        finally:
            holder.close()
            warm.close()
