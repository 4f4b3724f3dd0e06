"""The example notebook, run from its beginning: a class of a cell is fused, and shown."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_the_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    spec = tmp_path / "share/kernels/python3"
    spec.mkdir(parents=True)
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    told = {"argv": command, "display_name": "Python 3", "language": "python"}
    (spec / "kernel.json").write_text(json.dumps(told), encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    (tmp_path / "pyproject.toml").touch()
    notebook = nbformat.read(ROOT / "examples/notebook.ipynb", 4)
    client = nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    shown = next(cell for cell in notebook.cells if cell.source.startswith("fused = "))
    progress, verdict = shown.outputs
    assert progress["data"]["text/html"] == ""  # the line of progress leaves nothing
    assert '<strong class="verified">Verified</strong>' in verdict["data"]["text/html"]
