"""``kernelagent models``: which language models are known, and which can be used now."""

from __future__ import annotations

from pathlib import Path

import click

from kernelagent.cli import colours
from kernelagent.cli.failure import print_json
from kernelagent.cli.shared_options import json_option
from kernelagent.driver.printable import printable
from kernelagent.driver.providers.catalogue import Model
from kernelagent.driver.providers.ledger import day_limit
from kernelagent.driver.providers.secrets import keyring
from kernelagent.driver.providers.table import readiness


@click.command()
@json_option
def command(as_json: bool) -> int:
    """List the language models that are known, with prices, and say which can be used now, and why not.

    Models are added in pyproject.toml. Nobody is asked: a key that is set may still be refused.
    """
    here = Path.cwd() / "here.py"
    day_limit(here)  # whoever asks for one by a name that is none, or of a size that is none, is told here too
    found = readiness(here, keyring(here))
    if as_json:
        print_json(found)
        return 0
    names = [printable(" ".join(entry.model.name.split())) for entry in found]  # a project may have been cloned
    width = max(map(len, names))
    for name, entry in zip(names, found, strict=True):
        model = entry.model
        colours.echo(f"{'usable' if entry.usable else 'no':7}", fg="green" if entry.usable else "yellow", nl=False)
        click.echo(f"{name:{width}}  {model.provider:9}  {_price(model)}")
        if not entry.usable:
            click.echo(f"       {'':{width}}  → {printable(entry.why_not)}")
    click.echo("\nNone is needed: the built-in synthesizer uses no model.")
    return 0


def _price(model: Model) -> str:
    if not model.priced:
        return "price not known"
    return f"{model.usd_input:g} USD in, {model.usd_output:g} USD out for a million tokens"
