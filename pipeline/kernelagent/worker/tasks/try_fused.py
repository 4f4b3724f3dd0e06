"""Task ``try_fused``: a rewritten module on every case, and one of it on many in a row, in the sandbox.

``{fused, name, cases_dir, cases, row, scratch, policy}`` → ``{error, calls, untaken}``; its results are left in
``scratch``. ``row`` has the numbers of the cases that one module is called on, in that order. ``untaken``: ways of it
that no case took.
"""

from __future__ import annotations

import copy
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch.utils._pytree import tree_flatten

from kernelagent.worker import sandbox
from kernelagent.worker.judge import tensorfile
from kernelagent.worker.judge.turned import Turned
from kernelagent.worker.refactor.kept_by_calls import kept, standing
from kernelagent.worker.refactor.trial import BadRewrite, as_json, load_fused, traced


def run(args: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    cases, scratch, fused = Path(args["cases_dir"]), Path(args["scratch"]), Path(args["fused"])
    given = [
        (tensorfile.read(cases / f"{number}_inputs"), tensorfile.read(cases / f"{number}_state"))
        for number in range(args["cases"])
    ]
    row: list[int] = args["row"]
    row_state = tensorfile.read(cases / "row_state") if row else {}
    sandbox.enter(args["policy"])
    calls: list[dict[str, Any]] = []
    turned = Turned(of_a_module=True)
    try:
        cls = load_fused(fused, args["name"], turned)
        for number, (original, state) in enumerate(given):
            inputs, model = copy.deepcopy(original), cls(state)
            with turned:
                if number == 0:
                    result, found = traced(model, state, inputs["args"], inputs["kwargs"], fused)
                    calls = list(as_json(found))
                else:
                    result = _called(model, inputs)
            turned.keep()
            _leave(scratch / f"{number}_outputs", result, state, inputs)
        _call_in_a_row(cls, row_state, [given[number][0] for number in row], scratch)
    except BadRewrite as exc:
        return {"error": str(exc), "calls": []}
    except BaseException as exc:  # noqa: BLE001  the file may raise anything
        lines = [frame.lineno for frame in traceback.extract_tb(exc.__traceback__) if frame.filename == str(fused)]
        where = f" at line {lines[-1]}" if lines else ""
        return {"error": f"it raises {type(exc).__name__}{where}: {str(exc)[:1000]}", "calls": []}
    return {"error": "", "calls": calls, "untaken": [f"line {line}: {what}" for line, what in turned.unseen()]}


def _call_in_a_row(cls: Any, state: dict[str, torch.Tensor], given: list[Any], scratch: Path) -> None:
    """One instance on all inputs, each in the memory of earlier ones where it fits there.

    Raises ``BadRewrite`` for one that keeps anything but ``state`` from one call to the next.
    """
    if not given:
        return
    model = cls(state)
    before = standing(model, state)
    held: list[Any] = []
    for number, original in enumerate(given):
        inputs = next((one for one in held if _refilled(one, original)), None)
        if inputs is None:
            inputs = copy.deepcopy(original)
            held.append(inputs)
        result = _called(model, inputs)
        _leave(scratch / f"row_{number}_outputs", result, state, inputs)
        names = kept(before, standing(model, state))
        if names:
            raise BadRewrite(
                f"a call changes {', '.join(names[:4])}. Nothing but tensors of `state` may be kept from one call to "
                "the next: the same inputs and state must give the same, whatever the module was called on before"
            )


def _leave(file: Path, result: Any, state: dict[str, torch.Tensor], inputs: dict[str, Any]) -> None:
    """What it returned, what it keeps, and what its inputs hold after the call, with the memory that they share."""
    named = {**dict(zip(inputs["names"], inputs["args"], strict=True)), **inputs["kwargs"]}
    tensorfile.write(file, {"outputs": result, "state": state, "inputs": named})


def _called(model: Any, inputs: dict[str, Any]) -> Any:
    with torch.no_grad():
        torch.manual_seed(0)
        return model(*inputs["args"], **inputs["kwargs"])


def _refilled(held: Any, original: Any) -> bool:
    """Whether ``held`` has the values of ``original`` now, in the memory of before, as a training loop passes it."""
    (ours, structure), (theirs, other) = tree_flatten(held), tree_flatten(original)
    pairs = list(zip(ours, theirs, strict=False))
    if structure != other or not all(_fits(a, b) for a, b in pairs):
        return False
    for a, b in pairs:
        if isinstance(a, torch.Tensor):
            a.copy_(b)
    return True


def _fits(held: Any, wanted: Any) -> bool:
    if not isinstance(held, torch.Tensor) or not isinstance(wanted, torch.Tensor):
        return type(held) is type(wanted) and bool(held == wanted)
    whole = held.shape == wanted.shape and held.dtype == wanted.dtype and held.stride() == wanted.stride()
    return whole and 0 not in held.stride()
