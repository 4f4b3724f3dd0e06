"""A file that could not be judged is shown to the model again, with the line that is meant."""

from __future__ import annotations

from pathlib import Path

import pytest
import rewriting
from doors import KEY
from kernelagent.contract.options import Options
from kernelagent.driver.pipeline import fuse
from kernelagent.driver.target import Target
from kernelagent.driver.workers import WorkerPool
from kernels import MODULE, NO_ENTRY, NOT_PYTHON, said
from model_server import Say, playing

TABLE = '[tool.kernelagent.models."m"]\nprovider = "openai"\napi = "chat"\nusd-input = 2.0\nusd-output = 8.0\n'


@pytest.mark.parametrize(
    ("module", "name", "file", "words"),
    [
        (MODULE, "Block", NOT_PYTHON, "> 17 | def kernel_function(x, weight)"),
        (MODULE, "Block", NO_ENTRY, "does not define kernel_function"),
        (
            rewriting.GUARDED,
            "Guarded",
            rewriting.REWRITTEN.replace("(self, state):", "(self, state)"),
            "> 16 |     def __",
        ),
    ],
    ids=["no Python", "no entry", "a rewrite"],
)
def test_the_next_prompt_has_the_file_and_what_is_wrong(
    tmp_path: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch, module: str, name: str, file: str, words: str
) -> None:
    (tmp_path / "model.py").write_text(module, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(TABLE, encoding="utf-8")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with playing(lambda seen, turn: Say(said(file))) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        options = Options(provider="openai", model="m", yes=True, workers=1, max_iters=2, fallback=False)
        fuse(Target(tmp_path / "model.py", name), options, pool=pool)
    first, answer, told = server.seen[1].body["messages"][-3:]
    assert first["role"] == "user"
    assert answer == {"role": "assistant", "content": f"```python\n{file.rstrip()}\n```"}
    assert words in told["content"]
