"""What an API that has to be told is asked to keep: what the requests of all workers and rounds begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from doors import KEY
from kernelagent.contract.options import Options
from kernelagent.driver.pipeline import fuse
from kernelagent.driver.target import Target
from kernelagent.driver.workers import WorkerPool
from kernels import MODULE, WRONG_VALUES, said
from model_server import Say, playing
from rewriting import GUARDED

TABLE = '[tool.kernelagent.models."m"]\nprovider = "anthropic"\nusd-input = 2.0\nusd-output = 8.0\n'


def blocks(body: dict[str, Any]) -> list[dict[str, Any]]:
    return [*body["system"], *(block for turn in body["messages"] for block in turn["content"])]


@pytest.mark.parametrize(
    ("source", "name", "route"),
    [(MODULE, "Block", "direct"), (GUARDED, "Guarded", "fuser")],
    ids=["kernel", "program"],
)
def test_the_one_mark_is_where_all_requests_are_alike(
    source: str, name: str, route: str, tmp_path: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model.py").write_text(source, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(TABLE, encoding="utf-8")
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    with playing(lambda seen, turn: Say(said(WRONG_VALUES))) as server:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        options = Options(
            provider="anthropic", model="m", yes=True, workers=2, max_iters=2, route=route, fallback=False
        )
        fuse(Target(tmp_path / "model.py", name), options, pool=pool)
        bodies = [seen.body for seen in server.seen]
    assert len(bodies) == 4
    kept = set()
    for body in bodies:
        given = blocks(body)
        (mark,) = (at for at, block in enumerate(given) if "cache_control" in block)
        kept.add(tuple(block["text"] for block in given[: mark + 1]))
        assert given[mark + 1]["text"], "each worker has an approach of its own"
    assert len(kept) == 1
    assert len({blocks(body)[2]["text"] for body in bodies}) == 2
