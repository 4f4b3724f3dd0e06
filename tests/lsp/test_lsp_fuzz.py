"""Messages with anything anywhere: every request is answered once, and the server lives."""

from __future__ import annotations

import copy
import random
from collections import Counter
from typing import Any

import pytest
from wire_client import Message, Wire

URI = "file:///nowhere/model.py"
PLACE = {"line": 3, "character": 0}
DOCUMENT = {"uri": URI, "version": 2}
CORPUS: list[tuple[str, Any]] = [
    (
        "textDocument/didOpen",
        {"textDocument": {"uri": URI, "languageId": "python", "version": 1, "text": "import x\n"}},
    ),
    (
        "textDocument/didChange",
        {"textDocument": DOCUMENT, "contentChanges": [{"range": {"start": PLACE, "end": PLACE}, "text": "y"}]},
    ),
    ("textDocument/didSave", {"textDocument": {"uri": URI}}),
    ("textDocument/didClose", {"textDocument": {"uri": URI}}),
    (
        "textDocument/codeAction",
        {
            "textDocument": {"uri": URI},
            "range": {"start": PLACE, "end": PLACE},
            "context": {"diagnostics": [], "only": []},
        },
    ),
    ("textDocument/codeLens", {"textDocument": {"uri": URI}}),
    ("workspace/executeCommand", {"command": "kernelagent.fuse", "arguments": [{"uri": URI, "class": "A"}]}),
    ("workspace/executeCommand", {"command": "kernelagent.cancel", "arguments": [{"jobId": "x"}]}),
    ("workspace/executeCommand", {"command": "kernelagent.apply", "arguments": [{"uri": URI, "class": "A"}]}),
    (
        "workspace/executeCommand",
        {"command": "kernelagent.addExampleInputs", "arguments": [{"uri": URI, "class": "A"}]},
    ),
    ("workspace/didChangeConfiguration", {"settings": {"kernelagent": {"apply": "ask", "budget": {"usd": 1}}}}),
    ("workspace/didChangeWorkspaceFolders", {"event": {"added": [], "removed": []}}),
    ("window/workDoneProgress/cancel", {"token": "x"}),
    ("$/cancelRequest", {"id": 1}),
    ("$/setTrace", {"value": "off"}),
]
VALUES: list[Any] = [
    *(
        None,
        True,
        0,
        -1,
        1.5,
        2**40,
        1e300,
        "",
        "\ud800",
        "\0",
        "file://",
        "file:///%FF",
        "untitled:x",
        "class A(",
        [],
        {},
    ),
    *([[]], {"jsonrpc": "2.0", "id": 1}, [None], "x" * 5000, {"a": {"a": {"a": []}}}),
]


def places(value: Any) -> list[tuple[Any, Any]]:
    """Each container and key under ``value``."""
    keys = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    return [(value, key) for key in keys] + [place for key in keys for place in places(value[key])]


def mutated(chance: random.Random) -> Message:
    method, params = copy.deepcopy(chance.choice(CORPUS))
    message = {"jsonrpc": "2.0", "method": method, "params": params}
    for _ in range(chance.randint(1, 3)):
        container, key = chance.choice(places(params) or [(message, "params")])
        if isinstance(container, dict) and chance.random() < 0.3:
            container.pop(key, None)
        elif isinstance(container, dict) or key < len(container):
            container[key] = copy.deepcopy(chance.choice(VALUES))
    return message


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
