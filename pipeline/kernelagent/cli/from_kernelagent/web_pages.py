"""KernelAgent's web pages by its names, with its ports and flags: ``triton-ui``, ``Fuser.fuser_ui``,
``Fuser.pipeline_ui``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from kernelagent.cli.from_kernelagent.flags import said_plainly
from kernelagent.driver.printable import printable
from kernelagent.ui.serving import HOST, serve


@said_plainly
def triton_ui(argv: Sequence[str] | None = None) -> int:
    """The direct agent."""
    return _served("direct", 8085, "the direct agent: one kernel for the whole module", argv)


@said_plainly
def fuser_ui(argv: Sequence[str] | None = None) -> int:
    return _served("fuser", 8086, "Fuser: the module as fused subgraphs", argv)


@said_plainly
def pipeline_ui(argv: Sequence[str] | None = None) -> int:
    return _served("pipeline", 8087, "the whole pipeline", argv)


def _served(page: str, port: int, what: str, argv: Sequence[str] | None) -> int:
    p = argparse.ArgumentParser(description=f"Web page of {what}, and the run browser.", allow_abbrev=False)
    p.add_argument("--port", type=_port, default=port, metavar="N", help=f"where to listen ({port}); 0: a free port")
    p.add_argument("--host", default=HOST, metavar="ADDR", help=f"on which address ({HOST})")
    given = p.parse_args(argv)
    serve((page, "runs"), port=given.port, host=given.host, tell=_say)
    return 0


def _port(text: str) -> int:
    number = int(text) if text.isascii() and text.isdecimal() else -1
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port")
    return number


def _say(text: str) -> None:
    print(printable(text), file=sys.stderr, flush=True)
