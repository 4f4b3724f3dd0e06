"""The server: the pages that were asked for, on the loopback address unless another one is named."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from kernelagent.driver.interrupt import cancelled_by_signals
from kernelagent.errors import BadOption, GradioMissing, KernelAgentError, TargetNotFound
from kernelagent.ui.desk import Desk
from kernelagent.ui.doorkeeper import KEY, App, Doorkeeper, is_loopback
from kernelagent.ui.drawing.outcome import FILES
from kernelagent.ui.drawing.style import STYLE
from kernelagent.ui.jobs import MOST_AT_A_TIME, Jobs
from kernelagent.ui.place import place
from kernelagent.ui.run_files import archive_of, file_of
from kernelagent.ui.warm import Warm

HOST = "127.0.0.1"
_QUIET = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_RUN_HISTORY": "False",
    "GRADIO_SHARE": "False",
    "GRADIO_MCP_SERVER": "False",
    "GRADIO_SSR_MODE": "False",
    "HF_HUB_DISABLE_TELEMETRY": "1",
}
"""Whatever the environment says: nothing is reported, shared or looked up. Read when Gradio is imported."""


def serve(
    pages: Sequence[str],
    *,
    port: int,
    host: str = HOST,
    problems: Sequence[str] = (),
    most_jobs: int = MOST_AT_A_TIME,
    tell: Callable[[str], None],
) -> None:
    """Serve ``pages`` until a signal ends it: jobs are cancelled then, and write down how far they came.

    ``tell`` is told the address to open. Raises ``GradioMissing``, ``BadOption`` for an address that cannot be had, and
    ``TargetNotFound`` for a problem that is none.
    """
    if find_spec("gradio") is None:
        raise GradioMissing("the package gradio is not installed.")
    here = place(Path.cwd(), problems)
    with _listening(host, port) as listener:
        taken = listener.getsockname()[1]
        if not is_loopback(host):
            tell(warning_of(host))
        os.environ.update(_QUIET)
        import uvicorn

        desk = Desk(here, Jobs(most_jobs), Warm())
        door = Doorkeeper(_application(pages, desk, host, taken), host, taken)
        config = uvicorn.Config(
            door,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=1,
        )
        shown = f"[{host}]" if ":" in host else host
        tell(f"Open http://{shown}:{taken}/?{KEY}={door.key}\nCtrl-C ends it.")
        try:
            with cancelled_by_signals() as token:
                token.on_cancel(desk.jobs.close)
                uvicorn.Server(config).run(sockets=[listener])
        finally:
            desk.jobs.close()
            desk.warm.close()


def warning_of(host: str) -> str:
    """For an address beyond the loopback."""
    return (
        f"Warning: {host} can be reached from other machines. Whoever has the key runs code here with your rights, and "
        "it goes over the network in the clear: an SSH tunnel to the loopback address is safer."
    )


def _listening(host: str, port: int) -> socket.socket:
    """Raises ``BadOption``."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as exc:
        raise BadOption(f"--host {host}: {exc.strerror or exc}.", hint="Name an address of this machine.") from exc
    family, kind, protocol, _, address = found[0]
    listener = socket.socket(family, kind, protocol)
    try:
        if sys.platform != "win32":  # there it would share the port with whoever has it
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen()
    except OSError as exc:
        listener.close()
        why = exc.strerror or exc
        raise BadOption(
            f"--port {port} on {host}: {why}.", hint="Name another port; 0 takes one that is free."
        ) from exc
    return listener


def _application(pages: Sequence[str], desk: Desk, host: str, port: int) -> App:
    import fastapi
    import gradio as gr

    from kernelagent.ui.pages import draw

    with gr.Blocks(title="KernelAgent", analytics_enabled=False, fill_width=True) as blocks:
        gr.Markdown("# KernelAgent")
        draw(pages, desk)
        # whoever opens a page is about to fuse: torch is imported while they look for their module
        blocks.load(lambda: desk.warm.ahead(desk.place.folder / "here"), api_visibility="private")
    blocks.queue(default_concurrency_limit=None, api_open=False)
    app = fastapi.FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    _add_files(app, desk)
    fonts: dict[str, Any] = {"font": ["system-ui", "sans-serif"], "font_mono": ["ui-monospace", "monospace"]}
    gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        server_name=host,
        server_port=port,
        footer_links=[],
        run_history=False,
        show_error=False,
        max_file_size=0,
        ssr_mode=False,
        mcp_server=False,
        pwa=False,
        theme=gr.themes.Default(**fonts),
        css=STYLE,
    )
    made: App = app
    return made


def _add_files(app: Any, desk: Desk) -> None:
    """The runs' files, beside Gradio: it has no part in them, and keeps no copies."""
    from fastapi import Response

    def answered(read: Callable[[], tuple[bytes, dict[str, str]]]) -> Response:
        try:
            content, headers = read()
        except TargetNotFound as exc:
            return Response(exc.told, 404, media_type="text/plain")
        except KernelAgentError as exc:
            return Response(exc.told, 409, media_type="text/plain")
        return Response(content, 200, headers)

    def archive(request: Any) -> Response:
        return answered(lambda: archive_of(desk.place.runs, request.path_params["name"]))

    def file(request: Any) -> Response:
        return answered(lambda: file_of(desk.place.runs, request.path_params["name"], request.path_params["path"]))

    app.add_route(f"/{FILES}/{{name}}.zip", archive)
    app.add_route(f"/{FILES}/{{name}}/{{path:path}}", file)
