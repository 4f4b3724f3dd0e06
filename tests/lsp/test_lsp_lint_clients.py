"""The linter over the capabilities of VS Code, Neovim and Emacs: findings beside a job's, and one versioned edit."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_lsp
from editor import Editor, make_editor
from lsprotocol import types
from models import CLASS_LINE, SOFTMAX
from pytest_lsp import ClientServerConfig, client_capabilities

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.filterwarnings("error::pytest_lsp.LspSpecificationWarning"),
]

KERNEL = """

import triton
import triton.language as tl


@triton.jit
def total(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    offsets = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + offsets, mask=offsets < n)
    tl.store(out_ptr, tl.sum(x))
"""


@pytest_lsp.fixture(  # type: ignore[untyped-decorator]
    params=["visual-studio-code", "neovim", "emacs"],
    config=ClientServerConfig(
        server_command=[sys.executable, "-m", "kernelagent_lsp", "--stdio"], client_factory=make_editor
    ),
)
async def editor(request: pytest.FixtureRequest, lsp_client: Editor) -> AsyncIterator[None]:
    result = await lsp_client.initialize_session(
        types.InitializeParams(capabilities=client_capabilities(request.param), root_uri=None)
    )
    lsp_client.agreed = str(result.capabilities.position_encoding)
    yield
    await lsp_client.shutdown_session()


async def test_a_quick_fix_mends_and_the_jobs_finding_stays(editor: Editor, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    path, text = tmp_path / "mon modèle.py", SOFTMAX + KERNEL
    path.write_text(text, encoding="utf-8")
    uri = path.as_uri()
    editor.open(uri, text)
    await editor.until(lambda: editor.diagnostics.get(uri), "the linter's finding")
    (found,) = editor.diagnostics[uri]
    assert (found.code, found.severity) == ("KA103", types.DiagnosticSeverity.Warning)
    await editor.execute("kernelagent.verify", {"uri": uri, "class": "Gate"})  # there is no kernel file: it fails
    await editor.until(lambda: len(editor.diagnostics[uri]) == 2, "both findings")
    by_title = {action.title: action for action in await editor.actions(uri, found.range.start.line)}
    action = by_title["Add other=0.0 (KA103)"]
    assert isinstance(action, types.CodeAction)
    assert action.edit is not None
    assert editor.make(action.edit).applied
    assert editor.buffers[uri].text == text.replace("offsets < n)", "offsets < n, other=0.0)")
    await editor.until(lambda: len(editor.diagnostics[uri]) == 1, "one finding less")
    assert editor.diagnostics[uri][0].code != "KA103"
    titles = [action.title for action in await editor.actions(uri, CLASS_LINE)]
    assert "Fuse to Triton" in titles
