"""Kernels that do nothing worth the name, written for a captured problem: zeros, one constant, an input copied."""

from __future__ import annotations

from kernelagent.contract.problem import Problem, TensorSpec

HEAD = """\
import torch
import triton
import triton.language as tl


@triton.jit
def fill(out_ptr, n, VALUE: tl.constexpr, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out_ptr + i, tl.full((BLOCK,), VALUE, out_ptr.dtype.element_ty), mask=i < n)


@triton.jit
def copy(in_ptr, out_ptr, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out_ptr + i, tl.load(in_ptr + i, mask=i < n), mask=i < n)


"""


def trivial_kernels(problem: Problem, mean: float) -> dict[str, str]:
    """Name → text of a kernel file. Empty where the outputs' shapes cannot be told from the inputs' sizes, or there is
    more than one output."""
    shape = _shape(problem)
    if shape is None:
        return {}
    out = problem.outputs[0]
    make = f"    out = torch.empty({shape}, dtype=torch.{out.dtype}, device=tensors[0].device)\n"
    launch = "[(triton.cdiv(out.numel(), 1024),)]"

    def filled(value: str) -> str:
        body = f"    if out.numel():\n        fill{launch}(out, out.numel(), {value}, BLOCK=1024)\n    return out\n"
        return f"{HEAD}def kernel_function(*tensors):\n{make}{body}"

    kernels = {"zeros": filled("0"), "constant": filled(repr(mean) if out.dtype.startswith(("f", "b")) else "1")}
    alike = [i for i, spec in enumerate(problem.inputs) if (spec.dims, spec.dtype) == (out.dims, out.dtype)]
    if alike:
        body = f"    source = tensors[{alike[0]}].contiguous()\n    if out.numel():\n"
        body += f"        copy{launch}(source, out, out.numel(), BLOCK=1024)\n    return out\n"
        kernels["identity"] = f"{HEAD}def kernel_function(*tensors):\n{make}{body}"
    return kernels


def _shape(problem: Problem) -> str | None:
    places = {
        dim: f"tensors[{number}].shape[{axis}]"
        for number, spec in reversed(list(enumerate(problem.inputs)))
        for axis, dim in enumerate(spec.dims)
        if dim.isidentifier()
    }
    free = {f.symbol for f in problem.free_sizes}
    if len(problem.outputs) != 1 or not free <= set(places):
        return None
    return _written(problem.outputs[0], places)


def _written(spec: TensorSpec, places: dict[str, str]) -> str:
    """The shape as an expression over ``tensors``: each symbol is bound by a lambda's parameter."""
    if not places:
        return f"({''.join(f'{dim}, ' for dim in spec.dims)})"
    names, values = ", ".join(places), ", ".join(places.values())
    return f"(lambda {names}: ({''.join(f'{dim}, ' for dim in spec.dims)}))({values})"
