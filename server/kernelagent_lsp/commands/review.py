"""``kernelagent.review {jobId}`` → ``{uri, files: [{uri, before, after}]}``: what ``kernelagent.apply`` would change.

``uri`` is a unified diff, which is opened where the editor can be asked to; ``before`` and ``after`` are files with
both texts, for editors that show differences side by side. Nothing of the project is touched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernelagent_lsp import messages
from kernelagent_lsp.commands.argument import Argument, job_of
from kernelagent_lsp.edits.plan import Impossible
from kernelagent_lsp.edits.review import review_of
from kernelagent_lsp.wire.failure import invalid_params

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


def run(server: Server, argument: Argument) -> dict[str, Any]:
    job = job_of(server, argument)
    review = review_of(server, job)
    if isinstance(review, Impossible):
        raise invalid_params(review.reason)
    messages.show_document(server, review.diff.as_uri(), take_focus=True)
    files = [{"uri": one.uri, "before": one.before.as_uri(), "after": one.after.as_uri()} for one in review.files]
    return {"uri": review.diff.as_uri(), "files": files}
