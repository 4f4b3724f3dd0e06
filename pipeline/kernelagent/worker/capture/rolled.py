"""Loops over steps, found again in a graph in which a trace has written out every step.

A run of nodes that repeats with a period is a loop where each step reads the same as the last: itself, the step
before, what lies outside, or an outside value at an index that moves evenly with the step. The run becomes one node,
``kernelagent.loop``, whose results are all steps of what is read later, and the last of what is handed on.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from kernelagent.contract.codec import from_json, to_json
from kernelagent.worker.capture.graph import Graph, Node

LOOP = "kernelagent.loop"
STEP = "step_number"
"""Goes from 1 to the number of steps."""
LEAST_STEPS = 4
LONGEST_BODY = 256
_JOINED = ("aten.stack.default", "aten.cat.default")


class _Differs(Exception):
    """The steps do not do the same."""


@dataclass
class _Run:
    start: int
    period: int
    steps: int

    @property
    def end(self) -> int:
        return self.start + self.period * self.steps


def rolled(graph: Graph) -> Graph:
    """``graph`` with the longest loop in it as one node; as it is where there is none."""
    run = _longest(graph.nodes)
    if run is None:
        return graph
    try:
        return _Roller(graph, run).graph()
    except _Differs:
        return graph


def _longest(nodes: Sequence[Node]) -> _Run | None:
    kinds: dict[Any, int] = {}
    signs = [kinds.setdefault((n.op, n.shape, n.dtype, n.line), len(kinds)) for n in nodes]
    best: _Run | None = None
    for period in range(1, min(len(signs) // LEAST_STEPS, LONGEST_BODY) + 1):
        equal = 0
        for at in range(len(signs) - period + 1):
            if at + period < len(signs) and signs[at] == signs[at + period]:
                equal += 1
                continue
            steps = equal // period + 1
            if steps >= LEAST_STEPS and (best is None or steps * period > best.steps * best.period):
                best = _Run(at + period - steps * period, period, steps)
            equal = 0
    return best


@dataclass
class _Body:
    nodes: list[Node] = field(default_factory=list)
    states: dict[int, str] = field(default_factory=dict)
    """Offset of the node whose value of the step before is read → the node outside that comes before the first."""


class _Roller:
    def __init__(self, graph: Graph, run: _Run):
        self.whole = graph
        self.run = run
        self.nodes = {n.name: n for n in graph.nodes}
        self.at = {n.name: i for i, n in enumerate(graph.nodes)}
        self.body = _Body()
        self.taken = {n.name for n in graph.nodes} | {g.name for g in graph.inputs}

    def graph(self) -> Graph:
        run = self.run
        if self.whole.random:
            raise _Differs  # what is drawn in a step is drawn anew in the next
        for offset in range(run.period):
            same = [self.whole.nodes[run.start + step * run.period + offset] for step in range(run.steps)]
            args = {key: self._joined([n.args[key] for n in same], key) for key in same[0].args}
            self.body.nodes.append(dataclasses.replace(same[0], args=args, name=self._local(offset)))
        kept, later = self._results()
        if not self.body.states:
            raise _Differs  # steps that hand nothing on are no recurrence
        after = self._after(kept)
        return self._assembled(list(self.kept), [*after, *later])

    def _local(self, offset: int) -> str:
        return self.whole.nodes[self.run.start + offset].name

    def _place(self, name: str) -> tuple[int, int] | None:
        """Step and offset of a node of the run."""
        at = self.at.get(name, -1) - self.run.start
        return divmod(at, self.run.period) if 0 <= at < self.run.period * self.run.steps else None

    # -- the body --------------------------------------------------------------------------------------------------

    def _joined(self, values: Sequence[Any], key: str) -> Any:
        """An argument of all steps as one, over the step."""
        first = values[0]
        if any(type(v) is not type(first) for v in values):
            raise _Differs
        if isinstance(first, dict):
            if "node" in first:
                return self._reference([v["node"] for v in values])
            if any(v != first for v in values):
                raise _Differs
            return first
        if isinstance(first, list):
            if any(len(v) != len(first) for v in values):
                raise _Differs
            return [self._joined([v[i] for v in values], key) for i in range(len(first))]
        if all(v == first for v in values):
            return first
        if isinstance(first, int) and key in ("index", "start", "end"):
            return self._moving(values)
        raise _Differs

    def _moving(self, values: Sequence[int]) -> dict[str, str]:
        stride = values[1] - values[0]
        if any(v != values[0] + stride * step for step, v in enumerate(values)):
            raise _Differs
        return {
            "size": f"{values[0] - stride} + {stride}*{STEP}"
            if stride > 0
            else f"{values[0] - stride} - {-stride}*{STEP}"
        }

    def _reference(self, names: Sequence[str]) -> dict[str, str]:
        places = [self._place(name) for name in names]
        if all(place is None for place in places):
            return {"node": names[0]} if len(set(names)) == 1 else self._picked(names)
        last = places[-1]
        if last is None:
            raise _Differs
        before = self.run.steps - 1 - last[0]
        if before == 0 and all(place == (step, last[1]) for step, place in enumerate(places)):
            return {"local": self._local(last[1])}
        if before != 1 or places[0] is not None:
            raise _Differs
        if any(place != (step, last[1]) for step, place in enumerate(places[1:])):
            raise _Differs
        if self.body.states.setdefault(last[1], names[0]) != names[0]:
            raise _Differs
        return {"local": _held(self._local(last[1]))}

    def _picked(self, names: Sequence[str]) -> dict[str, str]:
        """One after another of what ``unbind`` gives."""
        nodes = [self.nodes.get(name) for name in names]
        sources = {n.args["source"]["node"] if n is not None and n.op == "getitem" else "" for n in nodes}
        source = self.nodes.get(sources.pop()) if len(sources) == 1 else None
        first = nodes[0]
        if source is None or first is None or source.op != "aten.unbind.int":
            raise _Differs
        index = self._moving([n.args["index"] for n in nodes if n is not None])
        args = {"self": source.args["self"], "dim": source.args["dim"], "index": index}
        name = self._fresh(f"{first.name}_of_step")
        self.body.nodes.append(dataclasses.replace(first, name=name, op="aten.select.int", args=args))
        return {"local": name}

    def _fresh(self, wanted: str) -> str:
        name, count = wanted, 1
        while name in self.taken:
            count += 1
            name = f"{wanted}_{count}"
        self.taken.add(name)
        return name

    # -- what is read after it -------------------------------------------------------------------------------------

    def _results(self) -> tuple[list[int], list[Node]]:
        """Offsets of what is kept of every step, and the nodes after the run, which read that."""
        self.kept: dict[int, str] = {}
        """Offset → node that stands for all steps of it."""
        self.last: dict[int, str] = {}
        later: list[Node] = []
        for node in self.whole.nodes[self.run.end :]:
            whole = self._all_steps(node) if node.op in _JOINED else None
            if whole is not None:
                later += self._as_one(node, whole)
            else:
                later.append(dataclasses.replace(node, args=self._reading(node.args, later)))
        self.outputs = tuple(self._read(name, later) or name for name in self.whole.outputs)
        self.mutations = {path: self._read(name, later) or name for path, name in self.whole.mutations.items()}
        return list(self.kept), later

    def _all_steps(self, node: Node) -> int | None:
        """Offset of what the node joins, if it joins exactly all steps of one, in order."""
        names = [t.get("node") for t in node.args["tensors"]]
        places = [self._place(name) for name in names]
        if len(places) != self.run.steps or places[0] is None:
            return None
        offset = places[0][1]
        return offset if places == [(step, offset) for step in range(self.run.steps)] else None

    def _as_one(self, node: Node, offset: int) -> list[Node]:
        """``stack`` or ``cat`` of all steps: all of them as they lie, seen otherwise."""
        rank = len(self.body_shape(offset))
        kept = self._keep(offset)
        new = node.op.endswith("stack.default")
        axis = int(node.args.get("dim", 0)) % (rank + new)
        order = [*range(1, axis + 1), 0, *range(axis + 1, rank + 1)]
        moved = {"self": {"node": kept}, "dims": order}
        if new:
            return [dataclasses.replace(node, op="aten.permute.default", args=moved)]
        shape = (str(self.run.steps), *self.body_shape(offset))
        between = self._fresh(f"{node.name}_steps")
        shapes = tuple(shape[i] for i in order)
        permuted = dataclasses.replace(
            node, name=between, op="aten.permute.default", args=moved, shape=shapes, stride=()
        )
        size = [int(s) if s.isdecimal() else {"size": s} for s in node.shape]
        joined = {"self": {"node": between}, "size": size}
        return [permuted, dataclasses.replace(node, op="aten.view.default", args=joined)]

    def body_shape(self, offset: int) -> tuple[str, ...]:
        return self.whole.nodes[self.run.start + offset].shape

    def _keep(self, offset: int) -> str:
        if offset not in self.kept:
            self.kept[offset] = self._fresh(f"{self._local(offset)}_every_step")
        return self.kept[offset]

    def _reading(self, value: Any, later: list[Node]) -> Any:
        if isinstance(value, dict):
            if isinstance(value.get("node"), str):
                return {"node": self._read(value["node"], later) or value["node"]}
            return {key: self._reading(v, later) for key, v in value.items()}
        return [self._reading(v, later) for v in value] if isinstance(value, list) else value

    def _read(self, name: str, later: list[Node]) -> str | None:
        """The node that stands for one of the run's."""
        place = self._place(name)
        if place is None:
            return None
        step, offset = place
        if step == self.run.steps - 1 and offset in self.body.states:
            return self.last.setdefault(offset, self._fresh(f"{self._local(offset)}_last_step"))
        kept = self._keep(offset)
        if all(n.name != name for n in later):
            node = self.nodes[name]
            args = {"self": {"node": kept}, "dim": 0, "index": step}
            later.append(dataclasses.replace(node, op="aten.select.int", args=args))
        return name

    def _after(self, kept: list[int]) -> list[Node]:
        """Products that a step makes of its own and that no step reads are one for all steps, after the loop."""
        after = []
        for offset in kept:
            name = self._local(offset)
            made = next(n for n in self.body.nodes if n.name == name)
            source = self._place(made.args["input"].get("local", "")) if made.op == "aten.linear.default" else None
            read = any(name in _locals(n.args) for n in self.body.nodes)
            others = [value for key, value in made.args.items() if key != "input"]
            if source is None or read or offset in self.body.states or _locals(others):
                continue
            self.body.nodes.remove(made)
            every = self.kept.pop(offset)
            args = {**made.args, "input": {"node": self._keep(source[1])}}
            shape = (str(self.run.steps), *made.shape)
            after.append(dataclasses.replace(made, name=every, args=args, shape=shape, stride=()))
        return after

    # -- together --------------------------------------------------------------------------------------------------

    def _assembled(self, kept: list[int], later: list[Node]) -> Graph:
        run, states = self.run, self.body.states
        first = self.whole.nodes[run.start]
        name = self._fresh("loop")
        args = {
            "steps": run.steps,
            "states": [
                {"held": _held(self._local(o)), "first": {"node": n}, "next": self._local(o)} for o, n in states.items()
            ],
            "kept": [self._local(offset) for offset in kept],
            "body": [to_json(n) for n in self.body.nodes],
        }
        results = [(self.kept[o], (str(run.steps), *self.body_shape(o)), o) for o in kept]
        results += [(self.last.get(o) or self._fresh("unread"), self.body_shape(o), o) for o in states]
        shapes = tuple(shape for _, shape, _ in results)
        dtypes = tuple(self.whole.nodes[run.start + offset].dtype for _, _, offset in results)
        strides = tuple(() for _ in results)
        loop = Node(name, LOOP, args, (), "", (), first.line, first.source, (), shapes, dtypes, strides)
        read = set(self.last.values()) | set(self.kept.values())
        getters = [
            dataclasses.replace(
                self.whole.nodes[run.start + offset],
                name=result,
                op="getitem",
                args={"source": {"node": name}, "index": index},
                shape=shape,
                stride=(),
                keywords=(),
            )
            for index, (result, shape, offset) in enumerate(results)
            if result in read
        ]
        nodes = (*self.whole.nodes[: run.start], loop, *getters, *later)
        return dataclasses.replace(
            self.whole,
            nodes=_reachable(nodes, self.outputs, self.mutations),
            outputs=self.outputs,
            mutations=self.mutations,
        )


def _held(name: str) -> str:
    return f"{name}_before"


def body_nodes(loop: Node) -> list[Node]:
    """The nodes of a loop's body. A value of the body is ``{"local": name}`` in their arguments."""
    return [from_json(Node, data) for data in loop.args["body"]]


def with_locals(value: Any) -> Any:
    """Arguments of a node of a body with its own values named like any other."""
    if isinstance(value, dict):
        if "local" in value:
            return {"node": value["local"]}
        return {k: with_locals(v) for k, v in value.items()}
    return [with_locals(v) for v in value] if isinstance(value, (list, tuple)) else value


def _reachable(nodes: Sequence[Node], outputs: Iterable[str], mutations: dict[str, str]) -> tuple[Node, ...]:
    """Without what nothing reads any more: the pieces that ``unbind`` gave."""
    wanted = {*outputs, *mutations.values()}
    found: list[Node] = []
    for node in reversed(nodes):
        if node.name in wanted or not node.op.startswith(("aten.unbind", "getitem", "aten.select")):
            found.append(node)
            wanted.update(_names(node.args))
    return tuple(reversed(found))


def _locals(value: Any) -> set[str]:
    """Values of the body that an argument mentions."""
    if isinstance(value, dict):
        inner = set().union(*(_locals(v) for v in value.values()))
        return inner | {value["local"]} if isinstance(value.get("local"), str) else inner
    return set().union(*(_locals(v) for v in value)) if isinstance(value, (list, tuple)) else set()


def _names(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        if isinstance(value.get("node"), str):
            yield value["node"]
        else:
            for inner in value.values():
                yield from _names(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _names(inner)
