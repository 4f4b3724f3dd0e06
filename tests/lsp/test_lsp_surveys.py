"""Before fusing: what the lens, hover, hints, diagnostics and the outline say of surveyed modules, by real workers."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from surveyed_models import BLOCKS, CHAIN
from wire_client import FULL, Message, Wire

REFRESHING = {
    **FULL,
    "workspace": {**FULL["workspace"], "codeLens": {"refreshSupport": True}, "inlayHint": {"refreshSupport": True}},
}
OPTIONS = {"interpreter": sys.executable, "codeLens": True, "inlayHints": True}


class Surveyed:
    """A server, and the requests that are answered from what is known."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.diagnostics: dict[str, list[Message]] = {}
        self.refreshed: set[str] = set()

    def ask(self, method: str, uri: str, **more: Any) -> Any:
        answer = self.wire.request(f"textDocument/{method}", {"textDocument": {"uri": uri}, **more})
        assert "error" not in answer, answer
        return answer["result"]

    def lenses(self, uri: str) -> dict[int, str]:
        return {one["range"]["start"]["line"]: one["command"]["title"] for one in self.ask("codeLens", uri)}

    def hover(self, uri: str, line: int) -> str | None:
        found = self.ask("hover", uri, position={"line": line, "character": 4})
        return None if found is None else str(found["contents"]["value"])

    def hints(self, uri: str) -> list[tuple[int, int, str]]:
        everything = {"start": {"line": 0, "character": 0}, "end": {"line": 999, "character": 0}}
        found = self.ask("inlayHint", uri, range=everything)
        return [(one["position"]["line"], one["position"]["character"], one["label"]) for one in found]

    def listen(self) -> None:
        """Take note of diagnostics, and grant what the server asks for."""
        for message in self.wire.unread():
            if message.get("method") == "textDocument/publishDiagnostics":
                self.diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
            elif str(message.get("method", "")).endswith("/refresh"):
                self.refreshed.add(message["method"])
                self.wire.reply(message, None)
            else:
                assert message.get("method") in {"$/progress", "window/workDoneProgress/create"}, message
        self.wire.unread().clear()

    def until(self, condition: Callable[[], Any], what: str, timeout: float = 90.0) -> Any:
        deadline = time.monotonic() + timeout
        while not (value := condition()):
            self.listen()
            assert time.monotonic() < deadline, f"no {what}; {''.join(self.wire.stderr)}"
            time.sleep(0.05)
        self.listen()
        return value


def line_of(text: str, begins: str) -> int:
    """0-based"""
    return next(number for number, line in enumerate(text.split("\n")) if line.strip().startswith(begins))


def write(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text)
    return path.as_uri()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("surveys")


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Surveyed]:
    client = Wire("--stdio", env={"XDG_CACHE_HOME": str(home / "cache")})
    try:
        client.initialize(REFRESHING, initializationOptions=OPTIONS)
        yield Surveyed(client)
    finally:
        client.close()


@pytest.fixture(scope="module")
def blocks(server: Surveyed, home: Path) -> str:
    """The URI of :data:`BLOCKS`, once all of its classes are known."""
    uri = write(home, "blocks.py", BLOCKS)
    server.wire.open(uri, BLOCKS)
    server.until(lambda: any("Writes" in one["message"] for one in server.diagnostics.get(uri, ())), "survey")
    return uri


def test_the_lens_says_what_is_gained(server: Surveyed, blocks: str) -> None:
    lenses = server.lenses(blocks)
    assert re.fullmatch(
        r"Fuse to Triton · 7 ops → 3 kernels · ≈\d\.\d× less memory traffic", lenses[line_of(BLOCKS, "class Block")]
    )
    for name in ("Branchy", "Factored", "Silent", "Twice"):
        assert lenses[line_of(BLOCKS, f"class {name}")] == "Fuse to Triton"
    assert server.refreshed == {"workspace/codeLens/refresh", "workspace/inlayHint/refresh"}


def test_hover_on_the_class_shows_its_subgraphs(server: Surveyed, blocks: str) -> None:
    text = server.hover(blocks, line_of(BLOCKS, "class Block"))
    assert text is not None
    assert text.startswith("**Block** · 7 ops → 3 kernels")
    assert "`(x: f32[16, 32]) → f32[16, 32]`" in text
    # 16·32 floats in and out, weight and bias of 32; the row sums are nobody's.
    assert "| `sg0_layer_norm` | layer_norm | 4.35 kB | 4.35 kB |" in text
    assert "at best on H100 SXM" in text
    assert "| **all** |" in text


@pytest.mark.parametrize(
    ("line", "rows"),
    [
        ("hidden = self.norm", [("layer_norm", "hidden: f32[16, 32]", "4.35 kB", "sg0_layer_norm")]),
        (
            "hidden = F.gelu",
            [
                # 16·32 in, 128·32 + 128 weights, 16·128 out; 2·16·32·128 for the product and 16·128 for the bias.
                ("linear", "f32[16, 128]", "27.1 kB", "sg1_linear_gelu"),
                ("gelu", "hidden: f32[16, 128]", "16.4 kB", "sg1_linear_gelu"),
            ],
        ),
        ("return torch.tanh", [("tanh", "f32[16, 32]", "4.10 kB", "sg2_"), ("mul", "f32[16, 32]", "4.10 kB", "sg2_")]),
    ],
)
def test_hover_on_a_line_shows_its_operators(
    server: Surveyed, blocks: str, line: str, rows: list[tuple[str, ...]]
) -> None:
    text = server.hover(blocks, line_of(BLOCKS, line))
    assert text is not None
    cells = [[cell.strip(" `") for cell in row.split("|")[1:-1]] for row in text.split("\n") if row.startswith("| `")]
    found = [(name, value, moved, graph) for name, value, moved, _, graph in cells]
    assert len(found) == len(rows)
    for have, want in zip(found, rows, strict=True):
        assert have[:3] == want[:3]
        assert have[3].startswith(want[3])


def test_hints_have_shapes_and_dtypes_behind_the_names(server: Surveyed, blocks: str) -> None:
    names = {"hidden = self.norm": "f32[16, 32]", "hidden = F.gelu": "f32[16, 128]", "out = ": "f32[16, 32]"}
    expected = [(line_of(BLOCKS, begins), 8 + len(begins.split()[0]), f": {value}") for begins, value in names.items()]
    assert server.hints(blocks)[:3] == expected


SHARED = """import torch
from torch import nn


# kernelagent: inputs=(torch.randn(4, 32), torch.randn(4, 32))
class Shared(nn.Module):
    def forward(self, x, z):
        name = "relu"; y = torch.tanh(x) + z
        w = torch.relu(y); mode = "plain"
        a = torch.exp(w); b = a * 3
        return b + x
"""


def test_in_a_line_of_several_statements_only_the_one_that_computes_is_named(server: Surveyed, home: Path) -> None:
    folder = home.with_name(f"{home.name}_shared")  # what is in ``home`` is counted elsewhere
    folder.mkdir()
    uri = write(folder, "shared.py", SHARED)
    server.wire.open(uri, SHARED)
    server.until(lambda: server.hover(uri, line_of(SHARED, "class")), "survey")
    first, second, third = (server.hover(uri, line_of(SHARED, start)) for start in ("name =", "w =", "a ="))
    assert first is not None
    assert "| `add` | `y: f32[4, 32]` |" in first
    assert "name:" not in first
    assert second is not None
    assert "| `relu` | `w: f32[4, 32]` |" in second
    assert third is not None
    assert "| `exp` | `f32[4, 32]` |" in third
    assert "a:" not in third
    assert server.hints(uri) == [(line_of(SHARED, "w ="), len("        w"), ": f32[4, 32]")]
    server.wire.notify("textDocument/didClose", {"textDocument": {"uri": uri}})


def test_diagnostics_say_what_fuses_and_what_does_not(server: Surveyed, blocks: str) -> None:
    found = {
        (one["range"]["start"]["line"], one["code"]): (one["severity"], one["message"])
        for one in server.diagnostics[blocks]
    }
    severity, message = found[line_of(BLOCKS, "hidden = F.gelu"), "Fusable"]
    assert severity == 4
    assert "linear, gelu" in message
    assert "can be one kernel" in message
    assert found[line_of(BLOCKS, "if x.sum"), "NotExportable"][0] == 3
    assert "linalg_qr" in found[line_of(BLOCKS, "q = "), "UnsupportedOperator"][1]
    assert all(one["source"] == "kernelagent" for one in server.diagnostics[blocks])
    link = next(one for one in server.diagnostics[blocks] if one["code"] == "Fusable")["codeDescription"]["href"]
    assert link.endswith("docs/before-fusing.md#fusable")


def test_a_survey_writes_nothing_for_the_file(server: Surveyed, blocks: str, home: Path) -> None:
    (said,) = [one for one in server.diagnostics[blocks] if one["message"].startswith("Writes")]
    assert "was not looked at" in said["message"]
    assert sorted(path.name for path in home.iterdir()) == ["blocks.py", "cache"]


def test_the_outline_has_modules_and_subgraphs(server: Surveyed, blocks: str) -> None:
    found = server.ask("documentSymbol", blocks)
    assert [one["name"] for one in found] == ["Twice", "Block", "Branchy", "Factored", "Writes", "Silent"]
    block = found[1]
    names = [child["name"] for child in block["children"]]
    assert names[:2] == ["sg0_layer_norm", "sg1_linear_gelu"]
    for child in block["children"]:
        assert block["range"]["start"]["line"] <= child["range"]["start"]["line"] <= block["range"]["end"]["line"]
    assert "kernels" in block["detail"]


KERNELS = """import triton
import triton.language as tl


@triton.autotune(configs=[], key=[])
@triton.jit
def double_kernel(x, n, BLOCK: tl.constexpr):
    pass


def kernel_function(x):
    double_kernel[(1,)](x, x.numel(), BLOCK=64)
    return x


def neither():
    return 1
"""


def test_a_kernel_file_is_outlined_from_its_text(server: Surveyed) -> None:
    uri = "file:///nowhere/kernels_triton.py"
    server.wire.open(uri, KERNELS)
    found = {one["name"]: one for one in server.ask("documentSymbol", uri)}
    assert {name: one["detail"] for name, one in found.items()} == {
        "double_kernel": "Triton kernel",
        "kernel_function": "launches double_kernel",
    }
    assert found["double_kernel"]["range"]["start"]["line"] == 4
    assert found["double_kernel"]["selectionRange"]["start"]["line"] == 6
    server.listen()


@pytest.mark.parametrize(
    ("old", "new", "holds"),
    [
        ("class Silent", "# a comment\n\n\nclass Silent", True),
        ("WIDTH = 32\n", "WIDTH = 32\nOTHER = 1\n", True),
        ("WIDTH = 32", "WIDTH = 64", False),
        ("WIDTH = 32\n", "WIDTH = 32\nWIDTH += 1\n", False),
        ("x + out", "x - out", False),
        ("tanh(x) * 2", "tanh(x) * 3", False),
        ("torch.randn(16, WIDTH)", "torch.randn(8, WIDTH)", False),
        ("class Silent", "from elsewhere import *\nclass Silent", False),
        ("return x - 1", "return x - (", True),
    ],
)
def test_figures_follow_edits_and_go_when_they_may_be_wrong(
    server: Surveyed, blocks: str, old: str, new: str, holds: bool
) -> None:
    text = BLOCKS.replace(old, new)
    version = time.monotonic_ns() // 1_000_000
    server.wire.replace(blocks, text, version)
    line = line_of(text, "hidden = F.gelu")
    assert (server.hover(blocks, line) is not None) is holds
    assert (server.hover(blocks, line_of(text, "class Block")) is not None) is holds
    assert any(number == line for number, _, _ in server.hints(blocks)) is holds
    server.wire.replace(blocks, BLOCKS, version + 1)
    assert server.hover(blocks, line_of(BLOCKS, "hidden = F.gelu")) is not None
    server.listen()


def test_a_plain_client_gets_plain_text_and_a_list_from_the_cache(blocks: str, home: Path) -> None:
    """Another server: what is known comes from the user's cache, before any worker is warm."""
    lean: Message = {"textDocument": {"hover": {}, "documentSymbol": {}}}
    client = Wire("--stdio", env={"XDG_CACHE_HOME": str(home / "cache")})
    try:
        capabilities = client.initialize(lean, initializationOptions=OPTIONS)["result"]["capabilities"]
        assert capabilities["hoverProvider"] is True
        assert "inlayHintProvider" not in capabilities
        plain = Surveyed(client)
        begun = time.monotonic()
        client.open(blocks, BLOCKS)
        line = line_of(BLOCKS, "class Block")
        text = plain.until(lambda: plain.hover(blocks, line), "hover")
        assert time.monotonic() - begun < 5.0
        assert text.startswith("Block · 7 ops → 3 kernels")
        assert "|" not in text
        assert "`" not in text
        found = plain.ask("documentSymbol", blocks)
        assert {one["name"]: one.get("containerName") for one in found}["sg0_layer_norm"] == "Block"
    finally:
        client.close()


def test_a_client_that_takes_nothing_is_announced_nothing(home: Path) -> None:
    client = Wire("--stdio")
    try:
        capabilities = client.initialize({})["result"]["capabilities"]
        assert not {"hoverProvider", "inlayHintProvider", "documentSymbolProvider"} & set(capabilities)
    finally:
        client.close()


def test_nothing_waits_for_a_survey_and_a_job_goes_before_it(server: Surveyed, home: Path) -> None:
    hold = home / "hold"
    hold.touch()
    text = CHAIN.replace("HOLD", repr(str(hold)))
    uri = write(home, "chain.py", text)
    server.wire.open(uri, text)
    time.sleep(1.0)  # it goes on
    begun = time.monotonic()
    assert server.hover(uri, line_of(text, "class Chain")) is None
    assert server.lenses(uri)[line_of(text, "class Chain")] == "Fuse to Triton"
    assert time.monotonic() - begun < 0.5
    job = server.wire.execute("kernelagent.fuse", uri=uri, **{"class": "Chain"})["jobId"]

    def state() -> str:
        jobs = {row["jobId"]: row["state"] for row in server.wire.execute("kernelagent.jobs")["jobs"]}
        return jobs[job]

    server.until(lambda: state() == "running", "job")
    title = server.lenses(uri)[line_of(text, "class Chain")]
    assert re.fullmatch(r"Fusing( · load)? · \d+ s · Cancel fusing", title), title
    server.wire.execute("kernelagent.cancel", jobId=job)
    server.until(lambda: state() == "cancelled", "end of the job")
    hold.unlink()
    server.until(lambda: "1 kernel" in server.lenses(uri)[line_of(text, "class Chain")], "survey after the job")


def test_a_change_ends_a_survey_and_saving_asks_again(server: Surveyed, home: Path) -> None:
    hold = home / "hold again"
    hold.touch()
    text = CHAIN.replace("HOLD", repr(str(hold)))
    uri = write(home, "changed.py", text)
    server.wire.open(uri, text)
    time.sleep(1.0)
    changed = text.replace("+ 1", "+ 2")
    server.wire.replace(uri, changed, 2)
    hold.unlink()
    time.sleep(1.0)
    assert server.hover(uri, line_of(text, "class Chain")) is None
    server.wire.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
    server.until(lambda: server.hover(uri, line_of(text, "class Chain")), "survey after saving")
    server.wire.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    server.until(lambda: server.diagnostics.get(uri) == [], "diagnostics taken back")


@pytest.mark.parametrize(
    ("uri", "text"),
    [
        ("untitled:Untitled-1", BLOCKS),
        ("vscode-notebook-cell:/w/n.ipynb#W0", BLOCKS),
        ("file:///no/such/folder/model.py", BLOCKS),
        ("file:///a%00b.py", BLOCKS),
        ("", "import torch\nclass (\n"),
        ("", "import torch\nraise SystemExit(3)\n" + CHAIN.partition("import torch")[2]),
        ("", "import torch\n" + "(" * 5000),
    ],
)
def test_odd_documents_are_no_trouble(server: Surveyed, home: Path, uri: str, text: str) -> None:
    uri = uri or write(home, "odd.py", text)
    server.wire.open(uri, text)
    time.sleep(0.4)
    for line in range(0, min(12, text.count("\n"))):
        assert server.hover(uri, line) is None or "class" in text.split("\n")[line]
    assert isinstance(server.ask("documentSymbol", uri), list)
    assert server.hints(uri) == []
    server.wire.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
    server.wire.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    assert server.hover(uri, 1) is None
    server.listen()  # no message but diagnostics and refreshes


def test_the_setting_turns_all_of_it_off(server: Surveyed, blocks: str) -> None:
    settings = {"kernelagent": {**OPTIONS, "analyzeOnSave": False}}
    server.wire.notify("workspace/didChangeConfiguration", {"settings": settings})
    line = line_of(BLOCKS, "class Block")
    assert server.hover(blocks, line) is None
    assert server.lenses(blocks)[line] == "Fuse to Triton"
    assert server.hints(blocks) == []
    server.until(lambda: server.diagnostics[blocks] == [], "diagnostics taken back")
    server.wire.notify("textDocument/didSave", {"textDocument": {"uri": blocks}})
    time.sleep(0.6)
    assert server.hover(blocks, line) is None
    server.wire.notify("workspace/didChangeConfiguration", {"settings": {"kernelagent": OPTIONS}})
    server.until(lambda: server.hover(blocks, line), "survey from the cache")
