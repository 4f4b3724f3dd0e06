"""``kernelagent ui``: web pages on the loopback address."""

from __future__ import annotations

import click

from kernelagent.driver.printable import printable
from kernelagent.ui.jobs import MOST_AT_A_TIME
from kernelagent.ui.serving import HOST, serve

PORT = 8084
PAGES = ("pipeline", "fuser", "direct", "runs")


@click.command(epilog="Example:  kernelagent ui examples/")
@click.argument("problems", metavar="[PATH]...", nargs=-1)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="Where to listen; 0: a free port."
)
@click.option(
    "--host",
    metavar="ADDR",
    default=HOST,
    show_default=True,
    help="On which address. Any other than the loopback lets other machines in, with the key that is printed.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=MOST_AT_A_TIME,
    show_default=True,
    help="How many runs the pages may have going on at a time.",
)
def command(problems: tuple[str, ...], port: int, host: str, jobs: int) -> int:
    """Serve web pages: paste or pick a module, watch it being fused, read the verdict, browse past runs.

    PATHs are problems to pick from, as `batch` takes them; without any, the Python files of the current folder. The
    address that is printed holds a key: without it nobody is let in.
    """
    serve(PAGES, port=port, host=host, problems=problems, most_jobs=jobs, tell=_say)
    return 0


def _say(text: str) -> None:
    """On stderr, as progress is."""
    click.echo(printable(text), err=True)
