"""``kernelagent completion``: how to switch on tab completion."""

from __future__ import annotations

import click

_LINES = {
    "bash": ("~/.bashrc", 'eval "$(_KERNELAGENT_COMPLETE=bash_source kernelagent)"'),
    "zsh": ("~/.zshrc", 'eval "$(_KERNELAGENT_COMPLETE=zsh_source kernelagent)"'),
    "fish": (
        "~/.config/fish/completions/kernelagent.fish",
        "_KERNELAGENT_COMPLETE=fish_source kernelagent | source",
    ),
}


@click.command()
@click.argument("shell", type=click.Choice(list(_LINES)))
def command(shell: str) -> int:
    """Say how to switch on tab completion in bash, zsh or fish."""
    file, line = _LINES[shell]
    click.echo(f"Add this line to {file}, then start a new shell:\n\n  {line}")
    return 0
