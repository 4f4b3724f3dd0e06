"""The candidate on its cases with nothing of the judge's around it: what compute-sanitizer is told to watch.

No guard bands and no records: each tensor has an allocation of its own, of exactly its size, so that the tool sees
where it ends. The sandbox is in force already, for the tool that started this process too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch

from kernelagent.contract.codec import from_json
from kernelagent.contract.problem import Problem
from kernelagent.worker.judge import entry_points, tensorfile
from kernelagent.worker.problem import unlisted_folders
from kernelagent.worker.problem.build import init_arguments
from kernelagent.worker.problem.without_gpu import without_gpu

Call = Callable[[Any, Any], Any]


def run(args: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """``{kernel, inputs_dir, device, cases}`` → ``{error}``, with ``{"event": "case"}`` after each of ``cases``, which
    are numbers. The first that raises is the last: after a GPU's fault nothing more can be run."""
    inputs_dir, device = Path(args["inputs_dir"]), str(args["device"])
    manifest = json.loads((inputs_dir / "manifest.json").read_text(encoding="utf-8"))

    def allocate(nbytes: int) -> torch.Tensor:
        return torch.empty(max(nbytes, 1), dtype=torch.uint8, device=device)

    loaded = entry_points.load_file(Path(args["kernel"]))
    prepare = _module(loaded, manifest, inputs_dir, device) or _function(loaded, manifest, inputs_dir, allocate)
    for number in args["cases"]:
        case = manifest["cases"][number]
        emit({"event": "begin", "case": number})
        try:
            call = prepare(case)
            inputs = tensorfile.read(inputs_dir / str(number), allocate)
            with torch.no_grad():
                call(inputs["args"], inputs["kwargs"])
            if device != "cpu":
                torch.cuda.synchronize()
        except Exception as exc:  # noqa: BLE001  whatever the candidate raises ends its run
            return {"error": f"{type(exc).__name__}: {' '.join(str(exc).split())}"[:300], "case": number}
        emit({"event": "case", "case": number})
    return {"error": "", "case": None}


def _module(
    loaded: Any, manifest: dict[str, Any], inputs_dir: Path, device: str
) -> Callable[[dict[str, Any]], Call] | None:
    cls = entry_points.module_class(loaded, manifest["class_name"])
    if cls is None:
        return None
    if manifest["init"]:
        with unlisted_folders.found():
            args, kwargs = init_arguments(from_json(Problem, manifest["problem"]))
    else:
        init = tensorfile.read(inputs_dir / "init")
        args, kwargs = init["args"], init["kwargs"]

    def constructed() -> torch.nn.Module:
        with without_gpu():
            made = cls(*args, **kwargs)
        if manifest["mode"] != "constructed":
            made.train(manifest["mode"] == "train")
        return made.to(device)

    first = constructed()

    def prepare(case: dict[str, Any]) -> Call:
        module = constructed() if manifest["anew"] else first
        module.load_state_dict(tensorfile.read(inputs_dir / f"state{case['weights']}"), strict=True)
        return lambda args, kwargs: module(*args, **kwargs)

    return prepare


def _function(
    loaded: Any, manifest: dict[str, Any], inputs_dir: Path, allocate: tensorfile.Allocate
) -> Callable[[dict[str, Any]], Call]:
    function = loaded.kernel_function

    def prepare(case: dict[str, Any]) -> Call:
        saved, unsaved, attributes = (
            tensorfile.read(inputs_dir / f"{name}{case['weights']}", allocate)
            for name in ("state", "unsaved", "attributes")
        )
        state = {**saved, **unsaved}

        def call(args: Any, kwargs: Any) -> Any:
            bound = (case["names"], args, kwargs, state, attributes, case["left_out"])
            given, named = entry_points.bind_function(function, *bound)
            return function(*given, **named)

        return call

    return prepare


def telling(cases: list[dict[str, Any]]) -> Iterator[int]:
    """Cases that differ in what is accessed: shapes and strides; values and seeds do not, and empty inputs have nothing
    to access."""
    seen = set()
    for number, case in enumerate(cases):
        layout = case["name"] if case["name"].startswith(("strided", "unaligned")) else ""
        key = (json.dumps(case["shapes"], sort_keys=True), layout)
        if key not in seen and not case["empty"]:
            seen.add(key)
            yield number
