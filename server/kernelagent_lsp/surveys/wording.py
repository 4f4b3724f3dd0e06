"""Figures and shapes as a kernel engineer reads them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kernelagent.contract.operators import name_of
from kernelagent.contract.problem import TensorSpec
from kernelagent.contract.subgraph import Subgraph
from kernelagent.contract.survey import ClassSurvey, operators_of

WORTH_TELLING = 1.05
"""Less than this is no less traffic."""
_SHORT = {
    "float64": "f64",
    "float32": "f32",
    "float16": "f16",
    "bfloat16": "bf16",
    "int64": "i64",
    "int32": "i32",
    "int16": "i16",
    "int8": "i8",
    "uint8": "u8",
    "uint16": "u16",
    "uint32": "u32",
    "uint64": "u64",
    "complex64": "c64",
    "complex128": "c128",
}
_PREFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def amount(value: float, unit: str) -> str:
    """Three figures and a prefix, by thousands: ``88.1 MB``, ``17.2 GFLOP``, ``512 B``, ``17.2 G``."""
    for size, prefix in _PREFIXES:
        if value >= 0.9995 * size:
            return f"{_three(value / size)} {prefix}{unit}"
    return f"{value:.0f} {unit}".rstrip()


def duration(seconds: float) -> str:
    """``104 µs``"""
    for size, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if seconds >= 0.9995 * size:
            return f"{_three(seconds / size)} {unit}"
    return f"{_three(seconds * 1e9)} ns"


def _three(value: float) -> str:
    return f"{value:.0f}" if value >= 99.95 else f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"


def tensor(dtype: str, sizes: Iterable[int]) -> str:
    """``f32[8, 128]``"""
    return f"{_SHORT.get(dtype, dtype)}[{', '.join(map(str, sizes))}]"


def tensor_of(spec: TensorSpec) -> str:
    return tensor(spec.dtype, spec.shape)


def result(spec: TensorSpec) -> str:
    """``hidden: f32[8, 128]``"""
    return f"{spec.name}: {tensor_of(spec)}" if spec.name else tensor_of(spec)


def spoken(op: str) -> str:
    """The name that people have for an operator: ``aten._native_batch_norm_legit.default`` is ``batch_norm``."""
    name = re.sub(r"_legit(_functional|_no_training)?$", "", re.sub(r"\W", "", name_of(op)).strip("_"))
    return name.removeprefix("native_").removesuffix("_copy")


def escaped(text: str) -> str:
    """``text`` as Markdown that shows it; what stands between backquotes stays code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        parts = [text]
    return "`".join(
        part if inside % 2 else re.sub(r"([\\`*_{}\[\]<>#|!&])", r"\\\1", part) for inside, part in enumerate(parts)
    )


def counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def less(eager: float, fused: float) -> str:
    """``≈3.1× less``; empty where it is no less."""
    return f"≈{eager / fused:.1f}× less" if fused and eager / fused >= WORTH_TELLING else ""


def gain(survey: ClassSurvey) -> str:
    """``7 ops → 1 kernel · ≈3.1× less memory traffic``; empty where that was not counted."""
    if survey.error is not None or not survey.launches or not survey.operators:
        return ""
    told = f"{counted(len(survey.operators), 'op')} → {counted(survey.launches, 'kernel')}"
    saved = less(survey.eager_bytes, survey.bytes) if survey.is_comparable else ""
    return f"{told} · {saved} memory traffic" if saved else told


def operator_names(subgraph: Subgraph) -> str:
    """``layer_norm, linear, gelu``, and of many the first and the last."""
    names = [spoken(node.called) for node in operators_of(subgraph)]
    return ", ".join(names if len(names) <= 5 else [*names[:3], "…", names[-1]])


def lines_of(numbers: Iterable[int]) -> str:
    """``line 16``, ``lines 16–18, 24``"""
    ordered = sorted(set(numbers))
    runs: list[list[int]] = []
    for number in ordered:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    told = ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)
    return f"line{'s' * (len(ordered) > 1)} {told}" if ordered else ""
