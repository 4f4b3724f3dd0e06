"""A decorated class in a package's file that is a script as well: reviewed, applied, run both ways, and removed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_lsp
from editor import Editor, make_editor
from kernelagent_lsp.edits.decorators import not_applied
from kernelagent_lsp.uris import uri_to_path
from lsprotocol import types
from models import SOFTMAX
from pytest_lsp import ClientServerConfig, client_capabilities

TEXT = (
    SOFTMAX.replace(
        "# kernelagent",
        'NETS = {}\n\n\ndef known(name):\n    return lambda net: NETS.setdefault(name, net)\n\n\n# kernelagent',
    ).replace("class Gate", '@known("gate")\nclass Gate')
    + '\n\nif __name__ == "__main__":\n    print(type(Gate(64)).__name__, *Gate(64)(torch.ones(2, 64)).shape)\n'
)  # fmt: skip
GOES_WITHOUT = (
    "GateTriton goes without what is written above Gate: @known('gate'). "
    "Where that is needed, as for a registry, call it with GateTriton, too."
)


@pytest_lsp.fixture(
    config=ClientServerConfig(
        server_command=[sys.executable, "-m", "kernelagent_lsp", "--stdio"], client_factory=make_editor
    )
)  # type: ignore[untyped-decorator]
async def editor(lsp_client: Editor) -> AsyncIterator[None]:
    result = await lsp_client.initialize_session(
        types.InitializeParams(capabilities=client_capabilities("visual-studio-code"), root_uri=None)
    )
    lsp_client.agreed = str(result.capabilities.position_encoding)
    yield
    await lsp_client.shutdown_session()


def run(folder: Path, *way: str) -> str:
    done = subprocess.run(
        [sys.executable, *way], cwd=folder, env={**os.environ, "TRITON_INTERPRET": "1"},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.asyncio
async def test_what_the_decorator_did_is_told_and_the_file_runs_both_ways(editor: Editor, tmp_path: Path) -> None:
    editor.answer = None
    (tmp_path / "pyproject.toml").touch()
    path = tmp_path / "nets" / "model.py"
    path.parent.mkdir()
    path.with_name("__init__.py").touch()
    path.write_text(TEXT)
    uri = path.as_uri()
    editor.open(uri, TEXT)
    line = TEXT.split("\n").index("class Gate(nn.Module):")

    async def chosen(title: str) -> None:
        await editor.run(next(each for each in await editor.actions(uri, line) if each.title == title))

    await chosen("Fuse to Triton")
    await editor.until(lambda: editor.questions, "the question")
    review = await editor.execute("kernelagent.review", {"uri": uri, "class": "Gate"})
    diff = Path(str(uri_to_path(review["uri"]))).read_text()
    assert diff.startswith(f"# {GOES_WITHOUT}\n--- ")
    assert "may take no second class: @known('gate').\n" in diff
    assert [message.message for message in editor.messages] == []

    await chosen("Apply the Triton kernel")
    await editor.until(lambda: editor.messages, "what is left out")
    (told,) = editor.messages
    assert (told.type, told.message) == (types.MessageType.Warning, GOES_WITHOUT)
    for each, document in editor.buffers.items():
        Path(str(uri_to_path(each))).write_text(document.text)
    assert run(tmp_path, "nets/model.py") == run(tmp_path, "-m", "nets.model") == "GateTriton 2 64\n"

    await chosen("Use the original Gate")
    assert editor.buffers[uri].text == TEXT
    await chosen("Use the Triton version of Gate")
    await chosen("Remove the Triton version of Gate")
    assert editor.buffers[uri].text == TEXT
    assert not path.with_name("model_triton.py").exists()


@pytest.mark.parametrize(
    ("above", "kept", "named"),
    [
        ("", "", ""),
        ("@dataclass\n", "@dataclass\n", ""),
        ("@known\n@dataclass\n", "@dataclass\n", "@known."),
        ("@known(1)\n@final\n", "", "@known(1), @final."),
    ],
)
def test_those_that_the_drop_in_has_are_not_named(above: str, kept: str, named: str) -> None:
    text, kernel = f"{above}class Gate:\n    pass\n", f"{kept}class GateTriton:\n    pass\n"
    told = not_applied(text, "Gate", kernel, "GateTriton")
    assert (f": {named} " in told) if named else told == ""


def test_a_class_in_a_class_has_its_own() -> None:
    text = "@outer\nclass Net:\n    @inner\n    class Gate:\n        pass\n"
    assert ": @inner. " in not_applied(text, "Net.Gate", "class GateTriton:\n    pass\n", "GateTriton")
