"""How a process that was not trusted came to its end, by its exit status: part of what workers and driver agree on."""

from __future__ import annotations

ENDED = {
    201: "was ended by the sandbox: it had more processes or threads than it may",
    202: "was ended by the sandbox: its files took more room than they may",
    203: "was ended by the sandbox: its processes held more memory than they may",
    204: "was ended: it caught what told it to stop, and went on without any program of a kernel ending",
    205: "was ended by the sandbox: it waited, and none of its threads was computing",
}
"""Exit statuses of the process that watches over the sandbox, when it has ended it; 204 is the judge's own."""

MOST_PRINTED = 64 << 20
"""Bytes on stdout and stderr after which a task is ended."""
PRINTED_TOO_MUCH = f"printed more than {MOST_PRINTED >> 20} MiB and was ended"
