"""From a recorded launch to what the compiler wants: types, constants, and what is known of alignment."""

from __future__ import annotations

import types
from dataclasses import dataclass
from typing import Any

import triton.language as tl

from kernelagent.worker.aot.targets import Architecture

_POINTEE = {
    **{"float64": "fp64", "float32": "fp32", "float16": "fp16", "bfloat16": "bf16", "bool": "i1"},
    **{"float8_e4m3fn": "fp8e4nv", "float8_e5m2": "fp8e5"},
    **{"int64": "i64", "int32": "i32", "int16": "i16", "int8": "i8", "uint8": "u8", "uint32": "u32", "uint64": "u64"},
}
_NUMBERS = frozenset({"int", "float", "bool"})
_DIVISIBLE_BY_16 = [["tt.divisibility", 16]]


class Inexpressible(ValueError):
    """The launch has an argument that can't be given to the compiler as recorded."""


@dataclass(frozen=True)
class Specialization:
    """Arguments of ``triton.compiler.ASTSource``."""

    signature: dict[str, Any]
    constexprs: dict[tuple[int, ...], Any]
    attrs: dict[tuple[int, ...], Any]
    notes: tuple[str, ...] = ()


def specialize(
    function: Any, launch: dict[str, Any], arch: Architecture, namespace: types.ModuleType
) -> Specialization:
    """As Triton's own launcher specialises: 1 becomes a constant, multiples of 16 are marked. Raises Inexpressible."""
    signature: dict[str, Any] = {}
    constants: dict[tuple[int, ...], Any] = {}
    attrs: dict[tuple[int, ...], Any] = {}
    notes: list[str] = []
    given = {argument["name"]: argument for argument in launch["arguments"]}
    for index, parameter in enumerate(function.params):
        argument = given.get(parameter.name)
        if argument is None:
            raise Inexpressible(f"the launch gave no {parameter.name}")
        if parameter.is_constexpr:
            value, note = _allowed(parameter.name, _constexpr(argument["value"], namespace), arch)
            notes += [note] if note else []
            signature[parameter.name], constants[(index,)] = "constexpr", value
        else:
            declared = parameter.annotation_type if argument["kind"] in _NUMBERS else ""  # such a 1 is no constant
            fixed = not parameter.do_not_specialize
            signature[parameter.name] = declared or _type(argument, (index,), fixed, constants, attrs)
    return Specialization(signature, constants, attrs, tuple(notes))


def _type(
    argument: dict[str, Any],
    path: tuple[int, ...],
    specialized: bool,
    constants: dict[tuple[int, ...], Any],
    attrs: dict[tuple[int, ...], Any],
) -> Any:
    kind = argument["kind"]
    if kind == "tensor":
        if argument["aligned"]:
            attrs[path] = _DIVISIBLE_BY_16
        return "*" + _POINTEE[argument["dtype"]]
    if kind == "descriptor":
        return f"tensordesc<{_POINTEE[argument['dtype']]}[{','.join(map(str, argument['block']))}]>"
    if kind == "none" or (kind == "int" and argument["one"] and specialized):
        constants[path] = None if kind == "none" else 1
        return "constexpr"
    if kind == "int":
        if argument["divisible"] and specialized:
            attrs[path] = _DIVISIBLE_BY_16
        return argument["type"]
    if kind == "tuple":
        return tuple(_type(item, (*path, i), specialized, constants, attrs) for i, item in enumerate(argument["items"]))
    if kind in ("float", "bool"):
        return {"float": "fp32", "bool": "u1"}[kind]
    raise Inexpressible(f"an argument of type {argument.get('type', kind)} was not compiled for other targets")


def _constexpr(value: Any, namespace: types.ModuleType) -> Any:
    if not isinstance(value, dict):
        return value
    if "float" in value:
        return float(value["float"])
    if "tuple" in value:
        return tuple(_constexpr(item, namespace) for item in value["tuple"])
    if "dtype" in value:
        return next(d for d in vars(tl).values() if isinstance(d, tl.dtype) and str(d) == value["dtype"])
    if "function" in value and hasattr(namespace, value["function"]):
        return getattr(namespace, value["function"])
    raise Inexpressible(f"the constant {value} was not compiled for other targets")


def _allowed(name: str, value: Any, arch: Architecture) -> tuple[Any, str]:
    """A product's precision that the wrapper chose for the device at hand, brought to one that ``arch`` has."""
    if isinstance(value, str) and "PRECISION" in name.upper() and arch.backend == "hip":
        supported = {"ieee", "tf32"} if arch.name == "gfx942" else {"ieee"}
        if value not in supported:
            return "ieee", f"{name}={value} compiled as ieee for {arch.name}"
    return value, ""
