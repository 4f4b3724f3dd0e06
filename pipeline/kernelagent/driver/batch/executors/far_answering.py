"""The other side of ``ray.py``: a problem that came as files, fused there, and its run directory as files."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from kernelagent.contract.codec import from_json, to_json
from kernelagent.contract.options import Options
from kernelagent.driver.batch.answering import answer
from kernelagent.driver.batch.installed import installed
from kernelagent.driver.batch.task import Task
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.cluster.parcel import files_below, packed, unpack
from kernelagent.driver.interpreter import probe, require
from kernelagent.driver.run_lock import LOCK
from kernelagent.driver.target import Target
from kernelagent.driver.workers import WorkerPool


class FarAnswering:
    """``setup``: ``interpreter``, the Python of the workers there; ``None`` for the one that runs this."""

    def __init__(self, setup: dict[str, Any]) -> None:
        self._python = probe(str(setup["interpreter"] or sys.executable), "the cluster's machine")
        require(self._python)
        self._pool = WorkerPool(self._python.path)
        self._pool.start()

    def about(self) -> dict[str, Any]:
        python = self._python
        return {"python": python.python, "torch": str(python.torch), "triton": str(python.triton)}

    def do(self, request: Any, parcel: bytes, say: Callable[[Any], None], cancel: CancelToken) -> tuple[Any, bytes]:
        """``request``: ``file`` in ``parcel`` or an installed ``package``, ``class_name``, ``options``, ``key``."""
        # Not on a symbolic link: the paths in what comes back are turned into those of the other side.
        with tempfile.TemporaryDirectory(prefix="kernelagent-", ignore_cleanup_errors=True) as name:
            scratch = Path(name).resolve()
            project, answers = scratch / "project", scratch / "answers"
            project.mkdir()
            answers.mkdir()
            (project / "pyproject.toml").touch()  # where its root is, also of a project that has none
            unpack(parcel, project)
            target = self._target(request, project)
            options = replace(from_json(Options, request["options"]), interpreter=self._python.path)
            task = Task(target, str(request["key"]), "", False, options, str(request["inputs_belong"]))
            done = answer(
                task,
                folder=answers,
                pool=self._pool,
                account=None,
                cancel=cancel,
                on_event=lambda event: say(to_json(event)),
            )
            run_dir = answers / task.folder_name
            files = files_below(run_dir, leave_out=("judge",))
            files.pop(LOCK, None)
            places = {"project": str(project), "run_dir": str(run_dir), "file": str(target.file)}
            return {"entry": to_json(done.entry), **places}, packed(files)

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self._pool.close()

    def _target(self, request: Any, project: Path) -> Target:
        if request["package"]:
            return installed([str(request["package"])], self._python.path)[0]
        return Target(project / str(request["file"]), request["class_name"])
