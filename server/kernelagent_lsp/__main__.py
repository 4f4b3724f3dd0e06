"""``kernelagent-lsp``: start the server on the transport that was asked for."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import traceback
from typing import Any

from kernelagent.driver.standard_streams import open_closed_streams

from kernelagent_lsp.arguments import Arguments, parse_arguments


def main() -> None:
    """Entry point. Ends the process itself: 0 after ``shutdown``, 1 without, 2 for arguments that make no sense."""
    open_closed_streams()
    arguments = parse_arguments(sys.argv[1:])
    logging.basicConfig(
        stream=sys.stderr,
        level=arguments.log_level.upper(),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    logging.getLogger("pygls").setLevel(logging.WARNING)  # below that it logs whole documents
    if arguments.ignored:
        logging.getLogger(__name__).info("Arguments without a meaning here: %s", " ".join(arguments.ignored))
    asyncio.run(_serve(arguments))


async def _serve(arguments: Arguments) -> None:
    # Late, so that --version and --help don't wait for the protocol model.
    from kernelagent_lsp.wire.protocol_model import import_protocol_model

    import_protocol_model()
    from kernelagent_lsp.parent import watch
    from kernelagent_lsp.server import Server
    from kernelagent_lsp.wire import stdio, tcp

    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_log_place)
    if arguments.transport == "tcp":
        if not tcp.is_loopback(arguments.host):
            sys.exit(f"kernelagent-lsp: --host {arguments.host}: only a loopback address such as 127.0.0.1 will do.")
        tcp_write, start = await tcp.accept_one(arguments.host, arguments.port)
        server = Server(loop, tcp_write)
        start(server.protocol.receive, lambda: server.end("the client closed the connection"))
    else:
        read_from, write_to = stdio.take_stdio()
        write = stdio.writer(write_to, lambda: server.end("the client no longer reads"))
        server = Server(loop, write)
        stdio.start_reader(read_from, loop, server.protocol.receive, lambda: server.end("end of input"))
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda number, _: server.end(f"signal {number}"))
    if arguments.client_process_id is not None:
        watch(arguments.client_process_id, lambda: server.end("the client's process ended"))
    await asyncio.Event().wait()


def _log_place(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log where a defect is. asyncio's own way also shows what was being handled, which may be a document."""
    exc = context.get("exception")
    frames = "".join(traceback.format_tb(exc.__traceback__)) if isinstance(exc, BaseException) else ""
    logging.getLogger(__name__).error("%s in the event loop\n%s", type(exc).__name__, frames)


if __name__ == "__main__":
    main()
