"""Inputs on which a comparison or a rounding of the module's own stands exactly at its edge.

``>`` and ``>=`` differ at one number only, rounding half up and half to even at every other half. Random values never
meet these; here all values are the module's own numbers, halves and whole numbers. Nothing is asked where another sound
order of operations would turn the edge: what is compared or rounded must be sure (``sureness.py``), and nothing that is
not may come near an edge.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from kernelagent.worker.judge import reference_run
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.judge.sureness import SURE, UNSURE, Sureness, are_short, is_short
from kernelagent.worker.problem import Specimen

COMPARES = frozenset({"eq", "ne", "lt", "le", "gt", "ge", "isin", "bucketize", "searchsorted"})
_OF_SIGN = frozenset({"sign", "sgn", "heaviside", "signbit", "logical_not", "nonzero"})
_ASKS_FOR_ZEROS = frozenset({"any", "all", "logical_not", "logical_and", "logical_or", "nonzero", "count_nonzero"})
_AT_A_NUMBER = frozenset({"hardshrink", "threshold"})
_DIVIDES = frozenset({"fmod", "remainder", "floor_divide", "div"})
_ROUNDS = frozenset({"round", "floor", "ceil", "trunc", "fix", "frac"})
_DECIDES = (COMPARES | _OF_SIGN | _AT_A_NUMBER | _DIVIDES | _ROUNDS) - {"div"}
"""Operators whose result jumps somewhere."""
_HOW = frozenset({"dim", "axis", "reduction", "mode"})
_NEAR = 64.0
"""Units in the last place from an edge."""
_MOST_NUMBERS, _LARGEST = 12, 64.0
_FEW = 8
"""Elements of a tensor of integers that are taken for numbers of the module's own."""
_PLAIN = (0.0, -0.0, 0.5, -0.5, 1.0, -1.0, 1.5, -1.5, 2.0, -2.0, 2.5, -2.5, 3.0)


def palette(model: torch.nn.Module, specimen: Specimen) -> tuple[float, ...]:
    """The values to draw from. Raises ``NoCase`` where the module decides nothing."""
    heard = listened(model, specimen)
    if not heard.decides:
        raise NoCase("it neither compares nor rounds")
    own = dict.fromkeys([*heard.compared, *heard.numbers])
    near = [float(n) for n in own if abs(n) <= _LARGEST and is_short(n)][:_MOST_NUMBERS]
    return tuple(dict.fromkeys([*_PLAIN, *near, *(-n for n in near)]))


def are_met(model: torch.nn.Module, specimen: Specimen) -> bool:
    """Whether something is decided on values of ``specimen`` that every exact arithmetic gives, and nothing is that
    another order of operations may turn."""
    heard = listened(model, specimen)
    return heard.is_sure and not heard.is_near


def listened(model: torch.nn.Module, specimen: Specimen) -> Heard:
    """What is heard in one call of ``model``."""
    with Heard() as heard:
        reference_run.run(model, specimen)
    return heard  # type: ignore[no-any-return]


def drawn(tensor: torch.Tensor, values: tuple[float, ...], generator: torch.Generator) -> torch.Tensor:
    """``tensor``'s shape and dtype, of ``values``."""
    chosen = torch.tensor(values, dtype=torch.float64)[torch.randint(len(values), tensor.shape, generator=generator)]
    return chosen.to(tensor.dtype)


class Heard(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """The numbers that operators are called with, and what is decided."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.numbers: dict[float | int, None] = {}
        self.compared: dict[float | int, None] = {}
        """Those that something is compared with that is an input, or made of inputs without an error."""
        self.compared_floats: dict[float | int, None] = {}
        """Those of them that such floats are compared with."""
        self.asks_for_zeros = False
        """Any floats are compared with 0, or asked whether they are, also such as were computed with an error."""
        self.counts: dict[int, None] = {}
        """Those that integers are computed with or compared to; also where they are tensors of one integer."""
        self.labels: dict[int, None] = {}
        """Those that operators are given beside tensors of integers: a label to leave out, a row of padding."""
        self.decides = False
        self.rounds = False
        self.is_sure = False
        """A decision on values that every exact arithmetic gives."""
        self.is_near = False
        """One on others, so near its edge that another order of operations may turn it."""
        self.compares_near = False
        """Such a one that is no rounding."""
        self._sureness = Sureness()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        leaves = tree_leaves((args, kwargs))
        tensors = [leaf for leaf in leaves if isinstance(leaf, torch.Tensor)]
        floats = [t for t in tensors if t.is_floating_point()]
        given = [n for n in leaves if isinstance(n, (int, float)) and not isinstance(n, bool) and math.isfinite(n)]
        before = self._sureness.of(tensors)
        name = str(func._schema.name).partition("::")[2].rstrip("_")
        decides = bool(floats) and (name in _DECIDES or _rounds(name, kwargs))
        at = [t.detach().clone() for t in floats] if decides and func._schema.is_mutable else floats
        result = func(*args, **kwargs)
        self._sureness.note(func, name, args, kwargs, before, result)
        if not func.is_view:
            self.labels |= dict.fromkeys(_labels(func, args, kwargs) if any(map(_is_whole, tensors)) else ())
            self.numbers |= dict.fromkeys(given)
            if tensors and not floats:
                whole = [*given, *(int(t) for t in tensors if len(tensors) > 1 and _is_one_integer(t))]
                self.counts |= {int(n): None for n in whole if isinstance(n, int)}
                if name in COMPARES:
                    few = [t for t in tensors if 1 < t.numel() <= _FEW]
                    self.compared |= dict.fromkeys([*whole, *(int(n) for t in few for n in t.flatten().tolist())])
        self.rounds |= name.lstrip("_").startswith("fake_quantize")
        self.asks_for_zeros |= bool(floats) and (name in _ASKS_FOR_ZEROS or (name in COMPARES and 0 in given))
        if decides or (floats and _truncates(name, result)):
            self.decides = True
            self.rounds |= not decides or name in _ROUNDS or _rounds(name, kwargs)
            self._decided(name if decides else "trunc", at, given, before)
        return result

    def _decided(self, name: str, floats: list[torch.Tensor], given: list[float | int], before: int) -> None:
        if name in COMPARES and before == SURE and (held := [n for n in given if _holds(floats[0], n)]):
            self.compared |= dict.fromkeys(held)
            self.compared_floats |= dict.fromkeys(held)
        if name in _DIVIDES:
            is_sure = before == SURE and all(are_short(t) for t in floats) and all(is_short(n) for n in given)
        elif name in COMPARES | _AT_A_NUMBER:
            is_sure = before == SURE and all(_holds(floats[0], n) for n in given)
            is_sure |= before > UNSURE and len(floats) == 1 and bool(given) and not any(given)
        else:
            is_sure = before == SURE or (name in _OF_SIGN and before > UNSURE)
        self.is_sure |= is_sure and all(t.numel() > 0 and are_short(t) for t in floats)
        is_near = not is_sure and _is_near(name, floats, given)
        self.is_near |= is_near
        self.compares_near |= is_near and name not in _ROUNDS


def _is_near(name: str, floats: list[torch.Tensor], given: list[float | int]) -> bool:
    """Whether any element is within rounding of where ``name`` jumps; so are all where that is not known."""
    if any(not t.numel() for t in floats):
        return False
    if name in _ROUNDS:
        return is_near_rounding(floats[0])
    eps = _NEAR * max(torch.finfo(t.dtype).eps for t in floats)
    one = floats[0].detach().double()
    if name in _OF_SIGN:
        return bool((one.abs() <= eps * one.abs().max()).any())
    if name in _AT_A_NUMBER:
        one, others = one.abs(), [torch.tensor(abs(float(n))) for n in given[:1]]
    elif name in ("eq", "ne", "lt", "le", "gt", "ge"):
        others = [*(t.detach().double() for t in floats[1:]), *(torch.tensor(float(n)) for n in given[:1])]
    else:
        return True
    return any(bool(((one - other).abs() <= eps * torch.maximum(one.abs(), other.abs())).any()) for other in others)


def is_near_rounding(argument: torch.Tensor) -> bool:
    """Whether any element is within rounding of a half or a whole number."""
    eps = _NEAR * torch.finfo(argument.dtype).eps
    halves = 2 * argument.detach().double()
    return bool(((halves - halves.round()).abs() <= eps * halves.abs().clamp(min=1.0)).any())


def _holds(tensor: torch.Tensor, number: float | int) -> bool:
    """Whether ``tensor``'s dtype has just this number."""
    return float(torch.tensor(float(number), dtype=torch.float64).to(tensor.dtype)) == number


def _labels(func: Any, args: Any, kwargs: Any) -> list[int]:
    """Integers that ``func`` is given by themselves, but for those that say along what, or how."""
    named = {**dict(zip((a.name for a in func._schema.arguments), args, strict=False)), **kwargs}
    return [n for name, n in named.items() if type(n) is int and name not in _HOW]


def _is_one_integer(tensor: torch.Tensor) -> bool:
    return tensor.numel() == 1 and _is_whole(tensor)


def _is_whole(tensor: torch.Tensor) -> bool:
    return not (tensor.is_floating_point() or tensor.is_complex() or tensor.dtype == torch.bool)


def _rounds(name: str, kwargs: dict[str, Any]) -> bool:
    return name == "div" and kwargs.get("rounding_mode") is not None


def _truncates(name: str, result: Any) -> bool:
    is_whole = isinstance(result, torch.Tensor) and not (result.is_floating_point() or result.is_complex())
    return name in ("_to_copy", "copy") and is_whole and result.dtype != torch.bool
