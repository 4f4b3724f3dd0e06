"""The one JSON object that a command takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kernelagent_lsp.edits.files import read_source
from kernelagent_lsp.jobs.job import Asked, Job, Kind
from kernelagent_lsp.uris import uri_to_path, why_no_path
from kernelagent_lsp.wire.failure import invalid_params

if TYPE_CHECKING:
    from kernelagent_lsp.server import Server


@dataclass(frozen=True)
class Argument:
    command: str
    values: dict[str, Any]

    def text(self, name: str) -> str:
        """The member ``name``, which must be there and be a text."""
        value = self.values.get(name)
        if not isinstance(value, str) or not value:
            raise invalid_params(f"{self.command} takes an object with the text {name!r}.")
        return value


def job_of(server: Server, argument: Argument) -> Job:
    """The job that ``{jobId}``, or ``{uri, class}`` for the class's latest, names."""
    if "jobId" in argument.values:
        job = server.jobs.get(argument.text("jobId"))
    else:
        uri = argument.text("uri")
        document = server.documents.get(uri)
        job = server.jobs.latest(uri if document is None else document.uri, argument.text("class"))
    if job is None:
        raise invalid_params("There is no such job.")
    return job


def asked_of(server: Server, argument: Argument, kind: Kind) -> Asked:
    """What ``{uri, class}`` asks for, with the text as it is now: the buffer's, else the file's."""
    uri, class_name = argument.text("uri"), argument.text("class")
    path = uri_to_path(uri)
    if path is None:
        raise invalid_params(f"{uri}: {why_no_path(uri)}")
    document = server.documents.get(uri)
    from_disk = None if document is not None else read_source(path)
    if document is None and from_disk is None:
        raise invalid_params(f"{path} is not open and can't be read as Python source.")
    return Asked(
        kind=kind,
        uri=uri if document is None else document.uri,
        path=path,
        class_name=class_name,
        text=document.text if document is not None else from_disk or "",
        settings=server.settings_of(uri),
    )
