"""``kernelagent.report {jobId}`` → ``{uri, html}`` of a readable report, in Markdown and as one HTML file.

The Markdown page is opened where the editor can be asked to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernelagent.driver.report.writing import REPORT_HTML

from kernelagent_lsp import messages
from kernelagent_lsp.commands.argument import Argument, job_of
from kernelagent_lsp.wire.failure import invalid_params

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


def run(server: Server, argument: Argument) -> dict[str, Any]:
    job = job_of(server, argument)
    if job.report is None:
        raise invalid_params("There is no report yet." if not job.is_over else "This job left no report.")
    uri = job.report.as_uri()
    messages.show_document(server, uri, take_focus=True)
    return {"uri": uri, "html": job.report.with_name(REPORT_HTML).as_uri()}
