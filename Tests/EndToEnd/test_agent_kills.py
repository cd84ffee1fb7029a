"""kill -9 at any point of an update: the kernel has the old rules, or the new ones."""

import os
import random
import time

import pytest

from harness.node import Node, cluster, needs_root, only_from, wait_until, write

KILLS = int(os.environ.get("SALLYPORT_E2E_KILLS", "50"))


@needs_root
@pytest.mark.timeout(300)
def test_what_is_left_is_the_old_or_the_new(tmp_path):
    seed = int(os.environ.get("SALLYPORT_E2E_SEED", random.getrandbits(32)))
    print(f"seed {seed}")
    dice = random.Random(seed)
    # Enough of them that an update takes its time, and all that can differ does.
    worlds = [
        cluster(only_from(*(f"client{number}" for number in range(0, 200, 2)), port=80), pods=200),
        cluster(only_from(*(f"client{number}" for number in range(1, 190, 2)), port=81), pods=190),
    ]
    known = [write(tmp_path / f"world{number}", world) for number, world in enumerate(worlds)]
    live = write(tmp_path / "live", worlds[0])
    left = [0, 0]
    with Node() as node:
        first = node.agent(live, tmp_path / "first.log")
        first.wait_for("Enforcing on node one")
        first.kill()
        before = 0
        # By experience: as long as it takes on this machine until the new rules are there.
        horizon = {"start": 0.3, "follow": 0.3}
        round_ = 0
        while round_ < KILLS or (min(left) == 0 and round_ < 4 * KILLS):
            round_ += 1
            after = 1 - before
            kind = dice.choice(sorted(horizon))
            if kind == "start":
                write(live, worlds[after])
                agent = node.agent(live, tmp_path / f"{round_}.log")
            else:
                agent = node.agent(live, tmp_path / f"{round_}.log")
                agent.wait_for("Enforcing on node one")
                write(live, worlds[after])
            time.sleep(dice.uniform(0, horizon[kind]))
            agent.kill()
            # The two worlds differ: rules that are equal to one are not equal to the other.
            found = next((number for number in (before, after) if node.verify(known[number]).returncode == 0), None)
            assert found is not None, f"round {round_}: {node.verify(known[after]).stdout[:2000]}"
            left[found == after] += 1
            # The next one comes nearer to the moment of the update.
            horizon[kind] *= 0.85 if found == after else 1.25
            before = found
            write(live, worlds[before])
        # Whatever was left, the next agent makes it what it should be.
        last = node.agent(live, tmp_path / "last.log")
        last.wait_for("Enforcing on node one")
        wait_until(lambda: node.verify(known[before]).returncode == 0)
    print(f"{left[0]} times the old rules were left, {left[1]} times the new ones")
    assert min(left) > 0, f"kills came all too early, or all too late: {left}"
