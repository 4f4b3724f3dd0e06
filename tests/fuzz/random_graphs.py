"""Random modules: legal by construction, since each operator is tried on real tensors before it is taken.

A module is a few inputs (shapes, strides and dtypes at random, dimensions shared among them) and a straight line of
operators over what was computed before. What comes out as its text is a case like those of ``tests/synth``.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F

from tests.synth.case import Case

MOST_ELEMENTS = 3000
DTYPES = ("float32",) * 6 + ("float64", "float16", "bfloat16", "int64", "int64", "bool")
SIZES = (2, 3, 4, 5, 6, 8)

UNARY = (
    *(
        "{a}.relu()",
        "{a}.sigmoid()",
        "{a}.tanh()",
        "F.gelu({a})",
        "F.silu({a})",
        "{a}.exp().clamp(max=50)",
        "{a}.abs()",
    ),
    *("{a}.neg()", "{a} * 0.5", "{a} + 1", "1 - {a}", "{a}.square()", "{a}.sin()", "{a}.abs().sqrt()", "{a}.floor()"),
    *("F.softplus({a})", "{a}.clamp(-1, 1)", "F.leaky_relu({a}, 0.1)", "{a}.sign()", "F.hardswish({a})", "{a}.erf()"),
)
OF_ANY = ("{a} * 2", "{a} + {a}", "{a}.abs()", "-{a}", "{a}.clamp(min=0)", "{a}.float()", "{a}.to(torch.float64)")
BINARY = (
    *("{a} + {b}", "{a} - {b}", "{a} * {b}", "torch.maximum({a}, {b})", "torch.minimum({a}, {b})"),
    *("{a} / ({b}.abs() + 1)", "torch.where({a} > {b}, {a}, {b})", "({a} > {b}).float()", "torch.atan2({a}, {b} + 2)"),
)
REDUCTIONS = (
    *("{a}.sum({d})", "{a}.mean({d})", "{a}.amax({d})", "{a}.amin({d}, keepdim=True)", "{a}.var({d}, unbiased=False)"),
    *("{a}.softmax({d})", "{a}.log_softmax({d})", "{a}.cumsum({d})", "{a}.argmax({d})", "{a}.logsumexp({d})"),
    *("{a}.sum({d}, keepdim=True)", "{a}.norm(dim={d})", "{a} - {a}.mean({d}, keepdim=True)", "{a}.cummax({d}).values"),
    *("{a}.sort({d}, stable=True).values", "F.normalize({a}, dim={d})", "{a}.any({d})", "{a}.sum()", "{a}.max()"),
    *("{a}.std({d})", "{a}.prod({d})", "{a}.topk(2, {d}).values", "F.layer_norm({a}, {a}.shape[-1:])"),
)
VIEWS = (
    *("{a}.transpose({d}, {e})", "{a}.unsqueeze({d})", "{a}.flip({d})", "{a}.flatten()", "{a}.flatten(0, 1)"),
    *("{a}.narrow({d}, 1, {a}.shape[{d}] - 1)", "torch.cat([{a}, {a}], {d})", "torch.stack([{a}, {a} * 2], {d})"),
    *("{a}.roll(1, {d})", "F.pad({a}, (1, 1))", "{a}.chunk(2, {d})[0]", "{a}.contiguous()", "{a}[::2]", "{a}[..., 0]"),
    *(
        "{a}.unsqueeze({d}).expand(*{a}.shape[:{d}], 3, *{a}.shape[{d}:])",
        "{a}.repeat_interleave(2, {d})",
        "{a}[..., -1:]",
    ),
    *(
        "torch.tril({a})",
        "torch.triu({a}, 1)",
        "{a}.movedim({d}, {e})",
        "{a}.unbind({d})[1]",
        "{a}.repeat(2, *[1] * ({a}.dim() - 1))",
    ),
    *("{a}.reshape({a}.shape[0], -1)", "{a}.reshape(-1, {a}.shape[-1])", "{a}.unfold({d}, 2, 1)", "{a}.diagonal()"),
)
PAIRS = (
    *("{a} @ {b}", "{a} @ {b}.transpose(-1, -2)", "torch.cat([{a}, {b}], {d})", "F.linear({a}, {b})"),
    *("{a}.transpose(-1, -2) @ {b}", "torch.einsum('...i,...i->...', {a}, {b})", "{a}.masked_fill({b} > 0, -2.0)"),
    *(
        "F.mse_loss({a}, {b})",
        "torch.outer({a}.flatten()[:7], {b}.flatten()[:5])",
        "F.cosine_similarity({a}, {b}, dim={d})",
    ),
)
BY_INDEX = ("{a}.index_select(0, {i}.flatten() % {a}.shape[0])", "{a}[{i}.flatten() % {a}.shape[0]]")


@dataclass
class _Growing:
    choose: random.Random
    values: dict[str, torch.Tensor] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)


def random_case(seed: int) -> Case:
    """The module of a seed; the same each time."""
    choose = random.Random(seed)
    torch.manual_seed(seed)
    growing = _Growing(choose)
    dims = [choose.choice(SIZES) for _ in range(3)]
    inputs = [_input(choose, dims) for _ in range(choose.choice((1, 2, 2, 3)))]
    for name, text in zip(("x", "y", "z"), inputs, strict=False):
        growing.values[name] = eval(text, {"torch": torch})
    for _ in range(choose.randint(2, 9)):
        _grow(growing)
    unused = [name for name in growing.values if name not in growing.used]
    results = [name for name in unused if name.startswith("v")] or [list(growing.values)[-1]]
    for name in [n for n in unused if not n.startswith("v")]:  # an input that nothing reads is no argument
        growing.lines.append(
            f"w{name} = {name} + {name}" if growing.values[name].dtype != torch.bool else f"w{name} = ~{name}"
        )
        results.append(f"w{name}")
    body = [*growing.lines, f"return {', '.join(results[:4])}"]
    return Case(", ".join(inputs), "\n        ".join(body))


def _input(choose: random.Random, dims: list[int]) -> str:
    shape = [choose.choice((*dims, *dims, 1, choose.choice(SIZES))) for _ in range(choose.choice((1, 2, 2, 3, 3, 4)))]
    dtype = choose.choice(DTYPES)

    def filled(shape: list[int]) -> str:
        sizes = f"({', '.join(map(str, shape))},)"
        if dtype == "int64":
            return f"torch.randint(-4, 7, {sizes})"
        if dtype == "bool":
            return f"(torch.rand{sizes.replace(',)', ')')} > 0.5)"
        text = f"torch.randn{sizes.replace(',)', ')')}"
        return text if dtype == "float32" else f"{text}.to(torch.{dtype})"

    way = choose.choice(("", "", "", "", "transposed", "stepped", "expanded"))
    if way == "transposed" and len(shape) > 1:
        return f"{filled([*shape[:-2], shape[-1], shape[-2]])}.transpose(-1, -2)"
    if way == "stepped":
        return f"{filled([shape[0] * 2, *shape[1:]])}[::2]"
    if way == "expanded":
        return f"{filled([1, *shape[1:]])}.expand({', '.join(map(str, shape))})"
    return filled(shape)


def _grow(growing: _Growing) -> None:
    """One more operator, the first of up to twenty that PyTorch takes and that keeps values in bounds."""
    for _ in range(20):
        text, names = _candidate(growing)
        try:
            made = eval(text, {"torch": torch, "F": F, **growing.values})
        except Exception:  # noqa: BLE001  it is illegal for these operands: another one
            continue
        if not isinstance(made, torch.Tensor) or not _is_sensible(made):
            continue
        name = f"v{len(growing.lines)}"
        growing.lines.append(f"{name} = {text}")
        growing.values[name] = made
        growing.used |= names
        return


def _candidate(growing: _Growing) -> tuple[str, set[str]]:
    choose = growing.choose
    names = list(growing.values)
    recent = [*names, *names[-2:], names[-1], names[-1]]
    a, b = choose.choice(recent), choose.choice(names)
    kind: Callable[[str], tuple[str, ...]] = {
        "unary": lambda a: UNARY if growing.values[a].is_floating_point() else OF_ANY,
        "binary": lambda a: BINARY,
        "reduction": lambda a: REDUCTIONS,
        "view": lambda a: VIEWS,
        "pair": lambda a: PAIRS,
        "index": lambda a: BY_INDEX,
    }[choose.choices(("unary", "binary", "reduction", "view", "pair", "index"), (4, 4, 4, 4, 2, 1))[0]]
    template = choose.choice(kind(a))
    rank = max(growing.values[a].dim(), 1)
    integers = [n for n in names if growing.values[n].dtype == torch.int64] or [a]
    i = choose.choice(integers)
    parts = {"a": a, "b": b, "i": i, "d": choose.randrange(rank), "e": choose.randrange(rank)}
    used = {parts[key] for key in "abi" if f"{{{key}}}" in template}
    return template.format(**parts), {str(name) for name in used}


def _is_sensible(made: torch.Tensor) -> bool:
    if made.numel() > MOST_ELEMENTS or made.numel() == 0 or made.dim() > 5 or made.is_complex():
        return False
    if not made.is_floating_point():
        return True
    return bool(made.isfinite().all()) and float(made.abs().max()) < 1e4
