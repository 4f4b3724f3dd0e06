"""Which expressions of a wrapper are integers, or tensors, whatever the data: what a number that was read may be
joined with."""

from __future__ import annotations

import ast

from kernelagent.static.counts.places import Place, Places
from kernelagent.static.walk import walk

SIZES = frozenset({"numel", "nelement", "size", "stride", "dim", "ndimension", "element_size", "storage_offset"})
_SAME = frozenset({"int", "len", "bool"})
_OF_SEVERAL = frozenset({"min", "max", "sum", "abs"})
_FROM_MATH = frozenset({"ceil", "floor", "isqrt", "gcd", "lcm", "comb"})
_ENTRIES = frozenset({"kernel_function", "forward", "__init__", "__call__"})
_OF_TRITON = frozenset({"triton.cdiv", "triton.next_power_of_2"})
_VIEWS_AND_COPIES = frozenset(
    {"view", "reshape", "flatten", "unflatten", "contiguous", "clone", "detach", "to", "cpu", "cuda", "type", "float"}
    | {"half", "double", "bfloat16", "expand", "expand_as", "view_as", "permute", "transpose", "t", "squeeze"}
    | {"unsqueeze", "narrow", "select", "as_strided", "split", "chunk", "unbind", "movedim", "swapaxes", "unfold"}
    | {"new_empty", "new_zeros", "new_ones", "new_full", "new_empty_strided", "zero_", "requires_grad_", "repeat"}
)


class Wholes:
    """Of one file."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._underway: set[tuple[str, Place]] = set()
        calls = [node for use in places.uses for node in walk(use.value) if isinstance(node, ast.Call)]
        self._made_up = {name for call in calls for name in _fields(call, places.path(call.func))}
        self._made_up |= {name[1:] for _, name in places.given if name.startswith(".")}
        """Names of attributes that need not be what they are of a tensor's."""

    def is_whole(self, node: ast.expr | None) -> bool:
        """It is an integer, or a bool."""
        match node:
            case ast.Constant(value=value):
                return isinstance(value, int)
            case ast.Name():
                return self._all_given(self._places.place_of(node), "whole")
            case ast.Attribute(attr="ndim" | "multi_processor_count" as name):
                return name not in self._made_up
            case ast.Attribute(attr=name):
                return self._all_given((None, f".{name}"), "whole")
            case ast.Subscript(value=ast.Name() as base) if self._is_of_the_launch(base):
                return True
            case ast.Subscript(value=base, slice=key):
                return not isinstance(key, ast.Slice) and self.holds_whole(base)
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                return isinstance(right, ast.Constant) and self.is_whole(right) and self.is_whole(left)
            case ast.BinOp(left=left, op=op, right=right):
                return not isinstance(op, (ast.Div, ast.MatMult)) and self.is_whole(left) and self.is_whole(right)
            case ast.UnaryOp(operand=operand, op=op):
                return isinstance(op, ast.Not) or self.is_whole(operand)
            case ast.BoolOp(values=values):
                return all(map(self.is_whole, values))
            case ast.IfExp(body=body, orelse=orelse):
                return self.is_whole(body) and self.is_whole(orelse)
            case ast.NamedExpr(value=value):
                return self.is_whole(value)
            case ast.Compare():
                return True
            case ast.Call():
                return self._gives_whole(node)
        return False

    def holds_whole(self, node: ast.expr | None) -> bool:
        """All that it holds is integers: a shape, a range, a tuple of sizes."""
        match node:
            case ast.Attribute(attr="shape"):
                return "shape" not in self._made_up
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                return all(self.holds_whole(p.value) if isinstance(p, ast.Starred) else self.is_whole(p) for p in parts)
            case ast.Name():
                return self._all_given(self._places.place_of(node), "holds")
            case ast.Attribute(attr=name):
                return self._all_given((None, f".{name}"), "holds")
            case ast.Subscript(value=base, slice=ast.Slice()):
                return self.holds_whole(base)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self.holds_whole(left) and self.holds_whole(right)
            case ast.Call(func=ast.Attribute(attr="size" | "stride" as name), args=[]):
                return name not in self._places.functions
            case ast.Call(func=ast.Name(id="range"), args=arguments):
                return all(map(self.is_whole, arguments))
            case ast.Call(func=ast.Name(id="tuple" | "list" | "reversed") as function, args=[inner]):
                return not self._places.is_bound(function) and self.holds_whole(inner)
            case ast.Call(func=function, args=[inner]) if self._places.path(function) == "torch.Size":
                return self.holds_whole(inner)
            case ast.ListComp(elt=elt) | ast.GeneratorExp(elt=elt):
                return self.is_whole(elt)
        return False

    def is_of_tensors(self, node: ast.expr | None) -> bool:
        """It is a tensor of PyTorch's, or several; so is what the wrapper is handed, and may be."""
        match node:
            case ast.Name():
                place = self._places.place_of(node)
                is_handed = place in self._places.parameters and place not in self._places.handed
                return is_handed or self._all_given(place, "tensor")
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                return not self._places.given.get((None, f".{name}")) or self._all_given((None, f".{name}"), "tensor")
            case ast.Subscript(value=base):
                return self.is_of_tensors(base)
            case ast.IfExp(body=body, orelse=orelse):
                return self.is_of_tensors(body) and self.is_of_tensors(orelse)
            case ast.Call(func=function):
                path = self._places.path(function)
                if path is not None:
                    return path.startswith("torch.") and path not in ("torch.Size", "torch.finfo", "torch.iinfo")
                if isinstance(function, ast.Name):
                    return self._all_given((None, f"{function.id}()"), "tensor")
                return (
                    isinstance(function, ast.Attribute)
                    and function.attr in _VIEWS_AND_COPIES
                    and function.attr not in self._places.functions
                    and self.is_of_tensors(function.value)
                )
        return False

    def is_no_float(self, node: ast.expr | None) -> bool:
        """It may stand where a number that was read decides what stands there."""
        match node:
            case None | ast.Lambda():
                return True
            case ast.Constant(value=value):
                return not isinstance(value, (float, complex))
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                return all(map(self.is_no_float, parts))
            case ast.Dict(values=parts):
                return all(map(self.is_no_float, parts))
            case ast.Starred(value=inner):
                return self.is_no_float(inner)
            case ast.Attribute(attr="dtype" | "device" | "layout" | "shape" as name):
                return name not in self._made_up
            case ast.IfExp(body=body, orelse=orelse):
                return self.is_no_float(body) and self.is_no_float(orelse)
            case ast.Name() | ast.Attribute() if (self._places.path(node) or "").startswith(("torch.", "triton.")):
                return self._places.path(node) not in ("torch.pi", "torch.e", "torch.inf", "torch.nan")
            case ast.Name():
                return (
                    self.is_whole(node)
                    or self.is_of_tensors(node)
                    or self._all_given(self._places.place_of(node), "no float")
                )
        return self.is_whole(node) or self.holds_whole(node) or self.is_of_tensors(node)

    def _all_given(self, place: Place, kind: str) -> bool:
        given = self._places.given.get(place, ())
        if place in self._places.parameters and kind != "tensor" and self._is_given_from_outside(place):
            return False
        key = (kind, place)
        if key in self._underway:
            return True
        self._underway.add(key)
        try:
            return bool(given) and all(self._is(kind, g.value, g.is_item) for g in given)
        finally:
            self._underway.discard(key)

    def _is_given_from_outside(self, place: Place) -> bool:
        """A parameter that others than the file's own calls give something."""
        name = getattr(place[0], "name", "")
        return place not in self._places.handed or name in _ENTRIES

    def _is(self, kind: str, value: ast.expr | None, is_item: bool) -> bool:
        if kind == "tensor":
            return self.is_of_tensors(value)
        if kind == "no float":
            return self.is_no_float(value)
        if value is None:
            return False
        if kind == "holds":
            return self.holds_whole(value) or (is_item and self.is_whole(value))
        return self.holds_whole(value) if is_item else self.is_whole(value)

    def _gives_whole(self, node: ast.Call) -> bool:
        function, path = node.func, self._places.path(node.func)
        if path is not None:
            module, _, name = path.rpartition(".")
            if path in _OF_TRITON:
                return all(map(self.is_whole, node.args))
            if path == "math.prod":
                return not node.keywords and all(map(self.holds_whole, node.args))
            return module == "math" and name in _FROM_MATH
        if isinstance(function, ast.Name):
            if function.id in self._places.functions:
                return self._all_given((None, f"{function.id}()"), "whole")
            if self._places.is_bound(function):
                return False
            if function.id in _OF_SEVERAL:
                one = len(node.args) == 1 and function.id != "abs"
                return not node.keywords and all(map(self.holds_whole if one else self.is_whole, node.args))
            return function.id in _SAME
        if isinstance(function, ast.Attribute):
            return function.attr in SIZES and function.attr not in self._places.functions
        return False

    def _is_of_the_launch(self, node: ast.Name) -> bool:
        """``meta`` of ``lambda meta: …``, which may only stand where a grid does."""
        place = self._places.place_of(node)
        if place in self._places.of_lambdas:
            return True
        if place not in self._places.parameters or self._places.given.get(place):
            return False
        inner = [f for several in self._places.functions.values() for f, _ in several]
        return any(
            self._places.outermost[f] is not f and any(a.arg == node.id for a in f.args.args)
            for f in inner
            if self._places.outermost[f] is place[0]
        )


def _fields(call: ast.Call, path: str | None) -> list[str]:
    """Names of the attributes of what a call makes, where that is no tensor."""
    if path is not None and path.partition(".")[0] in ("torch", "triton"):
        return []
    named = [k.arg for k in call.keywords if k.arg and (path or isinstance(call.func, ast.Name))]
    texts = [n.value for n in walk(call) if isinstance(n, ast.Constant) and isinstance(n.value, str)] if path else []
    return [*named, *(word for text in texts for word in text.replace(",", " ").split())]
