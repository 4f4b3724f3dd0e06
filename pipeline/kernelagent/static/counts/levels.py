"""What becomes of integers that a wrapper reads of its kernels' memory: how far each value is from one, and what it
may not be.

A number that was read has level 0; sums and multiples of it keep its level. A quotient, a remainder, the smaller or
larger of several, what a comparison with it decides, and how much a tensor holds whose sizes it gave, are one step
further. So much arithmetic sizes an allocation and a grid. Two of them are never multiplied, nor one divided by
another, and steps are few: enough for sizes, and too little to compute with the bits of a float.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from kernelagent.static.counts.known_names import FURTHER, OF_CONTAINERS, OF_PYTHON, OF_TENSORS, OF_TORCH, PLAIN, SHAPES
from kernelagent.static.counts.places import ANY_RESULT, Decision, Given, Place, Places, Use
from kernelagent.static.counts.wholes import Wholes
from kernelagent.static.walk import walk

NOT_READ = -1
MOST_STEPS = 6
MOST_OPERATIONS = 48
"""Of those that take a step, in one file."""


class Levels:
    """Of one file; ``reads``: the expressions that read."""

    def __init__(self, places: Places, wholes: Wholes, kernels: frozenset[str], reads: frozenset[ast.expr]) -> None:
        self._places, self._wholes, self._kernels, self._reads = places, wholes, kernels, reads
        self._known: dict[Place, int] = {}
        self._found: dict[tuple[str, ast.AST], None] = {}
        self._operations = 0
        self._telling = False
        self._settle()

    def findings(self) -> Iterator[tuple[str, ast.AST]]:
        """What no size is computed by, and where."""
        self._telling = True
        for use in self._places.uses:
            self._look_at(use)
        yield from self._found

    def _settle(self) -> None:
        """The level of each place: at most one step more in each round."""
        changed = True
        while changed:
            changed = False
            for place, several in self._places.given.items():
                before = self._known.get(place, NOT_READ)
                level = max(before, self._settled(place, several))
                if level > before:
                    self._known[place] = level
                    changed = True

    def _settled(self, place: Place, several: list[Given]) -> int:
        """What it is given; and by how much each change that is made once takes it further."""
        level = max((self._given(given) for given in several if not given.is_once), default=NOT_READ)
        once = [given for given in several if given.is_once]
        if once:
            before, self._known[place] = self._known.get(place, NOT_READ), level
            level += sum(max(0, self._given(given) - level) for given in once)
            self._known[place] = before
        return min(level, MOST_STEPS + 1)

    def _given(self, given: Given) -> int:
        value, decided = self._level(given.value), self._decided(given.decisions)
        return max(value, min(max(value, decided) + 1, MOST_STEPS + 1) if decided >= 0 else NOT_READ)

    def _decided(self, decisions: Iterable[Decision]) -> int:
        return max((self._of_decision(decision) for decision in decisions), default=NOT_READ)

    def _of_decision(self, decision: Decision) -> int:
        if decision.is_loop and all(self._is_list(part) for part in decision.parts):
            return NOT_READ  # it has as many items as were read
        level = max((self._level(part) for part in decision.parts), default=NOT_READ)
        if decision.may_raise and self._reads and any(self._may_raise(part) for part in decision.parts):
            level = max(level, 0)
        return level

    def _may_raise(self, part: ast.expr) -> bool:
        if not isinstance(part, ast.Call):
            return False
        return bool(self._places.called(part.func)) or isinstance(part.func, (ast.Call, ast.Subscript))

    def _is_list(self, node: ast.expr) -> bool:
        """Several numbers that were read at once, or written out: how many is known."""
        match node:
            case ast.Tuple() | ast.List():
                return not any(isinstance(part, ast.Starred) for part in node.elts)
            case ast.Call(func=ast.Name(id="enumerate" | "zip" | "reversed"), args=arguments):
                return all(map(self._is_list, arguments)) or self._level(node) < 0
            case ast.Call():
                return node in self._reads or self._level(node) < 0
            case ast.Name():
                given = self._places.given.get(self._places.place_of(node), ())
                plain = all(g.value is not None and not g.is_item and not g.decisions for g in given)
                return (
                    bool(given) and plain and all(self._is_list(g.value) for g in given if g.value is not None)
                ) or (self._level(node) < 0)
        return self._level(node) < 0

    # What is said

    def _find(self, what: str, node: ast.AST) -> int:
        if self._telling:
            self._found.setdefault((what, node))
        return NOT_READ

    def _look_at(self, use: Use) -> None:
        decided = self._decided(use.decisions)
        if isinstance(use.statement, (ast.Raise, ast.Assert)):
            return
        if isinstance(use.statement, (ast.If, ast.While)):
            level = self._test(use.value)
            if level >= 0 and use.within is not None and self._calls_itself(use.within.name):
                self._find("decides by it how often a function calls itself", use.value)
        else:
            level = self._level(use.value)
        if level > MOST_STEPS:
            self._find("takes many steps to compute something of it", use.value)
        if isinstance(use.statement, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
            targets = use.statement.targets if isinstance(use.statement, ast.Assign) else [use.statement.target]
            if any(isinstance(t, ast.Subscript) for t in targets) and level >= 0:
                for target in targets:
                    if isinstance(target, ast.Subscript) and not self._is_container(target.value):
                        self._find("stores it as an element", target)
            if decided >= 0 and not self._wholes.is_no_float(use.value) and level < 0:
                self._find("decides by it what is no size", use.value)
        for part in walk(use.value):
            if isinstance(part, ast.NamedExpr) and decided >= 0 and not self._wholes.is_no_float(part.value):
                self._find("decides by it what is no size", part)
            if isinstance(part, ast.Call) and decided >= 0 and use.loop is not None:
                self._chosen(part, use.loop)
            if isinstance(part, (ast.Yield, ast.YieldFrom)) and self._level(part.value) >= 0:
                self._find("yields it", part)
        if isinstance(use.statement, ast.Return) and decided >= 0 and not self._may_be_returned(use.value):
            self._find("decides by it what is no size", use.value)

    def _may_be_returned(self, value: ast.expr) -> bool:
        return not any(isinstance(n, ast.Constant) and isinstance(n.value, float) for n in _outside_calls(value))

    def _chosen(self, call: ast.Call, loop: ast.AST) -> None:
        """In a loop, one of many numbers is handed on by a comparison with what was read."""
        own = {n.id for n in walk(loop) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        for argument in (*call.args, *(k.value for k in call.keywords)):
            names = {n.id for n in walk(argument) if isinstance(n, ast.Name)}
            if names & own and self._level(argument) < 0 and not self._wholes.is_no_float(argument):
                self._find("decides by it, in a loop, what is handed on", argument)

    def _calls_itself(self, name: str) -> bool:
        seen: set[str] = set()
        queue = [name]
        while queue:
            for function, _ in self._places.functions.get(queue.pop(), ()):
                for node in walk(function):
                    called = (
                        getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""
                    )
                    if called == name:
                        return True
                    if called in self._places.functions and called not in seen:
                        seen.add(called)
                        queue.append(called)
        return False

    def _is_container(self, node: ast.expr) -> bool:
        if not isinstance(node, ast.Name):
            return False
        given = [g for g in self._places.given.get(self._places.place_of(node), ()) if not g.is_item]
        return bool(given) and all(isinstance(g.value, (ast.List, ast.Dict)) for g in given)

    # Expressions

    def _test(self, node: ast.expr) -> int:
        """What is only asked whether it is so."""
        if isinstance(node, ast.BoolOp):
            return max(map(self._test, node.values))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return self._test(node.operand)
        return self._level(node)

    def _step(self, *levels: int) -> int:
        level = max(levels)
        if level < 0:
            return NOT_READ
        if self._telling:
            self._operations += 1
            if self._operations > MOST_OPERATIONS:
                return MOST_STEPS + 1
        return min(level + 1, MOST_STEPS + 1)

    def _most(self, parts: Iterable[ast.expr | None]) -> int:
        return max([self._level(part) for part in parts], default=NOT_READ)

    def _level(self, node: ast.expr | None) -> int:
        match node:
            case None | ast.Constant():
                return NOT_READ
            case ast.Name():
                return self._known.get(self._places.place_of(node), NOT_READ)
            case ast.Attribute():
                return self._of_attribute(node)
            case ast.Subscript():
                return self._of_item(node)
            case ast.Slice(lower=lower, upper=upper, step=step):
                return self._most((lower, upper, step))
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                return self._most(parts)
            case ast.Starred(value=inner) | ast.Await(value=inner) | ast.NamedExpr(value=inner):
                return self._level(inner)
            case ast.Lambda(body=inner) | ast.Yield(value=inner) | ast.YieldFrom(value=inner):
                return self._level(inner)
            case ast.Dict(keys=keys, values=values):
                if self._most(keys) >= 0:
                    self._find("looks something up by it", node)
                return self._most((*keys, *values))
            case ast.BinOp():
                return self._of_arithmetic(node)
            case ast.UnaryOp(op=op, operand=operand):
                level = self._level(operand)
                if level >= 0 and isinstance(op, ast.Invert):
                    self._find("computes with its bits", node)
                return self._step(level) if isinstance(op, ast.Not) else level
            case ast.BoolOp(values=values):
                level = self._most(values)
                if level >= 0 and not all(self._level(v) >= 0 or self._wholes.is_no_float(v) for v in values):
                    self._find("decides by it what is no size", node)
                return self._step(level)
            case ast.Compare(left=left, ops=ops, comparators=others):
                level = self._most((left, *others))
                if level >= 0 and any(isinstance(op, (ast.In, ast.NotIn)) for op in ops):
                    self._find("looks something up by it", node)
                return self._step(level)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                decided, level = self._test(test), self._most((body, orelse))
                if decided >= 0:
                    for part in (body, orelse):
                        if self._level(part) < 0 and not self._wholes.is_no_float(part):
                            self._find("decides by it what is no size", part)
                    return self._step(decided, level)
                return level
            case ast.ListComp(elt=elt, generators=generators) | ast.GeneratorExp(elt=elt, generators=generators):
                return self._of_comprehension((elt,), generators)
            case ast.SetComp(elt=elt, generators=generators):
                return self._of_comprehension((elt,), generators)
            case ast.DictComp(key=key, value=value, generators=generators):
                return self._of_comprehension((key, value), generators)
            case ast.Call():
                return self._of_call(node)
        level = self._most(child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr))
        if level >= 0:
            self._find("makes text or a set of it", node)
        return level

    def _of_attribute(self, node: ast.Attribute) -> int:
        level = max(self._level(node.value), NOT_READ)
        if level >= 0 and node.attr not in SHAPES | PLAIN:
            self._find(f"asks it for .{node.attr}", node)
        own = self._known.get((None, f".{node.attr}"), NOT_READ)
        if node.attr in PLAIN:
            return own
        return max(self._step(level) if node.attr in FURTHER else level, own)

    def _of_item(self, node: ast.Subscript) -> int:
        if node in self._reads and self._wholes.is_of_tensors(node.value):
            return 0
        base, key = self._level(node.value), self._level(node.slice)
        if key >= 0 and not self._is_kernel(node.value):
            sliced = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            if any(self._level(part) >= 0 and not isinstance(part, ast.Slice) for part in sliced):
                self._find("looks something up by it", node)
            elif not self._wholes.is_of_tensors(node.value):
                self._find("takes a slice by it of what may be no tensor", node)
        return max(base, key)

    def _of_arithmetic(self, node: ast.BinOp) -> int:
        left, right = self._level(node.left), self._level(node.right)
        level = max(left, right)
        if level < 0:
            return NOT_READ
        others = [part for part, own in ((node.left, left), (node.right, right)) if own < 0]
        match node.op:
            case ast.Add() | ast.Sub():
                allowed = all(self._wholes.is_whole(part) or self._wholes.holds_whole(part) for part in others)
            case ast.Mult():
                if not others and not (self._is_chosen(node.left) or self._is_chosen(node.right)):
                    self._find("multiplies it by another", node)
                allowed = all(self._wholes.is_whole(part) for part in others)
            case ast.FloorDiv() | ast.Mod():
                if right >= 0 and not self._is_chosen(node.right):
                    self._find("divides by it, or makes text of it", node)
                level = self._step(level)
                allowed = all(self._wholes.is_whole(part) for part in others)
            case _:
                self._find(f"computes with {_SIGNS.get(type(node.op), 'an operator')}", node)
                return self._step(level)
        if not allowed:
            told = " and ".join(ast.unparse(part) for part in others if not self._wholes.is_whole(part))
            self._find(f"joins it with {told}, which may be no integer (write int(...) around one)", node)
        return level

    def _is_chosen(self, node: ast.expr) -> bool:
        """One of several numbers that are written out, as a block's size is chosen by a count."""
        match node:
            case ast.Constant(value=int()):
                return True
            case ast.IfExp(body=body, orelse=orelse):
                return self._is_chosen(body) and self._is_chosen(orelse)
            case ast.Name():
                given = self._places.given.get(self._places.place_of(node), ())
                return bool(given) and all(
                    g.value is not None and not g.is_item and self._is_chosen(g.value) for g in given
                )
        return False

    def _of_comprehension(self, results: tuple[ast.expr, ...], generators: list[ast.comprehension]) -> int:
        for generator in generators:
            if self._most(generator.ifs) >= 0:
                self._find("chooses by it among several", generator.ifs[0])
        return max(self._most(results), self._most(g.iter for g in generators))

    # Calls

    def _of_call(self, node: ast.Call) -> int:
        function = node.func
        arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
        level = self._most(arguments)
        if node in self._reads:
            return 0
        if isinstance(function, ast.Subscript) and self._is_kernel(function.value):
            self._level(function)
            return NOT_READ
        if isinstance(function, ast.Name) and self._is_launch(function):
            return NOT_READ
        path = self._places.path(function)
        if path is not None:
            return self._of_library(node, path, level)
        own = self._places.called(function)
        if isinstance(function, ast.Name):
            if own:
                given = self._places.given.get(self._places.place_of(function), ())
                if all(g.value is None for g in given) and function.id not in self._places.classes:
                    return self._known.get((None, f"{function.id}()"), NOT_READ)
            if not self._places.is_bound(function):
                return self._of_python(node, function.id, level)
        if isinstance(function, ast.Attribute):
            return self._of_method(node, function, bool(own), level)
        if level >= 0 or self._level(function) >= 0:
            self._find(f"hands it to {ast.unparse(function)[:60]}", node)
        return max(level, self._known.get(ANY_RESULT, NOT_READ))

    def _of_method(self, node: ast.Call, function: ast.Attribute, is_own: bool, level: int) -> int:
        name, base = function.attr, self._level(function.value)
        result = self._known.get((None, f"{name}()"), NOT_READ)
        if name in OF_TENSORS or name in OF_CONTAINERS:
            if name == "new_full" and self._most((*node.args[1:], *_named(node, "fill_value"))) >= 0:
                self._find("fills a tensor with it", node)
            if name in ("get", "pop", "setdefault") and self._most(node.args[:1]) >= 0:
                self._find("looks something up by it", node)
            is_sliced = name in ("narrow", "select", "split", "chunk") and level >= 0 and base < 0
            if is_sliced and not self._wholes.is_of_tensors(function.value):
                self._find("takes a slice by it of what may be no tensor", node)
            both = max(base, level)
            return max(self._step(both) if name in FURTHER else both, result)
        if not is_own and (base >= 0 or level >= 0):
            self._find(f"calls .{name}() with it", node)
        return max(result, base, NOT_READ if is_own else max(level, self._known.get(ANY_RESULT, NOT_READ)))

    def _of_library(self, node: ast.Call, path: str, level: int) -> int:
        if level < 0:
            return self._known.get(ANY_RESULT, NOT_READ) if path.startswith("torch.ops.") else NOT_READ
        if path in ("triton.cdiv", "triton.next_power_of_2"):
            others = [*node.args[1:], *(keyword.value for keyword in node.keywords)]
            if self._most(part for part in others if not self._is_chosen(part)) >= 0:
                self._find("divides by it", node)
            elif not all(self._wholes.is_whole(part) for part in others) or not (
                self._level(node.args[0]) >= 0 or self._wholes.is_whole(node.args[0])
            ):
                self._find("joins it with what may be no integer (write int(...) around that)", node)
            return self._step(level)
        if path == "math.prod" and not node.keywords and not isinstance(node.args[0], (ast.Tuple, ast.List)):
            return self._step(level)
        if path not in OF_TORCH:
            self._find(f"hands it to {path}", node)
        elif self._most(_not_sizes(node, path)) >= 0:
            self._find("fills a tensor with it", node)
        return self._step(level) if path == "torch.numel" else level

    def _of_python(self, node: ast.Call, name: str, level: int) -> int:
        if level < 0:
            return NOT_READ
        if name in ("min", "max", "abs"):
            others = [part for part in node.args if self._level(part) < 0]
            starred = any(isinstance(part, (ast.Starred, ast.GeneratorExp, ast.ListComp)) for part in node.args)
            if node.keywords or starred or not all(map(self._wholes.is_whole, others)):
                self._find(f"takes the {name} of it and what may be no integer (write int(...) around that)", node)
            return self._step(*[level for _ in node.args])
        if name in ("isinstance", "callable"):
            return self._step(level)
        if name not in OF_PYTHON or (name in ("int", "sum") and len(node.args) != 1):
            self._find(f"hands it to {name}()", node)
        return level

    def _is_kernel(self, node: ast.expr) -> bool:
        match node:
            case ast.Name(id=name):
                given = self._places.given.get(self._places.place_of(node), ())
                is_one = name in self._kernels or bool(given)
                return is_one and all(g.value is not None and not g.is_item and self._is_kernel(g.value) for g in given)
            case ast.Attribute(attr=name):
                given = self._places.given.get((None, f".{name}"), ())
                is_one = name in self._kernels or bool(given)
                return is_one and all(g.value is not None and not g.is_item and self._is_kernel(g.value) for g in given)
            case ast.IfExp(body=body, orelse=orelse):
                return self._is_kernel(body) and self._is_kernel(orelse)
            case ast.Call(func=ast.Call(func=function), args=[inner]):
                return (self._places.path(function) or "").startswith("triton.") and self._is_kernel(inner)
            case ast.Call(func=function, args=[inner]):
                path = self._places.path(function) or ""
                return path.startswith(("triton.", "torch.library.wrap_triton")) and self._is_kernel(inner)
        return False

    def _is_launch(self, node: ast.Name) -> bool:
        given = self._places.given.get(self._places.place_of(node), ())
        return bool(given) and all(
            isinstance(g.value, ast.Subscript) and not g.is_item and self._is_kernel(g.value.value) for g in given
        )


def _outside_calls(node: ast.expr) -> Iterator[ast.AST]:
    queue: list[ast.AST] = [node]
    while queue:
        part = queue.pop()
        yield part
        if not isinstance(part, ast.Call):
            queue += ast.iter_child_nodes(part)


def _not_sizes(node: ast.Call, path: str) -> list[ast.expr]:
    """Arguments of a call that are values of what it gives."""
    match path.removeprefix("torch."):
        case "full" | "full_like":
            return [*node.args[1:], *_named(node, "fill_value")]
        case "arange":
            return [*(node.args if len(node.args) > 1 else []), *_named(node, "start", "step")]
        case "nn.functional.pad":
            return [*node.args[3:], *_named(node, "value")]
    return []


def _named(node: ast.Call, *names: str) -> list[ast.expr]:
    return [keyword.value for keyword in node.keywords if keyword.arg in names]


_SIGNS: dict[type[ast.operator], str] = {
    ast.Div: "/",
    ast.Pow: "**",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.MatMult: "@",
}
