"""Applying a job's kernel: only where its class stands as it was fused, in one versioned edit, and read back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kernelagent.static.provenance import provenances, with_provenance
from lsprotocol import types

from kernelagent_lsp import messages
from kernelagent_lsp.documents.document import Document
from kernelagent_lsp.edits.decorators import not_applied
from kernelagent_lsp.edits.files import read_source
from kernelagent_lsp.edits.fit import misfit
from kernelagent_lsp.edits.generated import composed, generated_for
from kernelagent_lsp.edits.kernel_place import kernel_place
from kernelagent_lsp.edits.neighbours import Neighbours
from kernelagent_lsp.edits.plan import EditPlan, Impossible, Outdated, Placing, same_text
from kernelagent_lsp.edits.sibling import plan_sibling
from kernelagent_lsp.edits.wiring import plan_wired
from kernelagent_lsp.jobs.job import Fused, Job, Placed
from kernelagent_lsp.wire.failure import RequestFailure

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server

ANSWER_S = 10.0
"""How long an editor may take to apply an edit."""
SETTLE_S = 0.2
"""How long editors hold back what was typed. Neovim makes an edit that fits the version that it has sent, to whatever
the buffer has become since."""
READ_BACK_S = 5.0
"""How long the change may take to come back as ``didChange``, on a busy machine."""


@dataclass(frozen=True)
class Applied:
    applied: bool
    reason: str
    """A sentence where it was not applied, or where it can't be told; else empty."""
    uri: str | None = None
    """The file that holds the kernel now."""
    is_outdated: bool = False
    """It was not applied, and would be if the class were fused again."""


async def apply_job(server: Server, job: Job) -> Applied:
    """Send ``job``'s kernel to the editor as one edit. Never overwrites what was typed after the fuse began."""
    outcome = job.outcome
    if job.state != "verified" or not isinstance(outcome, Fused) or outcome.kernel_text is None:
        return Applied(False, "There is no verified kernel to apply.")
    if is_applied(server, job):
        return Applied(False, "It is applied already.")
    if server.jobs.standing(job.asked.uri, job.asked.class_name) is not job:
        return Applied(False, "A later kernel of this class has taken its place.")
    if not server.client.apply_edit:
        return Applied(False, f"This editor applies no edits; the kernel is in {outcome.run_dir}.")
    plans = plans_of(server, job, outcome)
    if isinstance(plans, tuple) and any(plan.version is not None for plan in plans):  # somebody may be typing there
        await asyncio.sleep(SETTLE_S)
        plans = plans_of(server, job, outcome)
    if isinstance(plans, Impossible):
        return Applied(False, plans.reason, is_outdated=isinstance(plans, Outdated))
    before, kernel, older = _text_now(server, job), plans[0], job.applied
    job.applied = Placed(kernel.uri, Path(kernel.path), kernel.after, _entry(outcome))  # it counts once it has arrived
    failed = await send_edit(server, plans, "Fuse to Triton")
    if failed is not None:
        job.applied = older
        return Applied(False, failed.reason, is_outdated=isinstance(failed, Outdated))
    if without := decorators_told(job, outcome):
        messages.show(server, types.MessageType.Warning, without)
    for plan in plans:
        server.diagnostics.accept(plan.uri, before or job.asked.text, plan.after)
    server.staleness.look(job.asked.uri)
    messages.refresh_lenses(server)
    if kernel.uri != job.asked.uri:
        messages.show_document(server, kernel.uri, take_focus=False)
    return Applied(True, "", kernel.uri)


def is_applied(server: Server, job: Job) -> bool:
    """Whether the kernel is where it was put, whatever else has become of that file: an undo takes it back, and then it
    may be applied again."""
    placed = job.applied
    if placed is None:
        return False
    document = server.documents.get(placed.uri)
    text = document.text if document is not None else read_source(placed.path)
    was = job.outcome.made_from if isinstance(job.outcome, Fused) else None
    if text is None:
        return False
    if was is not None and _says_so(text, placed.entry, was.digits) and _came_last(server, job, placed):
        return True
    return same_text(text, placed.text)


def _says_so(text: str, entry: str, digits: str) -> bool:
    return any((said.entry, said.digits) == (entry, digits) for said in provenances(text))


def _came_last(server: Server, job: Job, placed: Placed) -> bool:
    """Of the class's kernels that were put into that file: two that were made from the same text say the same."""
    about = (job.asked.uri, job.asked.class_name, placed.uri)
    others = ((each, each.applied) for each in reversed(server.jobs.all()))
    its = (each for each, there in others if there and (each.asked.uri, each.asked.class_name, there.uri) == about)
    return next(its, job) is job


def _text_now(server: Server, job: Job) -> str | None:
    """Of the class's file: the buffer's, else the disk's with a byte order mark only if the fused text had one."""
    document = server.documents.get(job.asked.uri)
    if document is not None:
        return document.text
    on_disk = read_source(Path(job.asked.path))
    if on_disk is None:
        return None
    return job.asked.text if on_disk == job.asked.text.removeprefix("\ufeff") else on_disk


def _entry(outcome: Fused) -> str:
    points = outcome.result.entry_points
    return "" if points is None or points.module is None else points.module


def plans_of(server: Server, job: Job, outcome: Fused) -> tuple[EditPlan, ...] | Impossible:
    """The kernel's own edit first; then, for a file of its own, what puts it in the class's place."""
    asked, entry, text = job.asked, _entry(outcome), _text_now(server, job)
    if text is None:
        return Impossible(f"{asked.path} can't be read as Python source.")
    if (why := misfit(asked.text, text, asked.class_name)) is not None:
        return why
    if not entry:
        return Impossible(f"The kernel has no module class; it is in {outcome.run_dir}.")
    kernel = with_provenance(outcome.kernel_text or "", entry, Path(asked.path).name, asked.class_name, text)
    placing = Placing(asked.uri, asked.path, text, asked.class_name, entry, kernel)
    standing = kernel_place(Neighbours(server.documents), asked.path, asked.class_name, text)
    if standing is not None and not standing.is_inline and standing.is_of_another(asked.path):
        standing = None
    source = asked.path if standing is None else standing.source(asked.path)
    runs = outcome.run_dir.parent
    if asked.settings.output == "inline":
        from kernelagent_lsp.edits.inline_again import plan_inline

        older = composed(runs, source, asked.class_name)
        inline = plan_inline(server.documents, placing, older)
        return inline if isinstance(inline, Impossible) else (inline,)
    written = [
        other.applied.text
        for other in server.jobs.all()
        if other.applied is not None
        and (other.asked.path, other.asked.class_name) == (asked.path, asked.class_name)
        and other.applied.uri != asked.uri
    ]
    is_ours = generated_for(runs, asked.path, asked.class_name, written)
    was_ours = generated_for(runs, source, asked.class_name, ())
    beside = plan_sibling(
        server.documents,
        placing,
        lambda text: is_ours(text) or was_ours(text),
        None if standing is None or standing.is_inline else standing.path,
    )
    document = server.documents.get(asked.uri)
    before = document or Document(asked.uri, "python", 0, text, server.documents.encoding)
    wired = plan_wired(before, asked.path, asked.class_name, entry, Path(beside.path))
    return (beside,) if isinstance(wired, Impossible) or wired.after == before.text else (beside, wired)


def decorators_told(job: Job, outcome: Fused) -> str:
    """What the kernel's module class goes without (``decorators.py``); empty: nothing."""
    points = outcome.result.entry_points
    if points is None or points.module is None:
        return ""
    return not_applied(job.asked.text, job.asked.class_name, outcome.kernel_text or "", points.module)


def _workspace_edit(server: Server, plans: Sequence[EditPlan]) -> types.WorkspaceEdit:
    if not server.client.document_changes:  # such a client knows no versions: the check above has to do
        for plan in plans:
            if plan.creates:
                _create(plan)
        return types.WorkspaceEdit(changes={plan.uri: _edits_of(plan) for plan in plans})
    changes: list[types.TextDocumentEdit | types.CreateFile | types.RenameFile | types.DeleteFile] = []
    for plan in plans:
        if plan.creates and server.client.creates_files:
            # Neovim empties a file that is there unless it is told to leave it be; what arrived is read back anyway.
            options = types.CreateFileOptions(ignore_if_exists=True)
            changes.append(types.CreateFile(uri=plan.uri, options=options))
        elif plan.creates:
            _create(plan)
        document = types.OptionalVersionedTextDocumentIdentifier(uri=plan.uri, version=plan.version)
        is_made = plan.creates and not server.client.creates_files
        edits = plan.snippets if plan.snippets and server.client.snippet_edits else plan.edits
        changes.append(
            types.TextDocumentEdit(text_document=document, edits=_edits_of(plan) if is_made else list(edits))
        )
    return types.WorkspaceEdit(document_changes=changes)


def _create(plan: EditPlan) -> None:
    """A file of nothing but the line end that its lines will have, where that is not the usual one: from it an editor
    tells how the file's lines end."""
    Path(plan.path).write_bytes(_first_end(plan).encode())


def _first_end(plan: EditPlan) -> str:
    return "" if plan.newline == "\n" else plan.newline


def _edits_of(plan: EditPlan) -> list[types.TextEdit]:
    """``plan``'s edits; of a new file, against what :func:`_create` has made."""
    if not plan.creates or not _first_end(plan):
        return list(plan.edits)
    return [types.TextEdit(types.Range(types.Position(0, 0), types.Position(1, 0)), plan.after)]


async def send_edit(server: Server, plans: Sequence[EditPlan], label: str) -> Impossible | None:
    """Hand ``plans`` to the editor as one edit; ``None`` when it made it and its text says so too."""
    try:
        edit = _workspace_edit(server, plans)
    except OSError as exc:
        return Impossible(f"{exc.filename} can't be created: {exc.strerror}.")
    failed = await request_edit(server, edit, label)
    if failed is not None:
        return failed
    if not all([await _read_back(server, plan) for plan in plans]):
        return Impossible("The editor reported success, but its text is another one: try again.")
    return None


async def request_edit(server: Server, edit: types.WorkspaceEdit, label: str) -> Impossible | None:
    """Ask the editor to make ``edit``; ``None`` when it says that it did."""
    params = types.ApplyWorkspaceEditParams(edit=edit, label=label)
    future = server.protocol.send_request(types.WORKSPACE_APPLY_EDIT, params)
    try:
        answer = await asyncio.wait_for(asyncio.wrap_future(future), ANSWER_S)
    except asyncio.TimeoutError:
        return Impossible(f"The editor has not answered within {ANSWER_S:.0f} s.")
    except RequestFailure as exc:
        return Impossible(f"The editor refused the edit: {exc.message}")
    said = answer if isinstance(answer, dict) else {}
    if said.get("applied") is not True:
        why = said.get("failureReason") or "its text is newer than the one that was fused"
        return Outdated(f"The editor did not apply the edit: {why}.")
    return None


async def _read_back(server: Server, plan: EditPlan) -> bool:
    """Whether the text arrived: Neovim answers "applied" even where it has dropped a stale edit.

    Where the editor neither opens the file nor saves it, its word is all there is.
    """
    deadline = server.loop.time() + READ_BACK_S
    while True:
        document = server.documents.get(plan.uri)
        on_disk = read_source(Path(plan.path)) if document is None else None
        text = document.text if document is not None else on_disk
        if text is not None and same_text(text, plan.after):
            return True
        if server.loop.time() >= deadline:
            return document is None
        await asyncio.sleep(0.02)
