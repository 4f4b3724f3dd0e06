"""Values for arguments of a constructor that nothing in the sources gives: usual ones, by name and annotation."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from kernelagent_lsp.guessing.source import Source
from kernelagent_lsp.guessing.values import UNKNOWN, Instance, Named, Record, Value

WIDTH = 64


@dataclass(frozen=True)
class Chosen:
    text: str
    """The expression, as the directive has it."""
    value: Value
    """What it stands for while the class is followed."""


_BY_NAME: tuple[tuple[str, int | float], ...] = (
    (r"(head_?dim|dim_?(per_)?head|d_k|d_v|d_head|head_?size)", 16),
    (r"(n|num)?_?(kv_|query_|q_|k_)?(n_?)?heads?(_num)?", 4),
    (r".*(image|img|input|feature|feat|spatial)_?(size|height|width|res|resolution).*|resolution|height|width|h|w", 32),
    (r".*patch.*", 4),
    (r".*(window|win)(_size)?", 4),
    (r".*(vocab|num_?embeddings|num_?tokens|n_?tokens|ntoken|token_size).*", 1000),
    (r".*(block_size|seq_?len|sequence_length|context|max_?len|max_pos|positions|num_?frames|frames|length).*", 32),
    (r"(num_?|n_?)?(class(es)?|labels|categories)(_num)?", 10),
    (r".*(kernel).*", 3),
    (r"(num_?|n_?)groups?", 8),
    (r"(.*_)?(stride|dilation|groups?|reduction_?(ratio|factor)?)", 1),
    (r"(.*_)?padding", 1),
    (r"output_padding", 0),
    (r".*(dropout|drop_?(out|path)?(_rate|_prob)?|dropprob)", 0.0),
    (r"p|pdrop", 0.0),
    (r"(.*_)?eps(ilon)?", 1e-5),
    (r".*(momentum|decay)", 0.1),
    (
        r"alpha|beta|gamma|.*scale|.*scaling.*|.*value|.*slope|.*factor|temperature|tau|margin|divisor|multiplier|.*_coef.*",
        1.0,
    ),
    (
        r"(n_?|num_?)?(layers?|depths?|blocks?|stages|steps|iters|iterations|experts|repeats?)(_num)?|depth|.*_layers|.*_depth",
        2,
    ),
    (r"axis|dims?_to_.*|.*_axis", 1),
    (r"(mlp|ff|ffn|feedforward|intermediate).*", 128),
    (r"expan(sion|d).*|.*(multiplier|ratio|mult|factor|growth_rate)", 2),
    (r".*(features|channels|dim|hidden|width|units|size|embd?|planes|filters).*", WIDTH),
    (r"(num|n)_.*|.*_(num|count|k)|k", 4),
)
_MODULES = re.compile(r"(fn|func|module|layer|net|network|block|model|encoder|decoder|backbone|head|sublayer|to_.*)")
_FLAGS = re.compile(r"(use|is|has|with|do|add|enable)_.*|bias|affine|.*_bias|causal|batch_first|bidirectional")
_RECORDS = re.compile(r"(config|cfg|args|conf|hparams|params|opts?|options|settings|hps)")


def by_name(name: str) -> Chosen:
    """A usual value for an argument of this name."""
    lowered = name.lower()
    if _FLAGS.fullmatch(lowered):
        return Chosen("True", True)
    for pattern, value in _BY_NAME:
        if re.fullmatch(pattern, lowered):
            return Chosen(repr(value).replace("e-0", "e-"), value)
    if re.fullmatch(r".*(_shape|sizes|channels_list|_dims|features_list)", lowered) and lowered != "input_dims":
        return Chosen(f"({WIDTH},)", (WIDTH,))
    if lowered in ("dtype",):
        return Chosen("torch.float32", Named("torch.float32"))
    if lowered == "device":
        return Chosen("'cpu'", "cpu")
    if _MODULES.fullmatch(lowered):
        return Chosen("torch.nn.Identity()", _identity())
    return Chosen(str(WIDTH), WIDTH)


def given_number(name: str) -> Chosen:
    """For a plain number that ``forward`` takes."""
    chosen = by_name(name)
    return Chosen("1", 1) if chosen.value == WIDTH or not isinstance(chosen.value, (int, float)) else chosen


def _identity() -> Value:
    from kernelagent_lsp.guessing.values import Layer

    return Layer("Identity", [], {})


def value_for(arg: ast.arg, init: ast.FunctionDef, source: Source, node: ast.ClassDef | None = None) -> Chosen:
    """A value for a parameter without a default: its annotation, what it is compared with, its name."""
    annotation = "" if arg.annotation is None else ast.unparse(arg.annotation).strip("'\"")
    annotation = re.sub(r"^(typing\.)?Optional\[(.*)\]$", r"\2", annotation).removesuffix(" | None")
    last = annotation.rpartition(".")[2]
    if (chosen := _compared_with(arg.arg, init)) is not None:
        return chosen
    if annotation == "bool":
        return Chosen("True", True)
    if annotation == "str":
        return Chosen("''", "")
    if annotation in ("float", "int") and arg.arg != "dim":
        chosen = by_name(arg.arg)
        if isinstance(chosen.value, (int, float)) and not isinstance(chosen.value, bool):
            return chosen
        return Chosen(str(WIDTH), WIDTH) if annotation == "int" else Chosen("1.0", 1.0)
    if last in source.classes and _is_record(source.classes[last]):
        return _record(last, source)
    if node is not None and annotation not in ("int", "float") and (count := _taken_apart(arg.arg, node)):
        one = by_name(re.sub(r"s$", "", arg.arg)).value
        one = one if type(one) is int else WIDTH
        return Chosen(repr((one,) * count), (one,) * count)
    if _RECORDS.fullmatch(arg.arg.lower()):
        return Chosen("", Record())  # written when it is known what is asked of it
    if annotation.lower().startswith(("tuple", "list", "sequence", "iterable", "torch.size")) or arg.arg.endswith(
        "_shape"
    ):
        return _several(annotation, arg.arg, init)
    if last in ("Module", "Callable") or annotation.startswith("Callable"):
        return Chosen("torch.nn.Identity()", _identity())
    if _is_width(arg.arg, init):
        return Chosen(str(WIDTH), WIDTH)
    if arg.arg == "dim":  # the number of a dimension
        return Chosen("1", 1)
    return by_name(arg.arg)


def _several(annotation: str, name: str, init: ast.FunctionDef) -> Chosen:
    one = by_name(re.sub(r"s$", "", name)).value
    one = one if isinstance(one, int) and not isinstance(one, bool) else WIDTH
    inner = re.search(r"\[(.*)\]", annotation)
    count = inner[1].count(",") + 1 if inner and "..." not in inner[1] and annotation.lower().startswith("tuple") else 0
    if not count:
        count = 1 if name.endswith("shape") else _dimensions_of_user(name, init) or 2
    if annotation.lower().startswith("list"):
        return Chosen(repr([one] * count), [one] * count)
    return Chosen(repr((one,) * count), (one,) * count)


def _dimensions_of_user(name: str, init: ast.FunctionDef) -> int:
    """Three for what a ``Conv3d`` is given."""
    for call in (inner for inner in ast.walk(init) if isinstance(inner, ast.Call)):
        given = [*call.args, *(keyword.value for keyword in call.keywords)]
        spatial = re.search(r"(\d)d$", ast.unparse(call.func))
        if spatial and any(isinstance(arg, ast.Name) and arg.id == name for arg in given):
            return int(spatial[1])
    return 0


def _taken_apart(name: str, node: ast.ClassDef) -> int:
    """Into how many numbers: ``h, w = self.resolution``, ``window_size[1]``."""
    names, count = (name, f"self.{name}"), 0
    for inner in ast.walk(node):
        if (
            isinstance(inner, ast.Assign)
            and isinstance(inner.targets[0], ast.Tuple)
            and ast.unparse(inner.value) in names
        ):
            count = max(count, len(inner.targets[0].elts))
        elif (
            isinstance(inner, ast.Subscript)
            and ast.unparse(inner.value) in names
            and isinstance(inner.slice, ast.Constant)
        ):
            place = inner.slice.value
            count = max(count, place + 1 if isinstance(place, int) and place >= 0 else 0)
    return count if count < 8 else 0


def _compared_with(name: str, init: ast.FunctionDef) -> Chosen | None:
    """A text that the constructor knows the argument by."""
    for node in ast.walk(init):
        if not (isinstance(node, ast.Compare) and isinstance(node.left, ast.Name) and node.left.id == name):
            continue
        other = node.comparators[0]
        if isinstance(other, (ast.Tuple, ast.List, ast.Set)) and other.elts:
            other = other.elts[0]
        if isinstance(other, ast.Constant) and isinstance(other.value, str):
            return Chosen(repr(other.value), other.value)
    return None


def _is_width(name: str, init: ast.FunctionDef) -> bool:
    """Handed on as a layer's first or second argument, under a name that elsewhere is the number of a dimension."""
    if name not in ("dim", "n", "k", "size", "h", "w", "width"):
        return False
    calls = [inner for inner in ast.walk(init) if isinstance(inner, ast.Call)]
    given = [arg for call in calls for arg in (*call.args[:2], *(keyword.value for keyword in call.keywords))]
    return any(isinstance(inner, ast.Name) and inner.id == name for arg in given for inner in ast.walk(arg))


def _is_record(node: ast.ClassDef) -> bool:
    return any("dataclass" in ast.unparse(each) for each in node.decorator_list) or any(
        ast.unparse(base).rpartition(".")[2] in ("NamedTuple", "BaseModel") for base in node.bases
    )


def _record(name: str, source: Source) -> Chosen:
    """A settings class of the file: what has no default is named."""
    from kernelagent_lsp.guessing.walk import Walk

    node, walk, made = source.classes[name], Walk(source), Instance(source.classes[name])
    written = []
    for item in _fields(node):
        assert isinstance(item.target, ast.Name)
        value = UNKNOWN if item.value is None else walk.evaluate(item.value, {})
        if item.value is None:
            init = ast.FunctionDef("__init__", ast.arguments([], [ast.arg("self")], None, [], [], None, []), [], [])
            chosen = value_for(ast.arg(item.target.id, item.annotation), init, source)
            written.append(f"{item.target.id}={chosen.text}")
            value = chosen.value
        made.attributes[item.target.id] = value
    return Chosen(f"{name}({', '.join(written)})", made)


def _fields(node: ast.ClassDef) -> Iterator[ast.AnnAssign]:
    return (item for item in node.body if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name))
