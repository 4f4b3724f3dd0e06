"""The command line of ``kernelagent-lsp``.

Editors append arguments of their own (VS Code's client: ``--stdio``, ``--clientProcessId=N``, ``--node-ipc`` …), so an
argument that is not ours is kept aside and named in the log; it never ends the process.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from kernelagent import __version__


@dataclass(frozen=True)
class Arguments:
    transport: str
    """``stdio`` or ``tcp``"""
    host: str
    port: int
    client_process_id: int | None
    """The server ends when this process does."""
    log_level: str
    ignored: tuple[str, ...]
    """What an editor appended and this server has no use for."""


def parse_arguments(argv: list[str]) -> Arguments:
    """Read ``argv`` (without the program's name). Ends the process for ``--help``, ``--version`` and a bad value."""
    parser = argparse.ArgumentParser(
        prog="kernelagent-lsp",
        description="Language server that fuses PyTorch modules to verified Triton kernels.",
        allow_abbrev=False,
    )
    parser.add_argument("--stdio", action="store_true", help="speak over standard input and output (the default)")
    parser.add_argument("--tcp", action="store_true", help="listen for one client on --host and --port")
    parser.add_argument("--host", default="127.0.0.1", help="address for --tcp (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port for --tcp (default: a free one, named on stderr)")
    parser.add_argument("--clientProcessId", type=int, metavar="PID", help="end when this process ends")
    parser.add_argument(
        "--log-level", default="warning", choices=("debug", "info", "warning", "error"), help="what goes to stderr"
    )
    parser.add_argument("--version", action="version", version=f"kernelagent-lsp {__version__}")
    known, unknown = parser.parse_known_args(argv)
    return Arguments(
        transport="tcp" if known.tcp and not known.stdio else "stdio",
        host=known.host,
        port=known.port,
        client_process_id=known.clientProcessId,
        log_level=known.log_level,
        ignored=tuple(unknown),
    )
