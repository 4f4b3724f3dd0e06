"""KernelAgent's flags → this engine's options. What has no counterpart here is taken and left unused; the table in
docs/from-kernelagent.md says which."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, Literal

from kernelagent.cli.standard_output import has_ended, status_at_end, take_all_characters
from kernelagent.contract.option_values import checked
from kernelagent.contract.options import Options
from kernelagent.contract.typed_numbers import number, whole_number
from kernelagent.driver.providers.dotenv import is_readable, read_dotenv
from kernelagent.driver.run_directory import disk_error
from kernelagent.errors import BadOption, Cancelled, KernelAgentError

Agreement = Literal["none", "to the model's provider", "yes"]
"""To name a model agrees, as in KernelAgent, to sending code to its provider; never to an address that a file of the
project names."""
VARIABLES = ("OPENAI_MODEL", "NUM_KERNEL_SEEDS", "MAX_REFINEMENT_ROUNDS", "LOG_LEVEL")
"""Read from the ``.env`` of the current folder too; keys in it are the keyring's business."""
_LEVELS = ("DEBUG", "INFO", "WARNING", "WARN", "ERROR", "CRITICAL", "FATAL")


def parser(description: str) -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(description=description, allow_abbrev=False)
    p.add_argument("--yes", action="store_true", help="ask nothing: agree to sending code to the model's provider")
    return p


def add_platform(p: argparse.ArgumentParser) -> None:
    p.add_argument("--target-platform", default="cuda", choices=("cuda", "xpu"), help="where kernels are to run")
    p.add_argument("--no-cusolver", action="store_true", help="always so here: kernels call no library")


def add_limits(p: argparse.ArgumentParser, *, iterations: int, timeout_s: int = 1200) -> None:
    add_number(p, "--workers", "workers", 4)
    add_number(p, "--max-iters", "max_iters", iterations)
    add_number(p, "--llm-timeout-s", "llm_timeout_s", float(timeout_s))
    add_number(p, "--run-timeout-s", "llm_timeout_s", float(timeout_s))


def add_number(p: argparse.ArgumentParser, flag: str, option: str, default: int | float) -> None:
    """A flag that is a count, or seconds, as the ``default`` is, within the range of ``option``."""
    p.add_argument(flag, type=Number(flag, option, type(default)), default=default, metavar="N")


def said_plainly(main: Callable[[Sequence[str] | None], int]) -> Callable[[Sequence[str] | None], int]:
    """``main``, whose errors of the catalogue are sentences on stderr; Ctrl-C ends it with a status of its own."""

    @wraps(main)
    def run(argv: Sequence[str] | None = None) -> int:
        take_all_characters()
        try:
            status = main(argv)
            sys.stdout.flush()
            return status
        except OSError as exc:
            if has_ended(exc):
                return status_at_end(exc)
            if exc.filename is None:
                raise
            error = disk_error(exc, Path(os.fsdecode(exc.filename)), "--out-dir")
            print(f"{error.code}: {error.told}", file=sys.stderr)
            return error.exit_status
        except KernelAgentError as exc:
            print(f"{exc.code}: {exc.told}", file=sys.stderr)
            return exc.exit_status
        except KeyboardInterrupt:
            print("Cancelled.", file=sys.stderr)
            return Cancelled.exit_status

    return run


def log_level() -> int:
    """Of ``LOG_LEVEL``. Raises ``BadOption`` for what logging has no name for."""
    name = (variable("LOG_LEVEL") or "INFO").strip().upper()
    if name not in _LEVELS:
        raise BadOption(f"LOG_LEVEL = {name!r} is not one of {', '.join(_LEVELS)}.")
    return int(getattr(logging, name))


def variable(name: str) -> str | None:
    """Of the environment, else of ``.env`` in the current folder."""
    here = Path.cwd() / ".env"
    found = os.environ.get(name)
    return found or (read_dotenv(here, VARIABLES).get(name) if is_readable(here) else None)


def jobs(text: str) -> int | None:
    """``auto``: as many as there are subgraphs. As in KernelAgent, what is no number is one."""
    if text.strip().lower() == "auto":
        return None
    return max(1, whole_number(text) or 1)


def out_folder(text: str, option: str) -> Path:
    """The folder that ``option`` names, made before any work is done for it. Raises ``FolderNotWritable`` and
    ``DiskFull``."""
    path = Path(text).resolve()
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return path
    except OSError as exc:
        raise disk_error(exc, path, option) from exc


@dataclass(frozen=True)
class Number:
    """Reads what was typed for a flag."""

    called: str
    """By whoever typed it."""
    option: str
    """Of :class:`Options`, whose range it has."""
    kind: type[int] | type[float]
    """A count or seconds."""

    def __call__(self, text: str) -> Any:
        """As in KernelAgent, a count below one is one. Raises ``BadOption``."""
        count = whole_number(text)
        value: Any = number(text) if self.kind is float else count if count is None else max(1, count)
        return checked(self.option, self.kind, text if value is None else value, called=self.called)


@dataclass(frozen=True)
class Models:
    router: str | None = None
    extract: str | None = None
    dispatch: str | None = None
    compose: str | None = None
    direct: str | None = None


def agreement(yes: bool, *models: str | None) -> Agreement:
    """What the command line, and the environment proper, say of sending code; ``models`` are those named there."""
    if yes:
        return "yes"
    return "to the model's provider" if any(models) or os.environ.get("OPENAI_MODEL") else "none"


def options(models: Models, **given: Any) -> Options:
    """``auto``, so that the built-in synthesizer works first, and the models that were named where it does not.

    A model that nobody named is OPENAI_MODEL's, or the provider's first.
    """
    main = models.dispatch or models.compose or models.extract or models.direct or variable("OPENAI_MODEL")
    return Options(
        provider="auto",
        model=main,
        router_model=models.router,
        extract_model=models.extract,
        dispatch_model=models.dispatch,
        compose_model=models.compose,
        direct_model=models.direct,
        env_file=str(Path.cwd() / ".env"),
        **given,
    )


def problem_file(text: str) -> Path | None:
    """The problem's file; says on stderr, as KernelAgent does, when there is none."""
    path = Path(text).resolve()
    if not path.is_file():
        print(f"problem not found: {path}", file=sys.stderr)
        return None
    return path
