"""The group of commands. A command's file is imported when it is used; names and one-line helps stand in a table."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from kernelagent import __version__
from kernelagent.cli.failure import print_usage_error, unexpected
from kernelagent.cli.standard_output import has_ended, take_all_characters
from kernelagent.errors import KernelAgentError

COMMANDS: dict[str, str] = {
    "fuse": "Turn a PyTorch module into a verified Triton kernel.",
    "batch": "Fuse many modules, resumably, and say by family how it went.",
    "verify": "Judge any kernel file against a module.",
    "recheck": "Judge changed kernel files against the classes that they were made from.",
    "inspect": "Show a module's graph, its subgraphs and a roofline estimate; generates nothing.",
    "bench": "Time eager, torch.compile and the kernel on this machine's GPU.",
    "lint": "Look for mistakes in files with Triton kernels, by their text alone.",
    "models": "List the language models that are known, and which can be used now.",
    "runs": "List past runs, show one, let one go on, or run one again from its recorded replies.",
    "ui": "Serve web pages: fuse a module, watch it, browse past runs.",
    "doctor": "Say what this environment can do, and how to get the rest.",
    "completion": "Say how to switch on tab completion in bash, zsh or fish.",
}
"""To add a command: add ``cli/<name>.py`` with ``command`` in it, and a row here."""


class LazyGroup(click.Group):
    """Imports a command's file only when the command is run or asked for its own help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"kernelagent.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        from click.shell_completion import CompletionItem

        return [
            CompletionItem(name, help=text) for name, text in COMMANDS.items() if name.startswith(incomplete)
        ] + click.Command.shell_complete(self, ctx, incomplete)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Begin with:  kernelagent fuse model.py::Block",
)
@click.version_option(__version__, prog_name="kernelagent")
def cli() -> None:
    """Fuse PyTorch modules to verified Triton kernels. Needs no API key and no GPU."""


def run(arguments: Sequence[str]) -> int:
    """Run the command line. Exit status: 0 verified or done, 1 not verified, 2 bad usage or input, 130 cancelled."""
    take_all_characters()
    as_json = "--json" in arguments
    try:
        status = cli.main(args=list(arguments), prog_name="kernelagent", standalone_mode=False)
        return status if isinstance(status, int) else 0
    except click.ClickException as exc:
        return print_usage_error(exc, as_json)
    except click.Abort:
        raise KeyboardInterrupt from None
    except click.exceptions.Exit as exc:
        return exc.exit_code
    except KernelAgentError as exc:
        from kernelagent.cli.failure import print_error

        return print_error(exc, as_json)
    except (KeyboardInterrupt, BrokenPipeError):
        raise
    except Exception as exc:
        if isinstance(exc, OSError) and has_ended(exc):
            raise
        return unexpected(exc, as_json)
