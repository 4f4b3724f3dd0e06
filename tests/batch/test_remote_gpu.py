"""A remote worker that is lost, busy or other than what is here: what is tried, and what is told. No cluster is needed;
the real one is in ``test_ray_workers.py``."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kernelagent.contract.codec import to_json
from kernelagent.contract.events import Event, StageProgress
from kernelagent.contract.options import Options
from kernelagent.contract.problem import ExampleInputs, ImportedFile, Problem
from kernelagent.contract.verdict import Verification
from kernelagent.driver import certificate
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.cluster.lease import Lost
from kernelagent.driver.remote.mirrored import files_for, moved, name_of, turned_back
from kernelagent.driver.remote.remote_gpu import RemoteGpu
from kernelagent.driver.store.answers import may_recall
from kernelagent.errors import Cancelled, ClusterLost, GpuBusy

VERDICT = Verification(
    **{"verdict": "pass", "summary": "Verified.", "mode": "interpreter", "device": "cpu", "dtype": "float32"},
    **{"rtol": 1e-3, "atol": 1e-3, "max_abs_err": 0.0, "max_rel_err": 0.0, "eager_max_abs_err": 0.0},
    **{"precision": "fp32", "degenerate": False, "cases": (), "shapes": {}, "sandbox": ("no network",)},
    **{"source_sha256": "", "kernel_sha256": "", "versions": {}, "checks": (), "compiled": ()},
)


class ByHand(RemoteGpu):
    """Its worker is what the test says."""

    def __init__(self, *does: Callable[[], Any], gpus: float = 0.0, room: bool = True) -> None:
        super().__init__("ray://127.0.0.1:1", {"torch": "2.9.0+cpu", "triton": "None"})
        self.does, self.asked = list(does), 0
        self._lease = self  # type: ignore[assignment]
        self._gpus, self.room = gpus, room

    def open(self, cancel: CancelToken, waits: Callable[[str], None], limit_s: float | None = None) -> dict[str, Any]:
        if not self.room:
            waits("no room")
            raise TimeoutError
        return {"gpus": [{"name": "H200"}]}

    def do(self, request: Any, parcel: bytes, cancel: CancelToken, heard: Callable[[Any], None]) -> tuple[Any, bytes]:
        self.asked += 1
        return self.does.pop(0)(), b""

    def _disconnect(self) -> None:
        """There is none."""

    def close(self) -> None:
        self._keep(False)


def problem(folder: Path) -> Problem:
    (folder / "m.py").write_text("", encoding="utf-8")
    return Problem(str(folder / "m.py"), "M", 1, "", ExampleInputs("option", "()", "()"))


def verified(gpu: RemoteGpu, folder: Path, cancel: CancelToken | None = None) -> tuple[Any, list[Event]]:
    told: list[Event] = []
    options = Options(budget_seconds=1.0)
    given = {"on_event": told.append, "cancel": cancel or CancelToken(), "profile": "full"}
    try:
        return gpu.verify(folder / "m.py", problem(folder), options, **given), told
    finally:
        gpu.close()


def raises(error: Exception) -> Callable[[], Any]:
    def do() -> Any:
        raise error

    return do


def verdict(**other: Any) -> Callable[[], Any]:
    return lambda: {"value": to_json(replace(VERDICT, **other)), "root": "/tmp/ka/root"}


def test_what_is_lost_once_is_tried_once_more(tmp_path: Path) -> None:
    gpu = ByHand(raises(Lost("the worker died")), verdict(versions={"torch": "2.10.0", "triton": "3.5.1"}))
    found, told = verified(gpu, tmp_path)
    assert found.where == "remote"
    assert found.digest == certificate.digest(found)
    words = [event.message for event in told if isinstance(event, StageProgress)]
    assert any("the worker died" in text and "once more" in text for text in words)
    assert "torch 2.10.0 there and 2.9.0+cpu here" in found.not_checked[0], "and of Triton nothing: here is none"


def test_what_is_lost_again_is_told(tmp_path: Path) -> None:
    gpu = ByHand(raises(Lost("the worker died")), raises(ClusterLost("The connection to the cluster was lost: x")))
    with pytest.raises(ClusterLost, match="lost 2 times: the worker died; then The connection"):
        verified(gpu, tmp_path)
    assert gpu.asked == 2


def test_a_busy_gpu_is_waited_for_and_told(tmp_path: Path) -> None:
    for gpus, what in ((1.0, "GPU"), (0.0, "processor")):
        with pytest.raises(GpuBusy, match=f"No {what} of the cluster became free"):
            verified(ByHand(gpus=gpus, room=False), tmp_path)


def test_one_at_a_time_and_cancelled_while_it_waits(tmp_path: Path) -> None:
    gpu, cancel = ByHand(), CancelToken()
    with gpu._turn:
        threading.Timer(0.4, cancel.cancel).start()
        began = time.monotonic()
        with pytest.raises(Cancelled):
            gpu.gpu(Options(), cancel)
        assert time.monotonic() - began < 5
    assert gpu.gpu(Options(), CancelToken()) == {"name": "H200"}
    assert gpu.gpu(Options(device="cpu"), CancelToken()) is None
    gpu.close()


def test_files_lie_there_as_they_lie_here(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "net").mkdir()
    for name in ("net/__init__.py", "net/block.py", "acts.py"):
        (tmp_path / name).touch()
    given = replace(
        problem(tmp_path),
        file=str(tmp_path / "net" / "block.py"),
        imports=(ImportedFile("../acts.py", ""), ImportedFile("../../../../../../etc/passwd", "")),
    )
    assert set(files_for(given)) == {name_of(tmp_path / n) for n in ("net/__init__.py", "net/block.py", "acts.py")}
    there = moved(given, Path("/far/root"))
    assert there.file == f"/far/root{tmp_path}/net/block.py"
    assert turned_back(f"{there.file}: line 3", "/far/root") == f"{given.file}: line 3"


def test_what_another_machine_answered_is_asked_again() -> None:
    assert may_recall(Options())
    assert not may_recall(Options(remote="ray://gpu:10001"))
