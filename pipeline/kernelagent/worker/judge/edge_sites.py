"""Where a module's own lines compare computed floats with a number, look them up between numbers, or round them, and
what would come of it if one such place went the other way just at its edge."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from kernelagent.worker.judge.sureness import MOVES, are_short

_COMPARES = frozenset({"lt", "le", "gt", "ge", "eq", "ne"})
_SEARCHES = frozenset({"bucketize", "searchsorted"})
_MOST_BOUNDARIES = 32


@dataclass(frozen=True)
class Site:
    line: int
    """Of the module's file."""
    operator: str
    edge: float
    """The number; 1/2 stands for every half, of a rounding."""
    turn: int = 0
    """Which of those of one line, operator and edge it is."""

    @property
    def told(self) -> str:
        what = "what is rounded" if self.operator == "round" else f"what is held against {self.edge:g}"
        return f"line {self.line}: {what}"


class EdgeSites(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Around one call. ``file``: the module's. ``turned``: the place that goes the other way wherever its float is just
    at the edge."""

    def __init__(self, file: str, turned: Site | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._file, self._turned = file, turned
        self.met: dict[Site, bool] = {}
        """Each place → whether any element is just at its edge."""
        self.unreachable: set[Site] = set()
        """Places whose floats rest on weights that have more digits than any exact arithmetic keeps. Told where the
        inputs have few."""
        self._computed: dict[int, tuple[torch.Tensor, bool]] = {}
        """Number of a tensor → that, held, and whether it rests on such weights. Others are inputs and weights, or
        moved about."""
        self._count: dict[tuple[int, str, float], int] = {}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        name = str(func._schema.name).partition("::")[2].rstrip("_")
        edges = self._edges(name, args, kwargs)
        asked = [args[name == "searchsorted"]] if edges else []
        before = [tensor.detach().clone() if func._schema.is_mutable else tensor for tensor in asked]
        rests = any(map(self._rests_on_weights, asked))
        result = func(*args, **kwargs)
        self._note(func, name, args, kwargs, result)
        for edge in edges:
            result = self._met(name, before[0], rests, args, kwargs, edge, result)
        return result

    def _edges(self, name: str, args: Any, kwargs: Any) -> list[float]:
        """Of a call that asks something of floats that are computed."""
        if name in _SEARCHES:
            boundaries, asked = (args[1], args[0]) if name == "bucketize" else (args[0], args[1])
            if id(asked) in self._computed and boundaries.numel() <= _MOST_BOUNDARIES:
                return [float(b) for b in boundaries.detach().double().flatten().tolist()]
            return []
        if not args or not isinstance(args[0], torch.Tensor) or id(args[0]) not in self._computed:
            return []
        if name in _COMPARES and len(args) > 1 and isinstance(args[1], (int, float)):
            return [float(args[1])]
        return [0.5] if name == "round" and not kwargs.get("decimals") else []

    def _met(
        self, name: str, asked: torch.Tensor, rests: bool, args: Any, kwargs: Any, edge: float, result: Any
    ) -> Any:
        line = self._line()
        if not line:
            return result
        key = line, name, edge
        self._count[key] = turn = self._count.get(key, -1) + 1
        site = Site(line, name, edge, turn)
        with torch._C._DisableTorchDispatch():
            at = (asked - asked.trunc()).abs() == edge if name == "round" else asked.double() == edge
            self.met[site] = bool(at.any())
            if rests:
                self.unreachable.add(site)
            if site != self._turned:
                return result
            if name == "round":
                return torch.where(at, 2 * asked - result, result)
            if name in _COMPARES:
                return result ^ at
            right = not kwargs.get("right", False)
            operator = torch.bucketize if name == "bucketize" else torch.searchsorted
            return torch.where(at, operator(args[0], args[1], right=right).to(result.dtype), result)

    def _note(self, func: Any, name: str, args: Any, kwargs: Any, result: Any) -> None:
        given = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor)]
        known = [self._computed[id(leaf)] for leaf in given if id(leaf) in self._computed]
        if not given or ((func.is_view or name in MOVES) and not known):
            return
        rests = any(on_weights for _, on_weights in known)
        if not rests:
            with torch._C._DisableTorchDispatch():
                floats = [t for t in given if t.is_floating_point() and id(t) not in self._computed]
                rests = any(t.numel() > 1 and not are_short(t.detach()) for t in floats)
        for leaf in tree_leaves(result):
            if isinstance(leaf, torch.Tensor) and leaf.is_floating_point():
                self._computed[id(leaf)] = leaf, rests

    def _rests_on_weights(self, tensor: torch.Tensor) -> bool:
        return self._computed.get(id(tensor), (tensor, False))[1]

    def _line(self) -> int:
        frame = sys._getframe(3)
        while frame is not None:
            if frame.f_code.co_filename == self._file:
                return frame.f_lineno
            if frame.f_back is None:
                return 0
            frame = frame.f_back
        return 0
