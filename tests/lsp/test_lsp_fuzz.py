"""Messages with anything anywhere: every request is answered once, and the server lives."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from odd_messages import mutated
from wire_client import Wire


@pytest.mark.parametrize("seed", range(4))
def test_anything_anywhere(seed: int) -> None:
    chance = random.Random(seed)
    wire = Wire("--stdio", "--log-level", "error")
    try:
        wire.initialize()
        asked = set()
        for number in range(250):
            message = mutated(chance)
            if chance.random() < 0.6:
                message["id"] = f"fuzz-{number}"
                asked.add(message["id"])
            wire.send(message)
        assert "jobs" in wire.execute("kernelagent.jobs")
        for msg_id in asked:
            wire.wait_for(lambda m, i=msg_id: "method" not in m and m.get("id") == i, f"answer to {msg_id}")
        spare = Counter(m["id"] for m in wire.unread() if "method" not in m)
        assert not spare, "answered twice, or not asked"
        assert wire.stop() == 0
        assert "Traceback" not in "".join(wire.stderr)
        assert " ERROR " not in "".join(wire.stderr), "a defect was logged"
    finally:
        wire.close()
