"""One rewritten file: plain by its text, run beside the original in the sandbox, its pieces captured → what its
subgraphs are, or what is wrong with it."""

from __future__ import annotations

import hashlib
import json
import math
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kernelagent.contract.codec import from_json, read_json, to_json, write_json
from kernelagent.contract.example_values import filled, seen_from
from kernelagent.contract.memory_order import in_order
from kernelagent.contract.operators import family_of
from kernelagent.contract.problem import ExampleInputs, Problem, TensorSpec
from kernelagent.contract.subgraph import Cost, Extraction, OperatorNode, Subgraph
from kernelagent.driver import isolation
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.of_models import learned
from kernelagent.driver.rewriting.prompts import fused_name
from kernelagent.driver.run import Run
from kernelagent.errors import Cancelled, KernelAgentError, TimedOut, UsageError, WorkerDied

LIMIT_S = 120.0
MOST_PIECES = 64
MOST_TOLD = 6


class Refused(Exception):
    """What is wrong with the file; the text goes to the model and to people."""


@dataclass(frozen=True)
class Cases:
    """The original's inputs and results, made once."""

    folder: Path
    count: int
    row: tuple[int, ...]
    """Those that one instance was called on, in that order."""
    untaken: tuple[str, ...] = ()
    """Ways of the original that none of them took, in words."""


def cases_of(run: Run) -> Cases:
    """What the stage ``load`` left."""
    folder = run.folder.cases
    row = tuple(json.loads((folder / "row.json").read_text(encoding="utf-8")))
    untaken = tuple(map(str, json.loads((folder / "untaken.json").read_text(encoding="utf-8"))))
    return Cases(folder, len(list(folder.glob("[0-9]*_expected.json"))), row, untaken)


def tried(fused: Path, problem: Problem, cases: Cases, run: Run, cancel: CancelToken) -> Extraction:
    """What running ``fused`` shows of it. Leaves ``<id>.problem.json`` and ``<id>.graph.json`` beside it.

    Raises ``Refused`` and ``Cancelled``.
    """
    plain = _call(run, "plain_source", {"file": str(fused)}, cancel)["findings"]
    if plain:
        raise Refused("it is not plain PyTorch: " + "; ".join(plain[:5]))
    scratch = fused.parent / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        calls, checked = _run_beside(fused, problem, cases, run, cancel, scratch)
        subgraphs = _subgraphs(fused, problem, calls, run, cancel, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return Extraction(subgraphs, run.folder.relative(run.folder.fused), checked)


def _run_beside(
    fused: Path, problem: Problem, cases: Cases, run: Run, cancel: CancelToken, scratch: Path
) -> tuple[list[dict[str, Any]], str]:
    args = {
        "fused": str(fused),
        "name": fused_name(problem),
        "cases_dir": str(cases.folder),
        "cases": cases.count,
        "row": list(cases.row),
        "scratch": str(scratch),
    }
    value = _shut_in(run, "try_fused", args, cancel, scratch, [fused], hide=(str(cases.folder),))
    if value.get("error"):
        raise Refused(str(value["error"])[:2000])
    compared: dict[str, Any] = {"cases_dir": str(cases.folder), "outputs_dir": str(scratch)}
    compared |= {"cases": cases.count, "row": len(cases.row)}
    found = _call(run, "compare_fused", compared, cancel)
    if found["error"]:
        raise Refused(f"it gives something else than the original: {found['error']}")
    calls = value.get("calls")
    if not isinstance(calls, list) or not 0 < len(calls) <= MOST_PIECES:
        raise Refused(f"it has no pieces, or more than {MOST_PIECES}")
    words = f"Run beside the original on {cases.count} sets of inputs, and {len(cases.row)} times in a row on some: "
    words += f"largest difference {found['worst']:.1e} of the output's scale."
    words += "".join(f" {one}." for one in cases.untaken)
    untaken = [" ".join(str(one).split())[:300] for one in value.get("untaken") or ()]
    more = f"; and {len(untaken) - MOST_TOLD} more" if len(untaken) > MOST_TOLD else ""
    told = f" Ways of it that no case took: {fused.name}, {'; '.join(untaken[:MOST_TOLD])}{more}." if untaken else ""
    return calls, words + told


def _subgraphs(
    fused: Path, problem: Problem, calls: list[dict[str, Any]], run: Run, cancel: CancelToken, scratch: Path
) -> tuple[Subgraph, ...]:
    text = fused.read_text(encoding="utf-8")
    first: dict[str, str] = {}
    found: list[Subgraph] = []
    for number, call in enumerate(calls):
        try:
            content = json.dumps([call["class_name"], [(i["shape"], i["dtype"]) for i in call["inputs"]]])
            identifier = f"sg{number}_{_snake(str(call['class_name']))}"
            part = _problem(fused, text, call, problem)
            nodes = _operators(call, text.splitlines())
        except (KeyError, TypeError, ValueError, AttributeError) as exc:  # the record was kept in the sandboxed process
            raise Refused(f"the record of its pieces cannot be read: {exc}") from None
        same_as = first.get(content)
        if same_as is None:
            first[content] = identifier
            part, refused, cost = _captured(identifier, part, call, run, cancel, scratch)
        else:
            part = read_json(run.folder.subgraph_problem(same_as), Problem)
            refused, cost = "", next(one.cost for one in found if one.id == same_as)
        subgraph = _subgraph(identifier, part, nodes, call, same_as)
        found.append(replace(subgraph, refused=refused, cost=cost or subgraph.cost))
    counts = {s.id: sum(other.same_as == s.id for other in found) + 1 for s in found}
    return tuple(replace(s, count=counts[s.same_as or s.id]) for s in found)


def _captured(
    identifier: str, part: Problem, call: dict[str, Any], run: Run, cancel: CancelToken, scratch: Path
) -> tuple[Problem, str, Cost | None]:
    """Its problem, why the built-in synthesizer does not take it, and what it costs where that is known."""
    out = scratch / f"{identifier}.graph.json"
    try:
        args, files = {"problem": to_json(part), "out": str(out)}, [Path(part.file), Path(part.text_file or part.file)]
        value = _shut_in(run, "capture_piece", args, cancel, scratch, files)
        part = learned(part, from_json(Problem, value["problem"]))
        cost = from_json(Cost, value["cost"]) if value.get("cost") else None
        graph = out.read_bytes()
    except Refused as exc:
        raise Refused(f"the piece {call['class_name']}: {exc}") from None
    except (ValueError, KeyError, TypeError, OSError) as exc:
        raise Refused(f"the piece {call['class_name']} cannot be captured: {exc}") from None
    final = run.folder.fused
    write_json(run.folder.subgraph_problem(identifier), replace(part, file=str(final), text_file=""))
    run.folder.subgraph_graph(identifier).write_bytes(graph)
    return part, str(value.get("refused", "")), cost


def _problem(fused: Path, text: str, call: dict[str, Any], problem: Problem) -> Problem:
    name = str(call["class_name"])
    place = re.search(rf"^class {re.escape(name)}\b", text, re.MULTILINE)
    if place is None:
        raise ValueError(f"there is no class {name} at the top of the file")
    fills = {spec.name: spec.fill for spec in problem.inputs}
    expressions = [
        in_order(
            filled(
                [int(size) for size in entry["shape"]],
                str(entry["dtype"]),
                fills.get(str(entry["name"]), ""),
                seen_from(entry.get("seen")),
            ),
            [int(size) for size in entry["shape"]],
            [int(stride) for stride in entry.get("stride", ())],
        )
        for entry in call["inputs"]
    ]
    return Problem(
        file=str(fused),
        class_name=name,
        line=text[: place.start()].count("\n") + 1,
        source_sha256=hashlib.sha256(text.encode()).hexdigest(),
        example=ExampleInputs("subgraph", "()", f"({', '.join(expressions)}{',' if len(expressions) == 1 else ''})"),
        by_model=True,
    )


def _operators(call: dict[str, Any], lines: Sequence[str]) -> tuple[OperatorNode, ...]:
    """``lines`` are those of the file: what stands there is not taken from the record."""
    return tuple(
        OperatorNode(
            str(operator["op"]),
            f"v{number}",
            tuple(map(str, operator.get("shape", ()))),
            str(operator.get("dtype", "")),
            line=line,
            source=lines[line - 1].strip() if line is not None else "",
            arguments={str(name): str(value) for name, value in operator["arguments"].items()},
            strides=tuple(map(str, operator.get("stride", ()))),
            results=tuple(_result(place, told) for place, told in enumerate(operator.get("results", ()))),
        )
        for number, operator in enumerate(call["operators"])
        for line in (_line(operator["line"], lines),)
    )


def _line(told: Any, lines: Sequence[str]) -> int | None:
    return told if isinstance(told, int) and 0 < told <= len(lines) else None


def _subgraph(
    identifier: str, part: Problem, nodes: tuple[OperatorNode, ...], call: dict[str, Any], same_as: str | None
) -> Subgraph:
    families = [family for node in nodes if (family := family_of(node.op)) is not None]
    touched = sum(math.prod(spec.shape) * 4 for spec in (*part.inputs, *part.outputs))
    return Subgraph(
        id=identifier,
        family=families[0] if families else "pointwise",
        nodes=nodes,
        inputs=tuple(_as_passed(spec, entry) for spec, entry in zip(part.inputs, call["inputs"], strict=False)),
        outputs=part.outputs,
        cost=Cost(bytes=touched, flops=0, eager_bytes=touched),
        lines=tuple(sorted({node.line for node in nodes if node.line is not None})),
        same_as=same_as,
        weights={str(entry["name"]): str(entry["weight"]) for entry in call["inputs"] if entry.get("weight")},
    )


def _as_passed(spec: TensorSpec, entry: dict[str, Any]) -> TensorSpec:
    """With the strides that were seen, where they are others than those of memory in rows."""
    seen = tuple(int(stride) for stride in entry.get("stride", ()))
    rows = tuple(math.prod(spec.shape[axis + 1 :]) for axis in range(len(spec.shape)))
    moves = [axis for axis, size in enumerate(spec.shape) if size != 1]
    if len(seen) != len(rows) or all(seen[axis] == rows[axis] for axis in moves):
        return spec
    return replace(spec, strides=tuple(map(str, seen)))


def _result(place: int, told: dict[str, Any]) -> TensorSpec:
    shape = tuple(int(size) for size in told["shape"])
    strides = tuple(map(str, told["stride"]))
    return TensorSpec(str(place), shape, str(told["dtype"]), tuple(map(str, shape)), strides=strides)


def _shut_in(
    run: Run,
    task: str,
    args: dict[str, Any],
    cancel: CancelToken,
    scratch: Path,
    needs: Sequence[Path],
    hide: tuple[str, ...] = (),
) -> dict[str, Any]:
    """``needs`` is all of the project that it sees; ``hide`` is out of sight, too, once the task has shut itself in,
    when it has read what it needs of that."""
    options = run.options
    shut = isolation.choose(options.sandbox, run.pool.interpreter, [run.folder.problem_copy], options.env_file)
    policy = {"scratch": str(scratch), "cpu_seconds": int(LIMIT_S), "hide": list(hide), **shut.shut_in(needs)}
    return _call(run, task, {**args, "policy": policy}, cancel, shut.prefix(str(scratch), ()))


def _call(
    run: Run, task: str, args: dict[str, Any], cancel: CancelToken, prefix: tuple[str, ...] = ()
) -> dict[str, Any]:
    try:
        return run.pool.call(task, args, timeout_s=LIMIT_S, cancel=cancel, prefix=prefix)
    except Cancelled:
        raise
    except TimedOut:
        raise Refused(f"it does not end within {LIMIT_S:g} s") from None
    except WorkerDied as exc:
        raise Refused(f"its process died: {exc.message}") from None
    except UsageError as exc:  # what the file does
        raise Refused(exc.message) from None
    except KernelAgentError as exc:
        raise Refused(f"{exc.code}: {exc.message}") from None


def _snake(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()).strip("_") or "piece"
