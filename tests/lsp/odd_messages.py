"""Messages of every method that the server knows, with anything anywhere in them, and frames that are none."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

from wire_client import Message

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
    ("textDocument/hover", {"textDocument": {"uri": URI}, "position": PLACE}),
    ("textDocument/inlayHint", {"textDocument": {"uri": URI}, "range": {"start": PLACE, "end": PLACE}}),
    ("textDocument/documentSymbol", {"textDocument": {"uri": URI}}),
    ("workspace/executeCommand", {"command": "kernelagent.fuse", "arguments": [{"uri": URI, "class": "A"}]}),
    ("workspace/executeCommand", {"command": "kernelagent.cancel", "arguments": [{"jobId": "x"}]}),
    *(
        ("workspace/executeCommand", {"command": f"kernelagent.{name}", "arguments": [{"uri": URI, "class": "A"}]})
        for name in (
            "apply",
            "review",
            "discard",
            "verify",
            "benchmark",
            "useTriton",
            "useOriginal",
            "remove",
            "report",
        )
    ),
    ("workspace/executeCommand", {"command": "kernelagent.jobs", "arguments": [{}]}),
    ("workspace/executeCommand", {"command": "kernelagent.debugInformation", "arguments": [{}]}),
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


def frame(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def odd_frame(chance: random.Random) -> bytes:
    """Bytes that hold no message, or one in an unusual dress; what follows them can be read again."""
    inside = json.dumps(mutated(chance)).encode()
    kinds = (
        frame(b"{"),
        frame(b"[]"),
        frame(b"[%b]" % inside),
        frame(b"null"),
        frame(b'"text"'),
        frame(b"\xff\xfe"),
        frame(b""),
        frame(b'{"jsonrpc":"1.0","id":"odd","method":"workspace/none"}'),
        frame(b'{"jsonrpc":"2.0","id":{},"method":"kernelagent/none"}'),
        frame(b'{"jsonrpc":"2.0","id":"never asked","result":null}'),
        frame(b'{"jsonrpc":"2.0","method":5,"params":{}}'),
        frame(b'{"jsonrpc":"2.0","method":"textDocument/hover","params":%b}' % (b"[" * 3000 + b"]" * 3000)),
        b"content-length: %d\r\n\r\n%b" % (len(inside), inside),
        b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: %d\r\n\r\n%b"
        % (len(inside), inside),
        b"Content-Length:%d\r\nX-Other: 1\r\n\r\n%b" % (len(inside), inside),
    )
    return chance.choice(kinds)
