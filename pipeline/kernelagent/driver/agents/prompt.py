"""The words that a worker says to its model: the assignment, and what the judge found on the last attempt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kernelagent.contract.problem import FreeSize, Problem, TensorSpec
from kernelagent.contract.verdict import Verification
from kernelagent.driver.agents.assignment import Assignment, described, returned_lines, target_facts
from kernelagent.driver.agents.examples import shown
from kernelagent.driver.agents.fences import fenced
from kernelagent.driver.agents.value_names import plain_argument, state_arguments, state_names
from kernelagent.driver.providers.exchange import Message, opening

APPROACHES = (
    "Prefer the simplest kernel that is right.",
    "Think of memory first: each input is read once, each output written once, nothing in between is stored.",
    "Think of the numerics first: order of sums, extreme values, empty and partial blocks.",
    "Prefer several small kernels to one large one where each is easier to get right.",
)
"""One for each worker, in turn, so that they don't all try the same."""
_RAISING = ("loads", "runs")
"""Checks that tell what a file's own exceptions say."""
_LONGEST_FINDINGS = 6000


def assignment_text(given: Assignment, worker: int) -> str:
    problem = given.problem
    parts = [
        f"Write a file for the module {problem.class_name}, in the mode {problem.mode!r}. It defines",
        f"1. `{given.signature}`: takes these tensors by these names and returns what forward() returns;",
        *_module_lines(given),
        "",
        f"The module, from the file {problem.file.rpartition('/')[2]}:",
        fenced(given.source),
        f"It is constructed with the arguments {problem.example.init} and called with {problem.example.inputs}.",
        "",
        "Inputs:",
        *map(described, problem.inputs),
        "Outputs:",
        *map(described, problem.outputs),
        *returned_lines(problem),
    ]
    if problem.state:
        names = state_names(problem)
        parts += ["Parameters and buffers:", *(_described_state(spec, names[spec.name]) for spec in problem.state)]
    if problem.updates or problem.writes:
        parts += [_updates_told(problem)]
    if problem.free_sizes:
        parts += ["Free sizes, which the judge varies:"]
        parts += map(_described_size, problem.free_sizes)
    else:
        parts += ["No size is free."]
    lines = "" if given.has_module else "; its lines, and those that the class tells, are the whole module's"
    sizes = "; sizes and numbers in it are those of the example, also where they are free" if given.is_as_run else ""
    parts += ["", f"The graph that PyTorch captured{lines}{sizes}:", f"```\n{given.graph}\n```", ""]
    parts += ["It is compiled for:"]
    parts += [
        *(target_facts(arch, given.all_dtypes) for arch in given.arch),
        "",
        *([given.besides, ""] if given.besides else []),
    ]
    parts += [shown(given.anchors, given.arch, given.leading_dtype), ""]
    parts += [_approach(worker)]
    return "\n".join(parts)


def _approach(worker: int) -> str:
    return APPROACHES[worker % len(APPROACHES)]


def _described_size(free: FreeSize) -> str:
    multiple = f", always a multiple of {free.multiple_of}" if free.multiple_of > 1 else ""
    return f"- {free.symbol}: {free.example} in the example ({free.where}){multiple}"


def _described_state(spec: TensorSpec, name: str) -> str:
    told = described(spec, name)
    return told if name == spec.name else f"{told}; {spec.name} in the state_dict, the argument `{name}`"


def _updates_told(problem: Problem) -> str:
    arguments = state_arguments(problem)
    named = ", ".join(
        [
            *(f"its input {name}" for name in problem.writes),
            *(f"{key} (the argument `{arguments.get(key, plain_argument(key))}`)" for key in problem.updates),
        ]
    )
    return (
        f"In this mode forward() updates {named}. kernel_function is given these very tensors, and each call has to "
        "leave their new values in them: a kernel stores them there, after whatever reads the old ones, or into "
        "another tensor that kernel_function then copies with `copy_`. The judge compares them after each call. All "
        "other arguments stay as they are."
    )


def _module_lines(given: Assignment) -> list[str]:
    if not given.has_module:
        return ["and no class: it is one piece of a larger module, and its weights are among its arguments."]
    return [
        f"2. `class {given.module_name}(torch.nn.Module)`: the drop-in replacement, with the same constructor and the "
        "same state_dict keys and shapes, initialised like the original; its forward() calls kernel_function."
    ]


def first_message(given: Assignment, worker: int) -> Message:
    return opening(assignment_text(given, worker), _approach(worker))


def dialogue(first: Message, last_code: str | None, findings: str, history: Sequence[str]) -> tuple[Message, ...]:
    """The assignment, the last attempt and what was found of it; earlier attempts in a line each."""
    if not findings:
        return (first,)
    answer = fenced(last_code) if last_code is not None else "(a reply that could not be used)"
    earlier = ""
    if len(history) > 1:
        lines = "\n".join(f"- attempt {number}: {line}" for number, line in enumerate(history[:-1], 1))
        earlier = f"\n\nBefore that:\n{lines}"
    request = f"{findings}{earlier}\n\nGive the whole corrected file in one ```python code block."
    return (first, Message("assistant", answer), Message("user", request))


def findings_of(verification: Verification, code: str) -> str:
    """The judge's findings with the lines that they are about."""
    text = "\n".join(_finding_lines(verification, code.splitlines()))
    if len(text) > _LONGEST_FINDINGS:
        text = text[:_LONGEST_FINDINGS] + "\n..."
    return f"The judge does not accept this file.\n{text}"


def in_a_line(verification: Verification) -> str:
    """What failed first, for the history."""
    failures = verification.failures
    return f"{failures[0].check.name}: {failures[0].check.detail}"[:200] if failures else verification.summary


def _finding_lines(verification: Verification, lines: Sequence[str]) -> Iterator[str]:
    """Of a file that the static check refuses, not what it said when it raised: it might have read what is nobody's to
    send."""
    is_refused = any(failure.check.name == "static" for failure in verification.failures)
    for failure in verification.failures:
        check = failure.check
        raised = is_refused and check.name in _RAISING
        yield f"- {check.name}: {'it raised' if raised else check.detail}"
        if check.line is not None and 1 <= check.line <= len(lines):
            yield f"    line {check.line}: {lines[check.line - 1].strip()}"
        yield from (f"    {note}" for note in (() if raised else failure.notes))
