"""The other side of ``remote_gpu.py``: the judge and the clock as they are, over files that came."""

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
from kernelagent.contract.problem import Problem
from kernelagent.contract.subgraph import Extraction
from kernelagent.driver import benchmark, verification
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.cluster.parcel import unpack
from kernelagent.driver.interpreter import probe, require
from kernelagent.driver.remote.mirrored import moved, turned_back
from kernelagent.driver.workers import WorkerPool
from kernelagent.errors import InternalError, KernelAgentError


class FarJudging:
    """``setup``: ``interpreter``, the Python there; ``None`` for the one that runs this."""

    def __init__(self, setup: dict[str, Any]) -> None:
        self._python = probe(str(setup["interpreter"] or sys.executable), "the remote machine")
        require(self._python)
        self._pool = WorkerPool(self._python.path)
        self._pool.start()

    def about(self) -> dict[str, Any]:
        names = ("python", "torch", "triton")
        gpus = self._pool.call("probe", {}, flavor="compile").get("gpus") or []
        return {"versions": {name: str(getattr(self._python, name)) for name in names}, "gpus": gpus[:1]}

    def do(self, request: Any, parcel: bytes, say: Callable[[Any], None], cancel: CancelToken) -> tuple[Any, bytes]:
        """``request``: ``what``, the ``problem``, the ``options`` and files by their names in ``parcel``."""
        with tempfile.TemporaryDirectory(prefix="kernelagent-", ignore_cleanup_errors=True) as name:
            root = Path(name).resolve() / "root"
            root.mkdir()
            unpack(parcel, root)
            try:
                value = to_json(self._made(request, root, root.parent, say, cancel))
            except KernelAgentError as exc:
                exc.message = turned_back(exc.message, str(root))
                exc.file = turned_back(exc.file, str(root)) if exc.file else exc.file
                raise
            return {"value": value, "root": str(root)}, b""

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self._pool.close()

    def _made(self, request: Any, root: Path, scratch: Path, say: Callable[[Any], None], cancel: CancelToken) -> Any:
        problem = moved(from_json(Problem, request["problem"]), root)
        (root / str(request["project"])).mkdir(parents=True, exist_ok=True)
        (root / str(request["project"]) / "pyproject.toml").touch()  # the project ends where it does on the other side
        options = replace(from_json(Options, request["options"]), interpreter=self._python.path)
        kernel = root / str(request["kernel"])

        def tell(message: str) -> None:
            say({"told": message})

        match str(request["what"]):
            case "verify":
                work_dir = scratch / "judge"
                work_dir.mkdir()
                return verification.verify(
                    kernel,
                    problem,
                    options,
                    pool=self._pool,
                    work_dir=work_dir,
                    on_event=lambda event: say(to_json(event)),
                    cancel=cancel,
                    profile="quick" if request["profile"] == "quick" else "full",
                )
            case "measure":
                return benchmark.measure(
                    kernel,
                    problem,
                    from_json(Extraction, request["extraction"]),
                    pool=self._pool,
                    cancel=cancel,
                    tell=tell,
                    options=options,
                    compile_mode=request["compile_mode"],
                )
            case "beside_pytorch":
                other = root / str(request["by_pytorch"])
                return benchmark.beside_pytorch(
                    kernel, other, problem, pool=self._pool, cancel=cancel, tell=tell, options=options
                )
            case other_thing:
                raise InternalError(f"{other_thing} is nothing that is done here")
