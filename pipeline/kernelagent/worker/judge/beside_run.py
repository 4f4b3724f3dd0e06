"""The runs beside the float64 one: inputs moved a little, sums disturbed, operands rounded.

Each is a call of the module on the CPU, so where one call takes long only the most telling are made.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._pytree import tree_map

from kernelagent.worker.judge.planted import Planted
from kernelagent.worker.judge.reference_run import ReferenceRun, run_float64
from kernelagent.worker.judge.selections import Selection
from kernelagent.worker.judge.simulated import RoundedOperands, SerialSums, rounded
from kernelagent.worker.judge.yardstick import Beside
from kernelagent.worker.problem import Specimen
from kernelagent.worker.problem.tensors import tensors_in

BRISK_S, SLOW_S = 0.1, 1.0
"""A float64 call that takes longer than the first leaves out the simulated classes, than the second everything."""
FEW, MANY = 1 << 20, 1 << 22
"""The same for the number of elements, of which each run leaves a file."""
PERIOD = 1_000_003
"""Factors that are drawn for one tensor: a prime."""
CLASSES = ("tf32", "bf16")
"""fp16 has tf32's digits: what tells them apart is that fp16's results fit into 16 bits."""

Errors = dict[str, torch.Tensor]
"""Path of an output (``outputs.0``) or of a state entry → difference from the float64 result, in float32."""


def run(model: torch.nn.Module, specimen: Specimen, exact: ReferenceRun, seconds: float) -> dict[str, Errors]:
    """``{moved, serial, tf32, bf16}``, what there is of them; with an empty ``products`` where the module has any.
    ``seconds`` is what the float64 run took."""
    truth = flat(exact)
    elements = sum(tensor.numel() for tensor in truth.values())
    if seconds > SLOW_S or elements > MANY:
        return {}
    is_brisk = seconds <= BRISK_S and elements <= FEW
    pairs = [
        [differences(truth, partial(_moved, model, specimen, exact.state, number, size)) for size in (1.0, 0.5)]
        for number in range(2 if is_brisk else 1)
    ]
    found = {"moved": _largest([smooth(*pair) for pair in pairs])}
    if is_brisk:
        found["serial"] = differences(truth, partial(under, SerialSums(0), model, specimen, exact.state))
        modes = {name: RoundedOperands(name) for name in CLASSES}
        found |= {
            n: differences(truth, partial(_in_class, model, specimen, exact.state, mode)) for n, mode in modes.items()
        }
    there = {name: errors for name, errors in found.items() if errors}
    return there | {"products": {}} if is_brisk and any(mode.has_met for mode in modes.values()) else there


def beside(path: str, found: Mapping[str, Errors], others: Mapping[str, Any]) -> Beside:
    """What is known beside one expected tensor. ``others``: ``around``, ``through``, ``unasked_nan``, paths under
    ``undefined`` and ``in_any_order``; by path the fields of a ``Selection`` under ``selections``, elements under
    ``unasked`` and ``unordered``, differences under ``rounded_away``, ends under ``turned``, and whole results under
    ``flushed``, or ``planted`` with ``clean``, ``ordered``, ``taken_as``, ``asks`` and ``met``."""

    def one(name: str) -> torch.Tensor | None:
        error = found.get(name, {}).get(path)
        return None if error is None else error.double()

    classes = {name: error for name in CLASSES if (error := one(name)) is not None}
    flushed = (others["flushed"][path],) if path in others.get("flushed", {}) else ()
    planted = None
    if path in others.get("clean", {}):
        ordered, taken = (
            tuple(result[path] for result in others.get(name, ()) if path in result) for name in ("ordered", "taken_as")
        )
        met = others.get("met", {}).get(path)
        planted = Planted(others["planted"], others["clean"][path], ordered, taken, bool(others.get("asks")), met)
    selected = others.get("selections", {}).get(path)
    return Beside(
        moved=one("moved"),
        serial=one("serial"),
        rounded=classes,
        has_products="products" in found,
        also_right=flushed,
        planted=planted,
        around=others.get("around", 0.0),
        through=others.get("through", 0.0),
        unasked=others.get("unasked", {}).get(path),
        unordered=others.get("unordered", {}).get(path),
        rounded_away=others.get("rounded_away", {}).get(path),
        turned=others.get("turned", {}).get(path),
        unasked_nan=bool(others.get("unasked_nan")),
        is_undefined=path in others.get("undefined", ()),
        is_in_any_order=path in others.get("in_any_order", ()),
        selection=None if selected is None else Selection(**selected),
    )


def flat(result: ReferenceRun) -> dict[str, torch.Tensor]:
    return dict(tensors_in({"outputs": result.outputs, "state": result.state}))


def differences(truth: Mapping[str, torch.Tensor], call: Callable[[], ReferenceRun]) -> Errors:
    """Of floating results, by path; none where ``call`` raises."""
    try:
        other = flat(call())
    except Exception:  # noqa: BLE001  whatever the module raises on it, the yardstick does without it
        return {}
    return {
        path: (other[path] - value).float()
        for path, value in truth.items()
        if value.is_floating_point() and path in other and other[path].shape == value.shape
    }


def smooth(whole: Errors, half: Errors) -> Errors:
    """What grows in proportion to the disturbance: a jump does not, and says nothing of conditioning."""
    found = {}
    for path in whole.keys() & half.keys():
        far, close = whole[path].abs(), half[path].abs()
        found[path] = torch.where((close >= far / 4) & (close <= far * 3 / 4), far, torch.zeros_like(far))
    return found


def _largest(directions: list[Errors]) -> Errors:
    found: Errors = {}
    for errors in directions:
        for path, error in errors.items():
            found[path] = torch.maximum(found[path], error) if path in found else error
    return found


def _moved(
    model: torch.nn.Module, specimen: Specimen, updated: Collection[str], direction: int, size: float
) -> ReferenceRun:
    """Inputs and weights changed by up to ``size`` half units in the last place of their own dtype."""
    generator = torch.Generator().manual_seed(20_000 + direction)

    def move(wide: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
        """``wide`` itself, changed, which was widened from ``dtype``. In a large one factors come again, after so many
        that no row or plane is told by them."""
        # Nobody rounds to 8 bits on the way: what comes in them is computed with in float32.
        most = size * torch.finfo(torch.float32 if dtype.itemsize == 1 else dtype).eps
        is_long = wide.is_contiguous() and wide.numel() > PERIOD
        shape = (PERIOD,) if is_long else wide.shape
        drawn = torch.rand(shape, generator=generator, dtype=torch.float64).mul_(most).add_(1 - most / 2)
        if not is_long:
            return wide.mul_(drawn)
        for start in range(0, wide.numel(), PERIOD):
            part = wide.view(-1)[start : start + PERIOD]
            part.mul_(drawn[: part.numel()])
        return wide

    def moved(leaf: Any) -> Any:
        return move(leaf.to(torch.float64, copy=True), leaf.dtype) if _is_float(leaf) else leaf

    args, kwargs = tree_map(moved, (specimen.args, specimen.kwargs))
    own = {k: v for k, v in model.state_dict().items() if _is_float(v)}

    def move_weights(module: torch.nn.Module) -> None:
        with torch.no_grad():
            for key, tensor in module.state_dict(keep_vars=True).items():
                if key in own:
                    move(tensor, own[key].dtype)

    return run_float64(model, Specimen(args, kwargs, specimen.names), move_weights, updated)


def _is_float(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and value.is_floating_point()


def under(mode: Any, model: torch.nn.Module, specimen: Specimen, updated: Collection[str]) -> ReferenceRun:
    """The float64 run with ``mode`` around it, and attention taken apart."""
    with sdpa_kernel(SDPBackend.MATH), mode:
        return run_float64(model, specimen, updated=updated)


def _in_class(
    model: torch.nn.Module, specimen: Specimen, updated: Collection[str], mode: RoundedOperands
) -> ReferenceRun:
    def widen(leaf: Any) -> Any:
        return leaf.double() if _is_float(leaf) else leaf

    args, kwargs = rounded(tree_map(widen, (specimen.args, specimen.kwargs)), mode.name)
    return under(mode, model, Specimen(args, kwargs, specimen.names), updated)
