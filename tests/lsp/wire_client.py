"""A client made of bytes: it sends any frame, reads every frame, and fails on one that nobody has read."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Message = dict[str, Any]

FULL: Message = {
    "general": {"positionEncodings": ["utf-16"]},
    "window": {"workDoneProgress": True, "showDocument": {"support": True}},
    "workspace": {
        "applyEdit": True,
        "workspaceEdit": {"documentChanges": True, "resourceOperations": ["create", "rename", "delete"]},
    },
    "textDocument": {
        "hover": {"contentFormat": ["markdown", "plaintext"]},
        "inlayHint": {},
        "documentSymbol": {"hierarchicalDocumentSymbolSupport": True},
        "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": [""]}}},
        "publishDiagnostics": {"relatedInformation": True, "versionSupport": True, "codeDescriptionSupport": True},
    },
}
"""Capabilities of a client that can do everything that this server asks about, but for configuration."""


class Wire:
    """``kernelagent-lsp`` as a child process, and the two ends of its wire."""

    def __init__(
        self,
        *arguments: str,
        program: tuple[str, ...] = (sys.executable, "-m", "kernelagent_lsp"),
        env: dict[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.process = subprocess.Popen(
            [*program, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **(env or {})},
            cwd=cwd,
        )
        self._ids = iter(range(1, 1 << 30))
        self._inbox: queue.Queue[Message | None] = queue.Queue()
        self._kept: list[Message] = []
        self.stderr: list[str] = []
        for target in (self._read, self._read_stderr):
            threading.Thread(target=target, daemon=True).start()

    # Sending

    def send_bytes(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send_body(self, body: bytes) -> None:
        self.send_bytes(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    def send(self, message: Any) -> None:
        self.send_body(json.dumps(message).encode())

    def notify(self, method: str, params: Any = None) -> None:
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def begin(self, method: str, params: Any = None) -> int:
        """Send a request and give its id."""
        msg_id = next(self._ids)
        self.send({"jsonrpc": "2.0", "id": msg_id, "method": method, "params": params})
        return msg_id

    def request(self, method: str, params: Any = None) -> Message:
        """Send a request and wait for its whole answer."""
        return self.answer(self.begin(method, params))

    def execute(self, command: str, **argument: Any) -> Any:
        """Run a command and give its result."""
        answer = self.request("workspace/executeCommand", {"command": command, "arguments": [argument]})
        assert "error" not in answer, answer
        return answer["result"]

    def reply(self, request: Message, result: Any) -> None:
        self.send({"jsonrpc": "2.0", "id": request["id"], "result": result})

    # Receiving

    def answer(self, msg_id: int, timeout: float = 20.0) -> Message:
        return self.wait_for(lambda m: "method" not in m and m.get("id") == msg_id, f"answer to {msg_id}", timeout)

    def message(self, method: str, timeout: float = 20.0) -> Message:
        """The next message of ``method``; others are kept for later."""
        return self.wait_for(lambda m: m.get("method") == method, method, timeout)

    def wait_for(self, fits: Callable[[Message], bool], what: str, timeout: float = 20.0) -> Message:
        for index, kept in enumerate(self._kept):
            if fits(kept):
                return self._kept.pop(index)
        deadline = time.monotonic() + timeout
        while True:
            try:
                message = self._inbox.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no {what}; kept: {self._kept}; stderr: {''.join(self.stderr)}") from None
            if message is None:
                self._inbox.put(None)
                raise AssertionError(f"the server ended before {what}; stderr: {''.join(self.stderr)}")
            if fits(message):
                return message
            self._kept.append(message)

    def unread(self) -> list[Message]:
        """What has come and was not asked for."""
        while True:
            try:
                message = self._inbox.get_nowait()
            except queue.Empty:
                return self._kept
            if message is None:
                return self._kept
            self._kept.append(message)

    # The usual conversation

    def initialize(self, capabilities: Message | None = None, **params: Any) -> Message:
        answer = self.request(
            "initialize",
            {"processId": None, "capabilities": FULL if capabilities is None else capabilities, **params},
        )
        self.notify("initialized", {})
        return answer

    def open(self, uri: str, text: str, version: int = 1) -> None:
        item = {"uri": uri, "languageId": "python", "version": version, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def replace(self, uri: str, text: str, version: int) -> None:
        document = {"uri": uri, "version": version}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]})

    def actions(self, uri: str, line: int, **context: Any) -> list[Message]:
        place = {"line": line, "character": 0}
        answer = self.request(
            "textDocument/codeAction",
            {
                "textDocument": {"uri": uri},
                "range": {"start": place, "end": place},
                "context": {"diagnostics": [], **context},
            },
        )
        assert "error" not in answer, answer
        result: list[Message] = answer["result"]
        return result

    def stop(self) -> int:
        """``shutdown`` and ``exit``; the process's status."""
        assert self.request("shutdown")["result"] is None
        self.notify("exit")
        return self.process.wait(10)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert stream is not None
            try:
                stream.close()
            except BrokenPipeError:
                continue

    def _read(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        while True:
            length = 0
            while (line := stream.readline()).strip():
                name, _, value = line.partition(b":")
                assert name in (b"Content-Length", b"Content-Type"), f"not a header: {line!r}"
                length = int(value) if name == b"Content-Length" else length
            if not line:
                self._inbox.put(None)
                return
            self._inbox.put(json.loads(stream.read(length)))

    def _read_stderr(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.stderr.append(line.decode(errors="replace"))
