"""What a module says of keys that it has read, and what a run keeps of addresses."""

from __future__ import annotations

from pathlib import Path

import pytest
from kernelagent.contract.options import Options
from kernelagent.contract.run_request import anchored
from kernelagent.driver.pipeline import fuse
from kernelagent.driver.target import Target
from kernelagent.driver.workers import WorkerPool

MODULE = """
from pathlib import Path

import torch

FOUND = (Path(__file__).parent / ".env").read_text()


class Block(torch.nn.Module):
    def forward(self, x):
        print(FOUND)
        raise KeyError(f"DEPTH is not among {FOUND!r}")


def get_inputs():
    return [torch.randn(4, 24)]
"""
KEY = "Zq81kfm20dkXlaPwoe91mmaLs55"


def test_a_key_that_the_module_says_is_told_and_written_nowhere(tmp_path: Path, pool: WorkerPool) -> None:
    (tmp_path / ".env").write_text(f"LLM_RELAY_API_KEY={KEY}\n", encoding="utf-8")
    (tmp_path / "model.py").write_text(MODULE, encoding="utf-8")
    told: list[str] = []
    options = Options(provider="builtin", run_dir=str(tmp_path / "run"))
    result = fuse(
        Target(tmp_path / "model.py", "Block"), options, pool=pool, on_event=lambda event: told.append(repr(event))
    )
    assert result.error is not None
    assert result.error.code == "ModelRaised"
    assert "DEPTH is not among" in result.error.message
    written = [path.read_text(encoding="utf-8") for path in (tmp_path / "run").rglob("*") if path.is_file()]
    assert (tmp_path / "run" / "error.log").is_file()
    assert not [text for text in (*told, repr(result), *written) if KEY[:12] in text or KEY[-12:] in text]


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("http://127.0.0.1:8000/v1", True),
        ("http://me:hunter2-Very-Secret@127.0.0.1:8000/v1", False),
        ("http://QuerySecret12345@127.0.0.1/v1", False),
        ("http://127.0.0.1/v1?api-key=QuerySecret-12345", False),
        ("http://[::1/v1", False),
    ],
)
def test_an_address_with_secrets_is_not_kept_for_later(address: str, kept: bool) -> None:
    assert anchored(Options(relay_url=address)).relay_url == (address if kept else None)
