"""The class that a float32 kernel computes in: read off its error, and off its compiled products.

The error of the outputs says it wherever the kernel really ran in that precision. Triton's interpreter computes
``tl.dot`` in full whatever the kernel asks for, so there the compiled code is asked as well.
"""

from __future__ import annotations

from collections.abc import Iterator

from kernelagent.contract.verdict import Check
from kernelagent.driver.evidence import Evidence

_NARROW = {"f16": "float16", "bf16": "bfloat16"}
_ORDER = ("fp32", "tf32", "fp16", "bf16")


def products(evidence: Evidence) -> str | None:
    """The least exact precision of any kernel's float32 products, as compiled; ``None`` where there are none."""
    found = {entry.products for entry in evidence.compiled if entry.products is not None}
    order = ("ieee", "tf32x3", "bf16x6", "bf16x3", "tf32")
    return max(found, key=lambda name: order.index(name) if name in order else len(order), default=None)


def shown(evidence: Evidence) -> str | None:
    """The least exact class that the error of any case shows; ``None`` where none shows one.

    TF32 and fp16 operands are rounded to equally many digits: what runs in the interpreter, which has no TF32, is fp16.
    """
    found = {result.get("precision") for result in evidence.comparison.get("results", [])} & set(_ORDER)
    name = max(found, key=_ORDER.index, default=None)
    return "fp16" if name == "tf32" and not evidence.gpu else name


def _on_numbers(evidence: Evidence, case: int) -> Iterator[str]:
    """Where a kernel was launched with floats, another cause than operands of few digits."""
    launches = [launch for run in evidence.runs if run.case == case for launch in run.launches]
    arguments = [a for la in launches if isinstance(found := la.get("arguments"), list) for a in found]
    if any(isinstance(a, dict) and a.get("kind") == "float" for a in arguments):
        yield (
            "a float that a kernel is launched with is a float32 there: with 0.999 for beta, 1 - beta lost three of "
            "its seven digits; compute such numbers in the wrapper, and launch with the result"
        )


def check(evidence: Evidence) -> Iterator[Check]:
    """Float32 products must be as exact as float32, and so must the outputs."""
    found, by_error = products(evidence), shown(evidence)
    approximate = evidence.static.get("approximate") or []
    if approximate and by_error is not None and not evidence.gpu:
        name, line = approximate[0]
        detail = (
            f"{name} is an approximation in hardware, far less exact than float32 for most arguments, and the "
            "interpreter computes it exactly, so that its error cannot be seen here; use tl's own function, or verify "
            "on a GPU"
        )
        yield Check("precision", False, detail, line)
    elif found in ("tf32", "bf16x3"):
        culprit = next(entry for entry in evidence.compiled if entry.products == found)
        detail = (
            f"{culprit.kernel} multiplies float32 operands in {found}, which is some hundred times less exact than "
            'PyTorch\'s float32; say input_precision="tf32x3" or "ieee" (tl.dot\'s default is tf32)'
        )
        yield Check("precision", False, detail)
    elif narrow := next((entry for entry in evidence.compiled if entry.accumulator is not None), None):
        detail = (
            f"{narrow.kernel} adds up a product in {_NARROW.get(str(narrow.accumulator), narrow.accumulator)}; leave "
            "tl.dot's out_dtype at float32, as PyTorch adds up, and round once at the end"
        )
        yield Check("precision", False, detail)
    elif summed := next(
        (e for e in evidence.compiled if e.sums is not None and e.kernel in evidence.rounded_sums), None
    ):
        detail = (
            f"{summed.kernel} adds up a block in {_NARROW.get(str(summed.sums), summed.sums)}, as its elements are, "
            "and rounds at each addition; convert the block to float32 before the reduction, as PyTorch adds up, and "
            "round once at the end"
        )
        yield Check("precision", False, detail, evidence.rounded_sums[summed.kernel])
    elif by_error is not None and by_error != "fp32":
        culprits = [r for r in evidence.comparison["results"] if r.get("precision") not in ("", "fp32", "unknown")]
        name = evidence.name(culprits[0]["case"], culprits[0]["entry"], culprits[0]["turn"])
        detail = f"{name}: the error against float64 is that of {by_error}, where float32 is asked for"
        yield Check("precision", False, detail, notes=tuple(_on_numbers(evidence, culprits[0]["case"])))
    elif found is not None:
        yield Check("precision", True, f"float32 products are computed in {found}")
    elif by_error is not None:
        telling = sum(bool(result.get("telling")) for result in evidence.comparison["results"])
        told = f"; {telling} cases would have shown TF32's or fp16's" if telling else ""
        yield Check("precision", True, f"the error against float64 is float32's{told}")
