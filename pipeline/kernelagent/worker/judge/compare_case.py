"""One case: structure, shapes, dtypes and values of what the candidate gave against what the reference gave."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

import torch

from kernelagent.contract.result_structure import key_text
from kernelagent.contract.tensor_paths import told
from kernelagent.worker.judge.compare_tensor import NOTHING, Comparison, compare
from kernelagent.worker.judge.likely_cause import likely_cause
from kernelagent.worker.judge.tensorfile import dtype_name
from kernelagent.worker.judge.yardstick import Beside
from kernelagent.worker.problem.named_tuples import field_names
from kernelagent.worker.problem.tensors import tensors_in

OTHER_STRIDES = (
    "the kernel's result has other strides than the module's: PyTorch promises none here, and code that takes them for "
    "granted must call .contiguous() first"
)


@dataclass(frozen=True)
class CaseResult:
    failures: tuple[str, ...]
    max_abs_err: float | None = None
    max_rel_err: float | None = None
    eager_max_abs_err: float | None = None
    elements: int = 0
    loose: int = 0
    """Elements on which the fixed tolerance could not be asked, because PyTorch itself misses it."""
    jumps: int = 0
    """Elements on which PyTorch and float64 give two different right answers."""
    precision: str = ""
    """The least exact class that the error of a float32 tensor shows; ``unknown``: worse than any class."""
    telling: bool = False
    """The inputs tell float32 from TF32."""
    notes: tuple[str, ...] = ()


def compare_values(
    candidate: Any,
    native: Any,
    exact: Any | None,
    what: str,
    beside: Callable[[str], Beside] = lambda path: NOTHING,
    is_strict: bool = False,
    otherwise: Collection[str] = (),
) -> CaseResult:
    """Compare two nested values. ``what`` names them in the messages (``output``, ``state``); ``beside`` gives what is
    known beside the expected tensor at a path. ``is_strict``: where the expected tensor is contiguous, so must the
    candidate's be (the inputs are), but for those at ``otherwise``, which the module's own example makes otherwise."""
    mismatch = structure_mismatch(candidate, native)
    if mismatch:
        return CaseResult((f"{what} {mismatch}",))
    truths = dict(tensors_in(exact)) if exact is not None else {}
    given = dict(tensors_in(candidate))
    failures: list[str] = []
    found: list[Comparison] = []
    elements = 0
    for path, expected in tensors_in(native):
        name = told(what, path)
        got = given[path]
        must_be = is_strict and path not in otherwise
        formal = _formal_mismatch(got, expected) or (must_be and _not_contiguous(got, expected))
        if formal:
            failures.append(f"{name} {formal}")
            continue
        truth = truths.get(path)
        if truth is not None and (
            truth.shape != expected.shape or truth.is_floating_point() != expected.is_floating_point()
        ):
            truth = None
        result = compare(got, expected, truth, beside(path).fitting(expected.shape))
        elements += expected.numel()
        found.append(
            replace(result, notes=(*result.notes, *_other_layout(got, expected, must_be))) if is_strict else result
        )
        if result.reason:
            failures.append(f"{name} {result.reason}{_where(got, expected, result.bad)}")
    return _summed_up(failures, found, elements)


def _summed_up(failures: list[str], found: list[Comparison], elements: int) -> CaseResult:
    shown = [c.precision or ("unknown" if c.reason and c.bad is None else "") for c in found]
    return CaseResult(
        tuple(failures),
        _largest(c.max_abs_err for c in found),
        _largest(c.max_rel_err for c in found),
        _largest(c.eager_max_abs_err for c in found),
        elements=elements,
        loose=sum(c.loose for c in found),
        jumps=sum(c.jumps for c in found),
        precision=max(shown, key=PRECISIONS.index, default=""),
        telling=any(c.telling for c in found),
        notes=tuple(dict.fromkeys(note for c in found for note in c.notes)),
    )


PRECISIONS = ("", "fp32", "tf32", "fp16", "bf16", "unknown")
"""From nothing shown to the least exact."""


def _largest(values: Iterable[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)


def structure_mismatch(candidate: Any, native: Any) -> str:
    """How two nested values differ in kind or length; nothing when they don't. Tensors' contents are not looked at."""
    if isinstance(native, torch.Tensor) or isinstance(candidate, torch.Tensor):
        both = isinstance(native, torch.Tensor) and isinstance(candidate, torch.Tensor)
        return "" if both else f"is {_kind(candidate)} where {_kind(native)} is expected"
    if isinstance(native, (list, tuple)):
        is_alike = isinstance(candidate, type(native) if isinstance(native, list) else tuple)
        if not is_alike or len(candidate) != len(native):
            return f"is {_kind(candidate)} where {_kind(native)} is expected"
        names = field_names(native) if isinstance(native, tuple) else ()
        if names and field_names(candidate) != names:
            return (
                f"is {_kind(candidate)} where {_kind(native)} is expected, which users read as attributes: "
                f"define one in the file, collections.namedtuple({_name_for(names)}), and return it"
            )
        pairs = list(zip(candidate, native, strict=True))
    elif isinstance(native, dict):
        if not isinstance(candidate, dict) or [*map(key_text, candidate)] != [*map(key_text, native)]:
            return f"is {_kind(candidate)} where {_kind(native)} is expected"
        pairs = list(zip(candidate.values(), native.values(), strict=True))
    else:
        return (
            ""
            if type(candidate) is type(native) and _same_plain(candidate, native)
            else f"is {candidate!r} where {native!r} is expected"
        )
    return next((text for text in (structure_mismatch(c, n) for c, n in pairs) if text), "")


def _same_plain(one: Any, other: Any) -> bool:
    both_nan = isinstance(one, float) and math.isnan(one) and math.isnan(other)
    return both_nan or bool(one == other)


def _kind(value: Any) -> str:
    if isinstance(value, torch.Tensor):
        return "a tensor"
    if isinstance(value, dict):
        return f"a dict with the keys [{', '.join(map(key_text, value))}]"
    if isinstance(value, tuple) and (names := field_names(value)):
        return f"a named tuple with the field{'s' * (len(names) > 1)} {', '.join(names)}"
    if isinstance(value, (list, tuple)):
        return f"a {'list' if isinstance(value, list) else 'tuple'} of {len(value)}"
    return repr(value)


def _name_for(names: tuple[str, ...]) -> str:
    """What ``namedtuple`` is called with."""
    return f'"Result", {json.dumps(names)}{", rename=True" if any(n.startswith("_") for n in names) else ""}'


def _formal_mismatch(got: torch.Tensor, expected: torch.Tensor) -> str:
    if got.shape != expected.shape:
        return f"has shape {list(got.shape)}, expected {list(expected.shape)}"
    if got.dtype != expected.dtype:
        return f"has dtype {dtype_name(got.dtype)}, expected {dtype_name(expected.dtype)}"
    if got.numel() and _overlaps(got) and not _overlaps(expected):
        return (
            f"has strides {list(got.stride())}, under which elements share memory; expected {list(expected.stride())}"
        )
    return ""


def _not_contiguous(got: torch.Tensor, expected: torch.Tensor) -> str:
    """``view`` and whatever takes strides for granted work on the module's result; they must on the kernel's."""
    if not expected.is_contiguous() or got.is_contiguous():
        return ""
    return f"has strides {list(got.stride())}, expected {list(expected.stride())}: the module's result is contiguous"


def _other_layout(got: torch.Tensor, expected: torch.Tensor, must_be: bool) -> tuple[str, ...]:
    """PyTorch itself promises no strides where its result is not contiguous: they differ between its back ends."""
    moves = [axis for axis, size in enumerate(expected.shape) if size != 1]
    alike = all(got.stride(axis) == expected.stride(axis) for axis in moves)
    if alike or not expected.numel() or (must_be and expected.is_contiguous()):
        return ()
    return (OTHER_STRIDES,)


def _overlaps(tensor: torch.Tensor) -> bool:
    return any(size > 1 and stride == 0 for size, stride in zip(tensor.shape, tensor.stride(), strict=True))


def _where(got: torch.Tensor, expected: torch.Tensor, bad: torch.Tensor | None) -> str:
    if bad is None:
        return ""
    count, total = int(bad.sum()), bad.numel()
    first = _index(bad.reshape(-1).to(torch.uint8).argmax(), bad.shape)
    if expected.is_complex():
        return f" at {count} of {total} elements"
    distance = torch.where(bad, (got.double() - expected.double()).abs().nan_to_num(float("inf"), float("inf")), -1.0)
    worst = _index(distance.reshape(-1).argmax(), bad.shape)
    cause = likely_cause(got, expected, bad)
    return (
        f" at {count} of {total} elements; first at {first}: {_pair(got, expected, first)}; "
        f"worst at {worst}: {_pair(got, expected, worst)}{'; ' + cause if cause else ''}"
    )


def _index(flat: torch.Tensor, shape: torch.Size) -> list[int]:
    index, rest = [], int(flat)
    for size in reversed(shape):
        index.append(rest % size)
        rest //= size
    return index[::-1]


def _pair(got: torch.Tensor, expected: torch.Tensor, index: list[int]) -> str:
    return f"expected {_value(expected, index)}, got {_value(got, index)}"


def _value(tensor: torch.Tensor, index: list[int]) -> str:
    value = tensor[tuple(index)].item()
    return f"{value:.7g}" if isinstance(value, float) else str(value)
