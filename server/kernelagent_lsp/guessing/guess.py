"""``inputs=..., init=...`` for a class: what calls, docs and annotations say, and what its code does."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from kernelagent_lsp.guessing.calls import Call
from kernelagent_lsp.guessing.following import Raised, Returned
from kernelagent_lsp.guessing.layers import LAYERS, size_of
from kernelagent_lsp.guessing.parameters import Chosen, given_number, value_for
from kernelagent_lsp.guessing.rest import count_of, rest_of
from kernelagent_lsp.guessing.shapes import Shape
from kernelagent_lsp.guessing.sizes import Dim, unify
from kernelagent_lsp.guessing.source import Source
from kernelagent_lsp.guessing.stated import Stated, stated
from kernelagent_lsp.guessing.usual import Usual, sizes_of
from kernelagent_lsp.guessing.values import Argument, Instance, Layer, Record, Tensor, Value
from kernelagent_lsp.guessing.walk import TooLong, Walk

_PASSES = 3
"""The first finds ranks, the next what only shows once these are known."""


@dataclass
class Guess:
    """Texts of expressions."""

    inputs: str
    init: str
    trouble: str = ""
    """Why the inputs are not to be told, as a sentence."""


@dataclass
class _Parameters:
    """What the constructor is given: as it is written, and as the walk sees it."""

    chosen: dict[str, Chosen] = field(default_factory=dict)
    values: dict[str, Value] = field(default_factory=dict)
    """Of all parameters, those that have their defaults among them."""


def guess(node: ast.ClassDef, source: Source, call: Call | None = None) -> Guess:
    """The best that can be told. ``call``: one of the class that somebody wrote, in terms of itself alone."""
    init = source.method(node, "__init__")
    forward = source.method(node, "forward")
    walk = Walk(source)
    parameters = _parameters(node, source, None if call is None else call.init, walk)
    required = [] if forward is None else [*_required(forward), *_required_by_name(forward)]
    written = {} if forward is None else stated(forward, node, source.lines)
    arguments = [_argument(arg, written.get(arg.arg, Stated())) for arg in required]
    rest = None if forward is None else rest_of(forward)
    if forward is not None and rest is not None:
        names = (f"{rest.arg}_{number}" for number in range(count_of(forward, rest)))
        arguments = [Argument(name, is_rest=True) for name in names]
    written = _believed(written, node, source, parameters)
    _apply(written, arguments, parameters, source)
    usual = Usual(source, parameters.values)
    if forward is not None:
        _follow(node, source, parameters, arguments, usual)
    init_text = _init_text(init, parameters, None if call is None else call.init)
    if call is not None and call.inputs is not None:
        return Guess(call.inputs, init_text)
    if rest is not None and not arguments:
        why = f"forward(self, *{rest.arg}) takes any number of inputs, and nothing in it says what they are"
        return Guess("()", init_text, f"{why}: write # kernelagent: inputs=(...) above the class.")
    texts = {each.name: usual.written(each) for each in arguments}
    if forward is not None and _required_by_name(forward):
        return Guess("{" + ", ".join(f"{name!r}: {text}" for name, text in texts.items()) + "}", init_text)
    return Guess(tuple_of(list(texts.values())), init_text)


def tuple_of(items: Sequence[str]) -> str:
    return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"


def _required(function: ast.FunctionDef) -> list[ast.arg]:
    """Positional parameters without a default, ``self`` left out."""
    parameters = [*function.args.posonlyargs, *function.args.args]
    return parameters[1 : len(parameters) - len(function.args.defaults)]


def _required_by_name(function: ast.FunctionDef) -> list[ast.arg]:
    pairs = zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
    return [arg for arg, default in pairs if default is None]


def _parameters(
    node: ast.ClassDef, source: Source, given: tuple[tuple[str, ...], dict[str, str]] | None, walk: Walk
) -> _Parameters:
    found = _Parameters()
    init = source.method(node, "__init__")
    if init is None:
        return found
    order = [arg.arg for arg in [*init.args.posonlyargs, *init.args.args][1:]]
    texts: dict[str, str] = {}
    if given is not None:
        texts = {**dict(zip(order, given[0], strict=False)), **given[1]}
    for arg in [*_required(init), *_required_by_name(init)]:
        if arg.arg in texts:
            continue
        constant = next((source.constants[n] for n in (arg.arg, arg.arg.upper()) if n in source.constants), None)
        value = None if constant is None else walk.evaluate(constant, {})
        if constant is not None and _is_plain(value):
            found.chosen[arg.arg] = Chosen(repr(value), value)
        else:
            found.chosen[arg.arg] = value_for(arg, init, source, node)
    for name, text in texts.items():
        found.chosen[name] = Chosen(text, walk.evaluate(ast.parse(text, mode="eval").body, {}))
    walk.bind(init.args, [None], {name: one.value for name, one in found.chosen.items()}, found.values)
    return found


def _is_plain(value: Value) -> bool:
    if isinstance(value, (tuple, list)):
        return all(_is_plain(each) for each in value)
    return isinstance(value, (int, float, str, bool))


def _init_text(
    init: ast.FunctionDef | None, parameters: _Parameters, given: tuple[tuple[str, ...], dict[str, str]] | None
) -> str:
    if given is not None and not given[1]:
        required = [] if init is None else _required(init)
        if len(given[0]) >= len(required):
            return tuple_of(list(given[0]))
    texts = {
        name: _record_text(one.value) if isinstance(one.value, Record) else one.text
        for name, one in parameters.chosen.items()
    }
    if given is not None or (init is not None and _required_by_name(init)):
        return "{" + ", ".join(f"{name!r}: {text}" for name, text in texts.items()) + "}" if texts else "()"
    return tuple_of(list(texts.values()))


def _record_text(record: Record) -> str:
    asked = ", ".join(f"{name}={text}" for name, text in record.invented.items())
    return f"__import__('types').SimpleNamespace({asked})"


def _argument(arg: ast.arg, said: Stated) -> Argument:
    made = Argument(arg.arg, kind=said.kind)
    if said.kind == "tuple":
        made.parts = [Argument(f"{arg.arg}_{i}") for i in range(said.count)]
    return made


def _believed(
    written: dict[str, Stated], node: ast.ClassDef, source: Source, parameters: _Parameters
) -> dict[str, Stated]:
    """Without shapes of another rank than the code takes."""
    bare = [Argument(name, kind=said.kind) for name, said in written.items() if not said.count]
    if not any(said.dims for said in written.values()):
        return written
    walk_once(node, source, parameters.chosen, bare)
    ranks = {each.name: each.shape.rank for each in bare}
    return {
        name: replace(said, dims=None)
        if said.dims is not None and "*" not in said.dims and ranks.get(name) not in (None, len(said.dims))
        else said
        for name, said in written.items()
    }


def _apply(written: dict[str, Stated], arguments: list[Argument], parameters: _Parameters, source: Source) -> None:
    """Shapes that are written down. A name is one size wherever it stands; a parameter's is that parameter's."""
    named: dict[str, Dim] = {}
    for argument in arguments:
        dims = written.get(argument.name, Stated()).dims
        if dims is None:
            continue
        if "*" in dims:
            after = dims[len(dims) - 1 - dims[::-1].index("*") + 1 :]
            for place, word in enumerate(reversed(after)):
                unify(argument.shape.at(-1 - place), _named(word, named, parameters, source))
            continue
        argument.shape.set_rank(len(dims))
        for place, word in enumerate(dims):
            unify(argument.shape.at(place), _named(word, named, parameters, source))


def _named(word: str, named: dict[str, Dim], parameters: _Parameters, source: Source) -> Dim:
    if word.isdecimal():
        return Dim(int(word))
    key = word.removeprefix("self.")
    value = parameters.values.get(key)
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return Dim(value)
    if key in source.constants and isinstance(constant := source.constants[key], ast.Constant):
        found = size_of(constant.value)
        if found is not None and found.value:
            return found
    return named.setdefault(key, Dim(name=key)) if key.isidentifier() else Dim()


def _follow(
    node: ast.ClassDef, source: Source, parameters: _Parameters, arguments: list[Argument], usual: Usual
) -> None:
    """Walk constructor and ``forward`` until the arguments' shapes are known, then give free sizes usual values."""
    for number in range(_PASSES):
        walk_once(node, source, parameters.chosen, arguments)
        if arguments:
            _through_a_layer(node, source, parameters.chosen, arguments[0])
        for argument in arguments:
            usual.settle_parts(argument)
        for argument in _all(arguments):
            if argument.shape.rank is None and (number or argument.shape.least_rank):
                usual.settle_rank(argument)
    for argument in arguments[1:]:
        usual.settle_mask(argument, arguments[0])
    for spatial in sizes_of(arguments):
        if usual.try_sizes(arguments, spatial):
            made = walk_once(node, source, parameters.chosen, [usual.settled(each) for each in arguments])
            if not any(dim.value is not None and dim.value < 1 for shape in made for dim in shape.dims or ()):
                return


def _all(arguments: Sequence[Argument]) -> list[Argument]:
    return [each for argument in arguments for each in (argument.parts or [argument])]


def walk_once(
    node: ast.ClassDef, source: Source, chosen: dict[str, Chosen], arguments: Sequence[Argument]
) -> list[Shape]:
    """The shapes of what was made on the way."""
    walk = Walk(source)
    try:
        instance = walk.construct(node, [], {name: one.value for name, one in chosen.items()})
        given = {each.name: _as_value(each) for each in arguments}
        rest = [given.pop(each.name) for each in arguments if each.is_rest]
        if isinstance(instance, Instance):
            walk.call(instance, rest, given)
        else:
            walk.call(instance, [*given.values(), *rest], {})
    except (TooLong, Raised, Returned, RecursionError):
        pass
    return walk.seen


def _through_a_layer(node: ast.ClassDef, source: Source, chosen: dict[str, Chosen], first: Argument) -> None:
    """Where nothing tells what the first input is: what the first layer takes that the constructor makes."""
    if first.kind is not None or first.parts or first.shape.least_rank or first.shape.rank is not None:
        return
    walk = Walk(source)
    try:
        made = walk.construct(node, [], {name: one.value for name, one in chosen.items()})
        attributes = made.attributes.values() if isinstance(made, Instance) else ()
        for layer in attributes:
            if isinstance(layer, Layer) and layer.name in LAYERS:
                walk.call(layer, [Tensor(first.shape, first)], {})
                return
    except (TooLong, Raised, RecursionError):
        return


def _as_value(argument: Argument) -> Value:
    if argument.kind == "number":
        return given_number(argument.name).value
    if argument.kind == "truth":
        return False
    if argument.kind == "text":
        return ""
    if argument.parts:
        return tuple(Tensor(part.shape, part) for part in argument.parts)
    return Tensor(argument.shape, argument)
