"""The extension in a real VS Code: the built .vsix in code-server, driven in Chromium.

Minutes, so it is played where it is asked for: ``tests/setup-editors.sh vscode`` once, then

    KERNELAGENT_VSCODE=1 python -m pytest tests/e2e/test_vscode_in_editor.py

KERNELAGENT_PICTURES names a folder for the screenshots. ``tests/e2e/vscode/campaign.mjs`` plays a scene many times.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
CLIENT = HERE.parents[1] / "vscode-client"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kernelagent-tests"
SCENES = sorted(path.stem for path in (HERE / "vscode" / "scenes").glob("*.mjs"))

pytestmark = pytest.mark.skipif("KERNELAGENT_VSCODE" not in os.environ, reason="KERNELAGENT_VSCODE asks for it")


@pytest.fixture(scope="module")
def vsix() -> Path:
    assert (CACHE / "code-server" / "bin" / "node").exists(), "run tests/setup-editors.sh vscode first"
    environment = {**os.environ, "PATH": f"{CACHE / 'node' / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run(["npm", "run", "package"], cwd=CLIENT, env=environment, check=True, timeout=300)
    return CLIENT / "kernelagent-lsp.vsix"


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("scene", SCENES)
def test_scene(vsix: Path, scene: str, theme: str) -> None:
    command: list[str | Path] = [CACHE / "code-server" / "bin" / "node", HERE / "vscode" / "campaign.mjs"]
    command += ["--vsix", vsix, "--python", sys.executable, "--only", scene, "--theme", theme]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
