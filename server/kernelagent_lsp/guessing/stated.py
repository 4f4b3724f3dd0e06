"""Shapes that people write down: annotations, docstrings of several styles, comments beside the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kernelagent_lsp.guessing.values import Kind


@dataclass(frozen=True)
class Stated:
    """What is written of one argument."""

    dims: tuple[str, ...] | None = None
    """By name or number; ``*`` for any number of them."""
    kind: Kind | None = None
    count: int = 0
    """Tensors in a tuple."""


_SHAPE = re.compile(r"[(\[]\s*([^()\[\]\n]*?(?:\([^()]*\)[^()\[\]\n]*?)*)\s*,?\s*[)\]]")
_DIM = re.compile(r"\*|\.\.\.|[\w.]+(\s*[-+*/]+\s*[\w.]+)*|\([^()]*\)")
_INTEGERS = frozenset({"int", "long", "integer", "int64", "int32", "longtensor", "inttensor"})
_TENSOR_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("Float", "Float16", "Float32", "Float64", "BFloat16", "Inexact", "FloatTensor"), "float"),
    **dict.fromkeys(("Int", "Int32", "Int64", "Integer", "LongTensor", "IntTensor"), "index"),
    **dict.fromkeys(("Bool", "BoolTensor"), "bool"),
}
_MOST_DIMS = 6


def stated(forward: ast.FunctionDef, node: ast.ClassDef, lines: Sequence[str]) -> dict[str, Stated]:
    """By argument of ``forward``, all that is written of it."""
    parameters = [*forward.args.posonlyargs, *forward.args.args, *forward.args.kwonlyargs]
    names = [arg.arg for arg in parameters if arg.arg not in ("self", "cls")]
    found = {arg.arg: _annotated(arg.annotation) for arg in parameters if arg.annotation is not None}
    texts = [*_comments(forward, lines), ast.get_docstring(forward) or "", ast.get_docstring(node) or ""]
    for name in names:
        known = found.get(name, Stated())
        if known.dims is not None:
            continue
        for text in texts:
            dims, is_index = _in_text(name, text, names)
            if dims is not None:
                found[name] = Stated(dims, known.kind or ("index" if is_index else None), known.count)
                break
    if names and (first := found.get(names[0], Stated())).dims is None and not first.count:
        dims = _of_input(texts)
        if dims is not None:
            found[names[0]] = Stated(dims, first.kind)
    return found


def _annotated(annotation: ast.expr | None) -> Stated:
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            annotation = ast.parse(annotation.value, mode="eval").body
        except (SyntaxError, ValueError):
            return Stated()
    if isinstance(annotation, ast.BinOp):
        return _annotated(annotation.left)
    if isinstance(annotation, ast.Subscript):
        last = ast.unparse(annotation.value).rpartition(".")[2]
        inner = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
        if last == "Optional":
            return _annotated(annotation.slice)
        if last == "Annotated":
            words = [each.value for each in inner if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            return Stated(_split(words[0]) if words else None)
        if last.lower() in ("tuple", "list", "sequence") and "Tensor" in ast.unparse(annotation.slice):
            return Stated(None, "tuple", len(inner) if last.lower() == "tuple" and len(inner) > 1 else 2)
        texts = [each.value for each in inner if isinstance(each, ast.Constant) and isinstance(each.value, str)]
        if (texts and last in _TENSOR_KINDS) or (texts and last in ("Tensor", "TensorType", "Shaped", "Num", "Real")):
            return Stated(_split(" ".join(texts)), _TENSOR_KINDS.get(last))
        return Stated()
    last = "" if annotation is None else ast.unparse(annotation).rpartition(".")[2]
    kinds: dict[str, Kind] = {"int": "number", "float": "number", "bool": "truth", "str": "text", **_TENSOR_KINDS}
    return Stated(None, kinds.get(last))


def _split(text: str) -> tuple[str, ...]:
    words = [word.lstrip("#?").rpartition("=")[2] for word in text.replace(",", " ").split()]
    return tuple("*" if word.startswith(("*", "...")) else word for word in words if word)


def _in_text(name: str, text: str, names: Sequence[str]) -> tuple[tuple[str, ...] | None, bool]:
    """The first shape behind ``name`` in ``text``, before the next argument's own entry."""
    entry = re.compile(
        rf"^\W*(?::param(?:\s+[\w.]+)?\s+)?`*\b{re.escape(name)}\b`*\s*(?:[:(=\[\-–]|\.shape|of shape|is )", re.M
    )
    for match in entry.finditer(text):
        rest = text[match.end() - 1 :]
        end = len(rest)
        for other in names:
            if other != name:
                following = re.search(rf"^\W*(?::param\s+)?`*{re.escape(other)}`*\s*[:(=\[]", rest, re.M)
                end = min(end, following.start() if following else end)
        stop = re.search(r"^\s*(Returns?|Outputs?|Raises|Yields|Example)\b", rest, re.M)
        entry_text = rest[: min(end, stop.start() if stop else end)]
        entry_text = entry_text[:600]
        for dims in _shapes(entry_text):
            head = entry_text.partition("\n\n")[0].lower()
            return dims, any(word in _INTEGERS or word in ("indices", "ids") for word in re.findall(r"\w+", head))
    return None, False


def _of_input(texts: Sequence[str]) -> tuple[str, ...] | None:
    """The shape that stands behind the word "input" or ``Shape:``, or the one at the end of ``def``'s line."""
    for text in texts:
        for match in re.finditer(r"(?:^|\W)(?:inputs?|Input|Shape:?|takes|shape)\b", text):
            line = text[match.end() :].partition("\n\n")[0].partition("->")[0][:200]
            for dims in _shapes(line.split("Output")[0].split("Returns")[0]):
                return dims
    for text in texts:
        if text.startswith("# (") or text.startswith("# ["):
            return next(_shapes(text), None)
    return None


def _shapes(text: str) -> Iterator[tuple[str, ...]]:
    """``(batch, seq, dim)``, ``[B, T, C]``, ``(N, C_{in}, H, W)`` in ``text``."""
    plain = re.sub(r"\\(text|mathrm|times|ldots|dots|cdot|_)|[{}$`]|:math:", _latex, text)
    for match in _SHAPE.finditer(plain):
        words = [word.strip() for word in match[1].split(",")]
        words = [word for word in words if word]
        if not 1 < len(words) <= _MOST_DIMS and not (len(words) == 1 and match[0].rstrip(")]").rstrip().endswith(",")):
            continue
        if (
            all(_DIM.fullmatch(word) for word in words)
            and not any(word in ("optional", "torch.Tensor") for word in words)
            and not any(re.search(r"\.(Tensor|float|int)|^(int|float|bool|str)$", word) for word in words)
        ):
            yield tuple("*" if word in ("...", "*") else word.strip("()") for word in words)


def _latex(match: re.Match[str]) -> str:
    return {"\\times": "*", "\\ldots": "...", "\\dots": "...", "\\cdot": "*", "\\_": "_"}.get(match[0], "")


def _comments(forward: ast.FunctionDef, lines: Sequence[str]) -> list[str]:
    """Those of the signature and at the beginning of the body; each with the arguments of its line before it."""
    found = []
    last = forward.body[0].end_lineno or forward.lineno if forward.body else forward.lineno
    for number in range(forward.lineno, min(last + 4, forward.end_lineno or last, len(lines)) + 1):
        code, mark, comment = lines[number - 1].partition("#")
        if not mark:
            continue
        first = forward.body[0].lineno if forward.body else last
        if number < first or (number == first and forward.lineno == first):
            found.append(f"# {comment.strip()}")
        elif not code.strip():
            found.append(comment.strip())
        given = re.match(r"\s*(\w+)\s*(?::[^=#]*)?(?:=[^#]*)?,?\s*$", code)
        if given:
            found.append(f"{given[1]}: {comment}")
    return found
