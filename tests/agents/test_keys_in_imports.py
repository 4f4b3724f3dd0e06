"""What the project's files with keys hold is not sent, though a file that is shown repeats it."""

from __future__ import annotations

from pathlib import Path

import pytest
from doors import KEY
from kernelagent.contract.options import Options
from kernelagent.driver.pipeline import fuse
from kernelagent.driver.target import Target
from kernelagent.driver.workers import WorkerPool
from model_server import Act, Say, Seen, playing
from rewriting import GUARDED

TOKEN, PASSWORD = "hf_" + "aB3" * 8, "correct-horse-battery"
TABLE = '[tool.kernelagent.models."m"]\nprovider = "openai"\napi = "chat"\nusd-input = 2.0\nusd-output = 8.0\n'


def test_a_literal_that_is_one_of_them_is_redacted(
    tmp_path: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyproject.toml").write_text(TABLE, encoding="utf-8")
    (tmp_path / ".env").write_text(f"HF_TOKEN={TOKEN}\nWIDTH=constant\n", encoding="utf-8")
    (tmp_path / ".env.local").write_text(f"DB_PASSWORD={PASSWORD}\n", encoding="utf-8")
    helper = f'TOKEN = "{TOKEN}"\nPASSWORD = "{PASSWORD}"\nWIDTH = "constant"\n'
    (tmp_path / "helper.py").write_text(helper, encoding="utf-8")
    (tmp_path / "model.py").write_text(f"from helper import WIDTH\n{GUARDED}", encoding="utf-8")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    asked: list[str] = []

    def character(seen: Seen, turn: int) -> Act:
        asked.append(seen.text)
        return Say("I can't.")

    with playing(character) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        options = Options(provider="openai", model="m", workers=1, max_iters=1, run_dir=str(tmp_path / "run"))
        fuse(Target(tmp_path / "model.py", "Guarded"), options, pool=pool)
    sent = "\n".join(asked)
    assert "# --- helper.py, which it imports" in sent
    assert 'WIDTH = \\"constant\\"' in sent or 'WIDTH = "constant"' in sent
    kept = "\n".join(file.read_text(encoding="utf-8") for file in (tmp_path / "run").rglob("prompt.md"))
    assert TOKEN not in sent + kept
    assert PASSWORD not in sent + kept
