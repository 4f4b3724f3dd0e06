"""What errors say to who runs a command, for who calls a function: ``--max-iters`` is an argument there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import get_args, get_type_hints

from kernelagent.contract.options import Options

KERNELAGENTS = {
    **{"workers": "num_workers", "max_iters": "max_rounds", "model": "model_name", "provider": "preferred_provider"},
    **{"run_dir": "log_dir", "help": "help(TritonKernelAgent)"},
}
"""Arguments of ``TritonKernelAgent`` that have other names than the options."""
_COMMAND = re.compile(r"(`[^`]* [^`]*`)")
_FLAG = re.compile(r"(?<![\w-])--([a-z][a-z-]*)(?: (\w+(?:\.\w+)*))?")


def in_python(text: str, names: Mapping[str, str] = KERNELAGENTS) -> str:
    """``text`` with the arguments that stand for options, by their own name or by that of ``names``. Commands in
    backticks stay as they are."""
    hints = get_type_hints(Options)
    known = {field.name for field in fields(Options)} | set(names)

    def argument(found: re.Match[str]) -> str:
        option, word = found[1].replace("-", "_"), found[2]
        rest = f" {word}" if word else ""
        turned_off = option.removeprefix("no_")
        if option not in known and hints.get(turned_off) is bool:
            return f"{turned_off}=False{rest}"
        if option not in known:
            return found[0]
        name, hint = names.get(option, option), hints.get(option)
        if hint is bool:
            return f"{name}=True{rest}"
        if word and word in get_args(hint):
            return f'{name}="{word}"'
        return f"{name}={word}" if word and word[:2].isupper() else f"{name}{rest}"

    return "".join(part if _COMMAND.fullmatch(part) else _FLAG.sub(argument, part) for part in _COMMAND.split(text))
