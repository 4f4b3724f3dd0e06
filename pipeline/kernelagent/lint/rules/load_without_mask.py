"""A load without a mask beside an access that bounds the same offsets."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kernelagent.lint.appending import appended
from kernelagent.lint.finding import Finding, Fix, Related
from kernelagent.lint.flow import Access, Flow
from kernelagent.lint.rounding import rounded_launch
from kernelagent.lint.rule import Report, Rule
from kernelagent.lint.value import Kind

if TYPE_CHECKING:
    from kernelagent.lint.kernel_file import KernelFile

CODE = "KA101"


def check(file: KernelFile) -> Iterator[Finding]:
    report = Report(file, CODE, "warning")
    for kernel in file.kernels:
        flow = file.flow(kernel)
        for access in flow.accesses:
            if access.kind != "load" or not is_unguarded(access):
                continue
            masked = bounded_elsewhere(access, flow)
            if masked is not None and masked.mask_node is not None:
                yield report.at(
                    access.node,
                    f"This load has no mask, but {file.source.text_of(masked.mask_node)} bounds the same offsets "
                    f"in a {masked.kind}: where they run past the end, memory is read that is not the tensor's.",
                    related=(Related(file.source.span(masked.node), f"This {masked.kind} is masked."),),
                    fixes=mask_fixes(file, flow, access, masked),
                )
                continue
            if any(other.kind != "load" and is_unguarded(other) for other in flow.accesses):
                continue  # the store says it
            rounded = rounded_launch(file, kernel, access)
            if rounded is not None:
                yield report.at(
                    access.node,
                    "This load has no mask, and the last program's offsets run past the size, which is rounded up at "
                    "the launch: memory is read that is not the tensor's.",
                    related=(Related(file.source.span(rounded.place), f"{rounded.what} is rounded up here."),),
                )


def is_unguarded(access: Access) -> bool:
    return not access.is_masked and access.pointer.kind is Kind.BLOCK and "boundary_check" not in access.call.nodes


def bounded_elsewhere(access: Access, flow: Flow) -> Access | None:
    """A masked access whose mask bounds offsets that ``access`` uses, and that is reached wherever it is."""
    for other in flow.accesses:
        mask = other.mask
        if mask is None or other.call.loops > access.call.loops or not _same_offsets(flow, access, other):
            continue
        if all(step in other.call.path for step in access.call.path):
            return other
    return None


def _same_offsets(flow: Flow, access: Access, other: Access) -> bool:
    """Whether ``other``'s mask bounds offsets that both use. A bare ``tl.arange`` may serve rows here and columns
    there: it counts along the same axis only."""
    if other.mask is None:
        return False
    mine, theirs = access.pointer.leaves, other.pointer.leaves
    for offsets in other.mask.bounds.keys() & mine.keys() & theirs.keys():
        bounded = other.mask.bounds[offsets]
        alike = access.pointer.rank == other.pointer.rank == other.mask.rank and mine[offsets] == bounded
        if offsets in flow.ranges and _is_whole_row(flow, access, offsets) and not _is_whole_row(flow, other, offsets):
            continue  # the mask bounds the other one's shorter rows
        if offsets not in flow.ranges or alike:
            return True
    return False


def _is_whole_row(flow: Flow, access: Access, offsets: int) -> bool:
    """Whether ``tl.arange(0, N)`` counts through rows that are ``N`` apart: the pointer has ``row * N`` in it."""
    extents = {ast.unparse(call.args[-1]) for call, made in flow.made.items() if made == offsets and call.args}
    pending: list[ast.expr] = access.node.args[:1]
    seen: set[str] = set()
    for expression in pending:
        for node in ast.walk(expression):
            if isinstance(node, ast.Name) and node.id in flow.assigned and node.id not in seen:
                seen.add(node.id)
                pending.append(flow.assigned[node.id])
            sides = (node.left, node.right) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) else ()
            if any(ast.unparse(side) in extents for side in sides):
                return True
    return False


def mask_fixes(file: KernelFile, flow: Flow, access: Access, masked: Access) -> tuple[Fix, ...]:
    """The other access's mask, where it is a name that is known here and bounds nothing else."""
    name = masked.mask_node
    mask = masked.mask
    if not isinstance(name, ast.Name) or mask is None or access.call.is_method:
        return ()
    if not mask.bounds.keys() <= access.pointer.leaves.keys() or mask.rank != access.pointer.rank:
        return ()
    line = next((n.lineno for n in ast.walk(flow.kernel.node) if isinstance(n, ast.Assign) and _binds(n, name.id)), 0)
    if not 0 < line < access.node.lineno:
        return ()
    edit = appended(file.source, access.node, f"mask={name.id}")
    return () if edit is None else (Fix(f"Add mask={name.id}", (edit,)),)


def _binds(node: ast.Assign, name: str) -> bool:
    return any(isinstance(target, ast.Name) and target.id == name for target in node.targets)


RULE = Rule(CODE, "load-without-mask", "warning", "a load without a mask where the same offsets are masked", check)
