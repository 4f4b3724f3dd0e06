"""Conversations that language servers are known to get wrong, one case each: what is sent, what must come back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from wire_client import FULL, Message, Wire

URI = "file:///nowhere/model.py"
SOURCE = (
    "import torch\nfrom torch import nn\n\n\nclass Gate(nn.Module):\n    def forward(self, x):\n        return x * 2\n"
)


def error_of(answer: Message) -> int:
    assert "result" not in answer, answer
    code: int = answer["error"]["code"]
    return code


def test_initialize_names_commands_kinds_and_encoding(wire: Wire) -> None:
    capabilities = wire.initialize()["result"]["capabilities"]
    assert capabilities["positionEncoding"] == "utf-16"
    assert capabilities["textDocumentSync"]["change"] == 2
    assert "refactor.rewrite.kernelagent.fuse" in capabilities["codeActionProvider"]["codeActionKinds"]
    assert set(capabilities["executeCommandProvider"]["commands"]) == {
        f"kernelagent.{name}"
        for name in (
            *("fuse", "cancel", "review", "apply", "discard", "verify", "benchmark", "report", "jobs"),
            *("useTriton", "useOriginal", "remove", "addExampleInputs", "debugInformation"),
        )
    }
    assert wire.stop() == 0


@pytest.mark.parametrize(
    ("offered", "agreed"),
    [
        (["utf-8", "utf-16"], "utf-8"),
        (["utf-32"], "utf-32"),
        (["utf-7", "utf-16"], "utf-16"),
        (["utf-7"], "utf-16"),
        (None, "utf-16"),
        ("utf-8", "utf-16"),
    ],
)
def test_position_encoding_is_the_clients_first_that_is_known(wire: Wire, offered: Any, agreed: str) -> None:
    capabilities = {"general": {"positionEncodings": offered}}
    assert wire.initialize(capabilities)["result"]["capabilities"]["positionEncoding"] == agreed


def test_a_client_of_the_future_is_welcome(wire: Wire) -> None:
    capabilities = {
        "textDocument": {"completion": {"completionItemKind": {"valueSet": [1, 999]}}, "foresight": {"x": [None]}},
        "workspace": {"workspaceEdit": {"resourceOperations": ["teleport"]}},
        "general": 7,
    }
    assert "result" in wire.initialize(capabilities, trace="very verbose", workspaceFolders="none")


def test_requests_before_initialize_are_refused(wire: Wire) -> None:
    assert error_of(wire.request("shutdown")) == -32002
    assert error_of(wire.request("textDocument/codeAction", {})) == -32002
    wire.open(URI, SOURCE)  # a notification: dropped, as the protocol says
    wire.initialize()
    assert wire.actions(URI, 4) == []


def test_a_second_initialize_is_refused(ready: Wire) -> None:
    assert error_of(ready.request("initialize", {"processId": None, "capabilities": {}})) == -32600


def test_after_shutdown_requests_are_answered_and_refused(ready: Wire) -> None:
    assert ready.request("shutdown")["result"] is None
    assert error_of(ready.request("shutdown")) == -32600
    assert error_of(ready.request("workspace/executeCommand", {"command": "kernelagent.jobs"})) == -32600
    ready.notify("exit")
    assert ready.process.wait(10) == 0


def test_exit_without_shutdown_is_an_error(ready: Wire) -> None:
    ready.notify("exit")
    assert ready.process.wait(10) == 1


def test_exit_before_initialize(wire: Wire) -> None:
    wire.notify("exit")
    assert wire.process.wait(10) == 1


@pytest.mark.parametrize("shut_down", [True, False])
def test_end_of_input_ends_the_server(ready: Wire, shut_down: bool) -> None:
    if shut_down:
        ready.request("shutdown")
    assert ready.process.stdin is not None
    ready.process.stdin.close()
    assert ready.process.wait(10) == (0 if shut_down else 1)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_end_the_server(ready: Wire, number: signal.Signals) -> None:
    ready.process.send_signal(number)
    assert ready.process.wait(10) == 1


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("textDocument/codeAction", None),
        ("textDocument/codeAction", {"textDocument": {"uri": 5}, "range": {"start": {"line": 0}}}),
        ("textDocument/codeAction", {"textDocument": {}, "range": []}),
        ("workspace/executeCommand", {"command": 5}),
        ("workspace/executeCommand", {"arguments": []}),
        ("workspace/executeCommand", {"command": "kernelagent.nothing"}),
        ("workspace/executeCommand", {"command": "kernelagent.fuse"}),
        ("workspace/executeCommand", {"command": "kernelagent.fuse", "arguments": ["x"]}),
        ("workspace/executeCommand", {"command": "kernelagent.fuse", "arguments": [{"uri": URI}]}),
        ("workspace/executeCommand", {"command": "kernelagent.fuse", "arguments": [{"uri": URI, "class": 3}]}),
        ("workspace/executeCommand", {"command": "kernelagent.fuse", "arguments": [{"uri": URI, "class": "A"}]}),
        (
            "workspace/executeCommand",
            {"command": "kernelagent.fuse", "arguments": [{"uri": "untitled:Untitled-1", "class": "A"}]},
        ),
        (
            "workspace/executeCommand",
            {"command": "kernelagent.fuse", "arguments": [{"uri": "file:///a%00b", "class": "A"}]},
        ),
        ("workspace/executeCommand", {"command": "kernelagent.apply", "arguments": [{"jobId": "nobody"}]}),
        ("workspace/executeCommand", {"command": "kernelagent.cancel", "arguments": [{"uri": URI, "class": "A"}]}),
        ("workspace/executeCommand", {"command": "kernelagent.report", "arguments": [{}]}),
        ("workspace/executeCommand", {"command": "kernelagent.addExampleInputs", "arguments": [{"uri": URI}]}),
    ],
)
def test_params_that_do_not_fit_are_answered(kept: Wire, method: str, params: Any) -> None:
    assert error_of(kept.request(method, params)) == -32602
    assert kept.execute("kernelagent.jobs") == {"jobs": []}


@pytest.mark.parametrize("mark", ["", "@torch.no_grad()\n", "# more of it\n"])
def test_a_class_that_is_a_triton_version_is_not_offered_one(wire: Wire, mark: str) -> None:
    wire.initialize(initializationOptions={"codeLens": True})
    kernel = f"{mark}class GateTriton(nn.Module):\n    def forward(self, x):\n        return x * 2\n"
    text = f"{SOURCE}\n\n# source: model.py::Gate 5f2c81d0a94e\n{kernel}"
    wire.open(URI, text)
    line = text[: text.index("class GateTriton")].count("\n")
    lenses = wire.request("textDocument/codeLens", {"textDocument": {"uri": URI}})["result"]
    assert {lens["range"]["start"]["line"] for lens in lenses} == {4}
    titles = {action["title"] for action in wire.actions(URI, line)}
    assert not titles & {"Fuse to Triton", "Add example inputs"}
    assert {"Fuse to Triton", "Add example inputs"} <= {action["title"] for action in wire.actions(URI, 4)}
    wire.wait_for(lambda message: "StaleKernel" in str(message), "what is said of the digits")
    wire.unread().clear()


@pytest.mark.parametrize("uri", ["vscode-notebook-cell:/tmp/b.ipynb#W1", "cell:/tmp/b.ipynb#W1"])
def test_a_notebooks_cell_is_told_what_helps(ready: Wire, uri: str) -> None:
    ready.open(uri, SOURCE)
    answer = ready.execute("kernelagent.addExampleInputs", uri=uri, **{"class": "A"})
    assert answer["reason"].startswith("A notebook's cell can't be imported: move the class to a .py file, or call")
    ready.unread().clear()


@pytest.mark.parametrize("uri", ["untitled:Untitled-1", "vscode-remote://ssh-remote%2Bhost/tmp/s.py", "inmemory://m/1"])
def test_why_no_example_inputs_are_written_is_said(ready: Wire, uri: str) -> None:
    ready.open(uri, SOURCE)
    answer = ready.execute("kernelagent.addExampleInputs", uri=uri, **{"class": "A"})
    assert answer == {"applied": False, "reason": "The document is not a file on this machine: save it first."}
    (shown,) = [message for message in ready.unread() if message.get("method") == "window/showMessage"]
    assert shown["params"] == {"type": 2, "message": answer["reason"]}
    ready.unread().clear()


def test_an_argument_with_a_jsonrpc_key_is_only_an_argument(kept: Wire) -> None:
    assert kept.execute("kernelagent.jobs", jsonrpc="2.0", nested={"jsonrpc": "2.0", "id": 1}) == {"jobs": []}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", -32700),
        (b"\xff\xfe", -32700),
        (b"[" * 100_000, -32700),
        (b"[]", -32600),
        (b"7", -32600),
        (b'{"jsonrpc":"2.0","id":{},"method":"shutdown"}', -32600),
        (b'{"jsonrpc":"2.0","id":true,"method":"shutdown"}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":7}', -32600),
    ],
)
def test_what_is_no_request_is_answered_without_an_id(kept: Wire, body: bytes, code: int) -> None:
    kept.send_body(body)
    answer = kept.wait_for(lambda m: "method" not in m and m.get("id") is None, "an error without an id")
    assert error_of(answer) == code
    assert kept.execute("kernelagent.jobs") == {"jobs": []}


@pytest.mark.parametrize(
    "message",
    [
        {"jsonrpc": "2.0", "method": "$/unheardOf", "params": {}},
        {"jsonrpc": "2.0", "method": "textDocument/didRename", "params": {}},
        {"jsonrpc": "2.0", "method": "textDocument/didChange", "params": {"textDocument": {"uri": URI}}},
        {
            "jsonrpc": "2.0",
            "method": "textDocument/didChange",
            "params": {"textDocument": {"uri": URI, "version": 2}, "contentChanges": [{"text": "x"}]},
        },
        {"jsonrpc": "2.0", "method": "textDocument/didClose", "params": {"textDocument": {"uri": URI}}},
        {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 99}},
        {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": []},
        {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": [{}]}},
        {"jsonrpc": "2.0", "method": "workspace/executeCommand", "params": {"command": "kernelagent.apply"}},
        {"jsonrpc": "2.0", "method": "window/workDoneProgress/cancel", "params": {"token": "nobody"}},
        {"jsonrpc": "2.0", "method": "$/setTrace", "params": {"value": "loud"}},
        {"jsonrpc": "2.0", "method": "workspace/didChangeConfiguration", "params": None},
        {"jsonrpc": "2.0", "id": "nobody", "result": {}},
        {"jsonrpc": "2.0", "id": [], "error": {"code": 1, "message": "x"}},
    ],
)
def test_what_needs_no_answer_gets_none(kept: Wire, message: Message) -> None:
    kept.send(message)
    assert kept.execute("kernelagent.jobs") == {"jobs": []}


def test_unknown_methods_are_answered(kept: Wire) -> None:
    assert error_of(kept.request("textDocument/definition", {})) == -32601
    assert error_of(kept.request("$/unheardOf", {})) == -32601


def test_a_lower_case_header_is_a_header(kept: Wire) -> None:
    body = b'{"jsonrpc":"2.0","id":77,"method":"workspace/executeCommand","params":{"command":"kernelagent.jobs"}}'
    kept.send_bytes(b"content-length: %d\r\n\r\n%b" % (len(body), body))
    assert kept.answer(77)["result"] == {"jobs": []}


def test_ids_of_both_kinds(kept: Wire) -> None:
    for msg_id in ("text", 0, -5, ""):
        kept.send({"jsonrpc": "2.0", "id": msg_id, "method": "textDocument/definition", "params": {}})
        assert error_of(kept.wait_for(lambda m, i=msg_id: m.get("id") == i, f"answer to {msg_id!r}")) == -32601


def test_edits_count_lines_as_the_protocol_does(ready: Wire) -> None:
    ready.open(URI, "# \x0c form\x85feed\u2028\n" + SOURCE)
    place = {"start": {"line": 5, "character": 6}, "end": {"line": 5, "character": 10}}
    ready.notify(
        "textDocument/didChange",
        {"textDocument": {"uri": URI, "version": 2}, "contentChanges": [{"range": place, "text": "Renamed"}]},
    )
    (fuse, *_) = ready.actions(URI, 6, only=["refactor.rewrite.kernelagent.fuse"])
    assert fuse["command"]["arguments"] == [{"uri": URI, "class": "Renamed"}]


@pytest.mark.parametrize(
    "text", ["class A(", "x = '\0'", "x = '\ud800'", "(" * 5000, "\ufeff" + SOURCE, "", "class A:\n  pass\n"]
)
def test_text_that_does_not_parse_offers_nothing_and_harms_nothing(ready: Wire, text: str) -> None:
    ready.open(URI, text)
    ready.actions(URI, 0)
    ready.replace(URI, SOURCE, 2)
    assert [action["title"] for action in ready.actions(URI, 4)] == ["Fuse to Triton", "Add example inputs"]


@pytest.mark.parametrize(
    ("only", "titles"),
    [
        (None, ["Fuse to Triton", "Add example inputs"]),
        (["refactor"], ["Fuse to Triton", "Add example inputs"]),
        (["refactor.rewrite.kernelagent.fuse"], ["Fuse to Triton"]),
        (["refactor.rewrite.kernel"], []),
        (["quickfix", "source"], []),
        ([], []),
        ([""], ["Fuse to Triton", "Add example inputs"]),
    ],
)
def test_kinds_are_hierarchical(ready: Wire, only: list[str] | None, titles: list[str]) -> None:
    ready.open(URI, SOURCE)
    context = {} if only is None else {"only": only}
    assert [action["title"] for action in ready.actions(URI, 6, **context)] == titles


def test_other_servers_diagnostics_are_none_of_our_business(ready: Wire) -> None:
    ready.open(URI, SOURCE)
    assert ready.actions(URI, 6, diagnostics=[{"severity": 99, "tags": ["x"], "data": {"jsonrpc": "2.0"}}])


def test_a_client_without_literals_gets_commands(wire: Wire) -> None:
    wire.initialize({})
    wire.open(URI, SOURCE)
    assert wire.actions(URI, 6)[0] == {
        "title": "Fuse to Triton",
        "command": "kernelagent.fuse",
        "arguments": [{"uri": URI, "class": "Gate"}],
    }


@pytest.mark.parametrize("uri", ["untitled:Untitled-1", "vscode-notebook-cell:/a.ipynb#1", "git:/a.py", "nonsense"])
def test_documents_that_are_no_files_are_left_alone(ready: Wire, uri: str) -> None:
    ready.open(uri, SOURCE)
    assert ready.actions(uri, 6) == []


def test_differently_written_uris_name_one_document(ready: Wire) -> None:
    ready.open("file:///nowhere/%C3%A9%20a%3Ab.py", SOURCE)
    assert ready.actions("file:///nowhere/é%20a:b.py", 6)


def test_invalid_settings_are_named_once_with_valid_ones(wire: Wire) -> None:
    options = {
        "apply": "maybe",
        "workers": "many",
        "budget": {"usd": -1},
        "arch": ["h100"],
        "colour": 1,
        "output": None,
    }
    wire.initialize(initializationOptions={"kernelagent": options})
    text = wire.message("window/showMessage")["params"]["message"]
    assert text.splitlines() == [
        "kernelagent.apply: 'maybe' is not one of ask, auto; 'ask' is used.",
        "kernelagent.workers: 'many' is not a whole number from 1 to 64; 2 is used.",
        "kernelagent.budget.usd: -1 is not a number from 0; 0.0 is used.",
        "kernelagent.arch: ['h100'] is not a list of architectures such as sm_80, sm_90, sm_100 or gfx942; "
        "['sm_90'] is used.",
        "kernelagent.colour: there is no such setting.",
    ]
    wire.notify("workspace/didChangeConfiguration", {"settings": {}})
    assert wire.execute("kernelagent.jobs") == {"jobs": []}


def test_settings_are_asked_for_and_win_over_initialization_options(wire: Wire) -> None:
    capabilities = {
        **FULL,
        "workspace": {"configuration": True, "didChangeConfiguration": {"dynamicRegistration": True}},
    }
    wire.initialize(capabilities, initializationOptions={"output": "inline", "apply": "auto"})
    registration = wire.message("client/registerCapability")
    assert registration["params"]["registrations"][0]["method"] == "workspace/didChangeConfiguration"
    wire.reply(registration, None)
    asked = wire.message("workspace/configuration")
    assert asked["params"] == {"items": [{"section": "kernelagent"}]}
    wire.reply(asked, [{"output": "sibling", "budget": {"seconds": None}}])
    assert "apply auto, output sibling" in wire.execute("kernelagent.debugInformation")
    wire.notify("workspace/didChangeConfiguration", {"settings": None})
    wire.reply(wire.message("workspace/configuration"), [None])
    assert "apply auto, output inline" in wire.execute("kernelagent.debugInformation")


def test_debug_information_holds_no_secret() -> None:
    secret = "sk-000000-of-nobody"
    wire = Wire("--stdio", env={"OPENAI_API_KEY": secret, "KERNELAGENT_ANYTHING": secret})
    try:
        wire.initialize(initializationOptions={"relayUrl": f"https://user:{secret}@relay.example", "model": "m"})
        wire.open(URI, SOURCE + f"# {secret}\n")
        text = wire.execute("kernelagent.debugInformation")
        assert "relay: set" in text
        assert secret not in text
    finally:
        wire.close()


def test_documents_are_not_logged() -> None:
    secret = "the_text_of_a_document"
    wire = Wire("--stdio", "--log-level", "debug")
    try:
        wire.initialize()
        wire.open(URI, SOURCE + f"# {secret}\n")
        wire.replace(URI, f"class {secret}(", 2)
        wire.actions(URI, 0)
        wire.request("textDocument/codeAction", {"textDocument": secret})
        wire.notify("textDocument/didChange", {"textDocument": {"uri": URI}, "contentChanges": [{"text": secret}]})
        assert wire.stop() == 0
        assert secret not in "".join(wire.stderr)
    finally:
        wire.close()


def test_clients_own_arguments_are_tolerated() -> None:
    own = str(os.getpid())
    wire = Wire("--stdio", "--node-ipc", f"--clientProcessId={own}", "--clientProcessId", own, "--what=ever")
    try:
        assert "result" in wire.initialize()
        assert wire.stop() == 0
    finally:
        wire.close()


@pytest.mark.parametrize("how", ["argument", "initialize"])
def test_the_server_ends_with_its_client(how: str) -> None:
    client = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    wire = Wire(*([f"--clientProcessId={client.pid}"] if how == "argument" else []))
    try:
        wire.initialize(processId=client.pid if how == "initialize" else None)
        assert wire.execute("kernelagent.jobs") == {"jobs": []}
        client.kill()  # it stays a zombie until it is waited for: dead all the same
        assert wire.process.wait(10) == 1
    finally:
        client.wait()
        wire.close()


def test_a_client_process_of_another_world_is_not_watched(wire: Wire) -> None:
    wire.initialize(processId=2**22 + 1)
    time.sleep(0.7)
    assert wire.execute("kernelagent.jobs") == {"jobs": []}


def test_version_and_bad_arguments(tmp_path: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "kernelagent_lsp", *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, cwd=tmp_path)

    assert run("--version").stdout.startswith("kernelagent-lsp ")
    assert run("--tcp", "--port", "x").returncode == 2
    refused = run("--tcp", "--host", "0.0.0.0")
    assert refused.returncode != 0
    assert "loopback" in refused.stderr


def test_tcp_serves_one_client_and_ends_with_it() -> None:
    import socket

    command = [sys.executable, "-m", "kernelagent_lsp", "--tcp"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        host, _, port = process.stderr.readline().decode().rpartition(" ")[2].rpartition(":")
        with socket.create_connection((host, int(port)), timeout=10) as connection:
            body = b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"processId":null,"capabilities":{}}}'
            connection.sendall(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
            assert connection.recv(16) == b"Content-Length: "
        assert process.wait(10) == 1


def test_lenses_are_shown_to_those_who_want_them(wire: Wire) -> None:
    capabilities = {**FULL, "workspace": {"codeLens": {"refreshSupport": True}}}
    wire.initialize(capabilities)
    wire.open(URI, SOURCE)
    params = {"textDocument": {"uri": URI}}
    assert wire.request("textDocument/codeLens", params)["result"] == []
    wire.notify("workspace/didChangeConfiguration", {"settings": {"kernelagent": {"codeLens": True}}})
    wire.reply(wire.message("workspace/codeLens/refresh"), None)
    (lens,) = wire.request("textDocument/codeLens", params)["result"]
    assert lens["range"]["start"] == {"line": 4, "character": 0}
    assert lens["command"] == {
        "title": "Fuse to Triton",
        "command": "kernelagent.fuse",
        "arguments": [{"uri": URI, "class": "Gate"}],
    }


def test_a_client_that_does_not_read_can_still_leave() -> None:
    command = [sys.executable, "-m", "kernelagent_lsp"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        requests = [{"jsonrpc": "2.0", "id": n, "method": "x" * 100} for n in range(2000)]
        for request in requests:
            body = json.dumps(request).encode()
            process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        process.stdin.close()
        assert process.wait(15) == 1
