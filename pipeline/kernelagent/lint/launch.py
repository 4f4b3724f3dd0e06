"""Launches: ``kernel[grid](...)``, with the arguments sorted to the kernel's parameters."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kernelagent.lint.kernel import Kernel

if TYPE_CHECKING:
    from kernelagent.lint.kernel_file import Wrapper

LAUNCH_OPTIONS = frozenset(
    {"num_warps", "num_stages", "num_ctas", "maxnreg", "enable_fp_fusion", "allow_fp8e4nv", "stream", "device"}
    | {"device_type", "grid", "warmup", "debug", "sanitize_overflow", "launch_cooperative_grid", "launch_pdl"}
    | {"waves_per_eu", "matrix_instr_nonkdim", "kpack", "schedule_hint", "instrumentation_mode", "arch", "backend_name"}
    | {"cluster_dims", "extern_libs", "supported_fp8_dtypes", "default_dot_input_precision", "pre_hook", "ir_override"}
    | {"num_buffers_warp_spec", "num_consumer_groups", "reg_dec_producer", "reg_inc_consumer", "ptx_options"}
)
"""Keywords of a launch that are Triton's own, of any version and back end that we know."""


@dataclass(frozen=True)
class Launch:
    kernel: Kernel
    call: ast.Call
    grid: ast.expr
    wrapper: Wrapper
    given: dict[str, ast.expr]
    """Arguments by parameter."""
    twice: tuple[tuple[str, ast.expr], ...]
    """Parameters that are given by position and by name."""
    too_many: ast.expr | None
    """The first positional argument that has no parameter."""
    unknown: tuple[ast.keyword, ...]
    """Keywords that are no parameter and no option of a launch."""
    is_whole: bool
    """No ``*arguments`` or ``**keywords`` hide any."""
    globals: Mapping[str, list[ast.expr]]

    @property
    def axes(self) -> tuple[ast.expr, ...] | None:
        """The grid's sizes, where they are written out: as a tuple, or as what a function of the meta-parameters
        returns."""
        return self._sizes(self.grid, 0)

    def _sizes(self, node: ast.expr, depth: int) -> tuple[ast.expr, ...] | None:
        if isinstance(node, ast.Tuple):
            return None if any(isinstance(item, ast.Starred) for item in node.elts) else tuple(node.elts)
        if isinstance(node, ast.Lambda):
            return self._sizes(node.body, depth)
        if isinstance(node, ast.Name) and depth < 2:
            value = self.value_of(node)
            returned = self._returned(node.id, depth)
            if value is None or returned is not None:
                return None if node.id in self.wrapper.assignments else returned
            return self._sizes(value, depth + 1)
        return None

    def _returned(self, name: str, depth: int) -> tuple[ast.expr, ...] | None:
        """What a function nested in the wrapper returns, if that is one thing."""
        functions = [n for n in self.wrapper.nodes if isinstance(n, ast.FunctionDef) and n.name == name]
        if len(functions) != 1:
            return None
        returns = [n.value for n in ast.walk(functions[0]) if isinstance(n, ast.Return) and n.value is not None]
        return self._sizes(returns[0], depth + 1) if len(returns) == 1 else None

    def value_of(self, node: ast.expr) -> ast.expr | None:
        """What a name was assigned, where that happened once; other expressions are themselves."""
        if not isinstance(node, ast.Name):
            return node
        values = self.wrapper.assignments.get(node.id) or self.globals.get(node.id)
        return values[0] if values is not None and len(values) == 1 else None


def find_launches(
    wrapper: Wrapper, kernels: Mapping[str, Kernel], globals_: Mapping[str, list[ast.expr]]
) -> Iterator[Launch]:
    for node in wrapper.nodes:
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Subscript):
            continue
        name = node.func.value
        if not isinstance(name, ast.Name) or name.id not in kernels:
            continue
        if name.id in wrapper.assignments or name.id in globals_:  # another thing by now
            continue
        yield _sorted(kernels[name.id], node, node.func.slice, wrapper, globals_)


def _sorted(
    kernel: Kernel, call: ast.Call, grid: ast.expr, wrapper: Wrapper, globals_: Mapping[str, list[ast.expr]]
) -> Launch:
    arguments = kernel.node.args
    positional = [item.arg for item in (*arguments.posonlyargs, *arguments.args)]
    given: dict[str, ast.expr] = {}
    twice: list[tuple[str, ast.expr]] = []
    unknown: list[ast.keyword] = []
    too_many: ast.expr | None = None
    is_whole = True
    for index, value in enumerate(call.args):
        if isinstance(value, ast.Starred):
            is_whole = False
            break
        if index < len(positional):
            given[positional[index]] = value
        elif arguments.vararg is None and too_many is None:
            too_many = value
    for keyword in call.keywords:
        if keyword.arg is None:
            is_whole = False
        elif keyword.arg in kernel.by_name:
            if keyword.arg in given:
                twice.append((keyword.arg, keyword.value))
            given[keyword.arg] = keyword.value
        elif keyword.arg not in LAUNCH_OPTIONS and arguments.kwarg is None:
            unknown.append(keyword)
    return Launch(kernel, call, grid, wrapper, given, tuple(twice), too_many, tuple(unknown), is_whole, globals_)
