"""``kernelagent runs``: what ``.fuse`` holds. A command's file is imported when it is used."""

from __future__ import annotations

from importlib import import_module

import click

COMMANDS: dict[str, tuple[str, str]] = {
    "list": ("listing", "List past runs, the newest first."),
    "show": ("showing", "Show the report of one run."),
    "diff": ("comparing", "Say what differs between two runs."),
    "gc": ("collecting", "Say which runs can go, and with --yes let them go."),
    "export": ("exporting", "Pack runs into an archive for somebody else."),
    "index": ("indexing", "Say how the index of the runs is, or make it anew."),
    "resume": ("going_on", "Let a run go on that was killed, cancelled or out of attempts."),
    "replay": ("going_on", "Run one again from its recorded replies."),
}
"""Name → its file in ``cli/of_runs``, in which it is called ``<name>_command``."""


class _RunsGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = getattr(
            import_module(f"kernelagent.cli.of_runs.{COMMANDS[cmd_name][0]}"), cmd_name + "_command"
        )
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=_RunsGroup)
def command() -> None:
    """List past runs, compare them, clear them away, pack them, let one go on, or run one again."""
