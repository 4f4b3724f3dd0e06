"""A campaign against the language server's wire: messages with anything anywhere, and frames that are none.

    python tests/fuzz/protocol.py --messages 100000

Every request must be answered once, no message may end the server or log a defect, and in between a plain command is
answered. Prints a line for each server's round; exits 1 at the first thing that is wrong.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lsp"), str(TESTS.parent / "pipeline"), str(TESTS.parent / "server")]

from odd_messages import mutated, odd_frame  # noqa: E402
from wire_client import Wire  # noqa: E402

ROUND = 5000
"""Messages to one server."""
AT_ONCE = 250
"""Messages between two looks at what has come back."""


@dataclass(frozen=True)
class Round:
    messages: int
    requests: int
    frames: int
    seconds: float
    resident_mb: float
    wrong: tuple[str, ...]


def play(seed: int, count: int) -> Round:
    """One server's life."""
    chance, began = random.Random(seed), time.monotonic()
    wire = Wire("--stdio", "--log-level", "error")
    wrong: list[str] = []
    asked: set[str] = set()
    frames = 0
    resident = 0.0
    try:
        wire.initialize()
        for first in range(0, count, AT_ONCE):
            due = set()
            for number in range(first, min(count, first + AT_ONCE)):
                if chance.random() < 0.05:
                    frames += 1
                    wire.send_bytes(odd_frame(chance))
                    continue
                message = mutated(chance)
                if chance.random() < 0.6:
                    message["id"] = f"{seed}-{number}"
                    due.add(message["id"])
                wire.send(message)
            asked |= due
            wire.execute("kernelagent.jobs")
            for each in due:
                wire.wait_for(lambda m, i=each: "method" not in m and m.get("id") == i, f"an answer to {each}")
            spare = Counter(m["id"] for m in wire.unread() if "method" not in m and m.get("id") in asked)
            wrong += [f"{each} was answered again" for each in spare]
            wire.unread().clear()
        resident = _resident_mb(wire.process.pid)
        if wire.stop() != 0:
            wrong.append(f"it ended with {wire.process.returncode}")
        said = "".join(wire.stderr)
        wrong += [line for line in said.splitlines() if "Traceback" in line or " ERROR " in line][:5]
    except AssertionError as exc:
        wrong.append(str(exc)[:2000])
    finally:
        wire.close()
    return Round(count, len(asked), frames, time.monotonic() - began, resident, tuple(wrong))


def _resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0, help="of the first round; the next one has the next")
    given = parser.parse_args()
    done = 0
    while done < given.messages:
        seed = given.seed + done // ROUND
        found = play(seed, min(ROUND, given.messages - done))
        done += found.messages
        print(
            f"{done:7} messages; seed {seed}: {found.requests} requests, {found.frames} odd frames, "
            f"{found.seconds:.1f} s, {found.resident_mb:.0f} MB at the end",
            flush=True,
        )
        if found.wrong:
            print(*found.wrong, sep="\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
