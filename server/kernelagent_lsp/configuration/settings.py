"""Settings: options resolved to values that the server works with."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import urlsplit

from kernelagent.contract.option_values import ARCHITECTURE
from kernelagent.contract.options import Options as RunOptions
from kernelagent.contract.shown import shown
from kernelagent.errors import BadOption

from kernelagent_lsp.configuration.options import GROUPS, SECTION, Options


@dataclass(frozen=True)
class Settings:
    interpreter: str | None = None
    """Path of the user's Python; ``None``: found by the driver."""
    remote: str | None = None
    """Address of a Ray cluster that judges and times in this machine's place."""
    provider: Literal["auto", "builtin", "openai", "anthropic", "relay", "scripted"] = "auto"
    model: str | None = None
    relay_url: str | None = None
    workers: int = 2
    max_rounds: int = 10
    samples: int = 1
    jobs: int = 4
    """That run at the same time; others wait their turn."""
    device: Literal["auto", "cpu", "cuda", "xpu"] = "auto"
    arch: tuple[str, ...] = ("sm_90",)
    apply: Literal["ask", "auto"] = "ask"
    output: Literal["sibling", "inline"] = "sibling"
    code_lens: bool = False
    analyze_on_save: bool = True
    """Whether modules are looked at when their file is opened or saved, before anything is fused."""
    inlay_hints: bool = False
    """Whether shapes and dtypes are shown in the lines of ``forward``."""
    lint: bool = True
    """Whether files with Triton kernels are linted as they are typed."""
    lint_ignore: tuple[str, ...] = ()
    """Codes of rules that are left out, or their beginnings."""
    run_directory: str | None = None
    """Folder that gets one folder for each run; ``None``: ``.fuse`` beside the file's project."""
    fresh: bool = False
    """Whether a fuse is done anew though the same request was answered before."""
    send_code: bool = False
    """Agrees beforehand to sending code to the provider."""
    budget_usd: float | None = None
    budget_tokens: int | None = None
    budget_seconds: float | None = None

    def run_options(self) -> RunOptions:
        """The part that the pipeline is told."""
        return RunOptions(
            provider=self.provider,
            model=self.model,
            device=self.device,
            arch=self.arch,
            interpreter=self.interpreter,
            remote=self.remote,
            workers=self.workers,
            max_iters=self.max_rounds,
            samples=self.samples,
            relay_url=self.relay_url,
            yes=self.send_code,
            fresh=self.fresh,
            budget_usd=self.budget_usd,
            budget_tokens=self.budget_tokens,
            budget_seconds=self.budget_seconds,
        )


class Invalid(Exception):
    """A value that an option can't have; the message says which it can."""


def resolve(options: Options) -> tuple[Settings, tuple[str, ...]]:
    """Settings from ``options``, and a sentence for each value or name that could not be used; what stands in for such
    a value is the default, or what sends and spends nothing."""
    settings, problems = Settings(), []
    for name, value in options.typed.items():
        if name in GROUPS:
            changes, problem = _no_object(name, value)
            settings = replace(settings, **changes)
            problems.append(problem)
            continue
        field, read = _READERS[name]
        try:
            settings = replace(settings, **{field: read(value)})
        except Invalid as exc:
            problems.append(f"{SECTION}.{name}: {shown(value)} is not {exc}; {_shown(_instead(field))} is used.")
            settings = replace(settings, **{field: _instead(field)})
    problems.extend(f"{SECTION}.{name}: there is no such setting." for name in options.unknown)
    return settings, tuple(problems)


def _no_object(group: str, value: Any) -> tuple[dict[str, Any], str]:
    """What stands in for the whole ``group``, and the sentence about it."""
    fields = {inner: _READERS[f"{group}.{inner}"][0] for inner in GROUPS[group]}
    wanted = ", ".join(GROUPS[group])
    used = ", ".join(f"{_shown(_instead(field))} for {inner}" for inner, field in fields.items())
    changes = {field: _instead(field) for field in fields.values()}
    return changes, f"{SECTION}.{group}: {shown(value)} is not an object with {wanted}; used is {used}."


_SPENDS_NOTHING: dict[str, Any] = {"provider": "builtin", "budget_tokens": 0, "budget_usd": 0.0}
"""Who mistyped a limit, or the provider, has not asked for none."""


def _instead(field: str) -> Any:
    """The value of ``field`` where what was typed cannot be read."""
    return _SPENDS_NOTHING.get(field, getattr(Settings(), field))


def _shown(default: Any) -> str:
    if default is None:
        return "nothing"
    return str(list(default)) if isinstance(default, tuple) else repr(default)


def _one_of(*values: str) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if value not in values:
            raise Invalid("one of " + ", ".join(values))
        return value

    return read


def _boolean(value: Any) -> Any:
    if not isinstance(value, bool):
        raise Invalid("true or false")
    return value


def _count(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 1 <= value <= 64 or value % 1:
        raise Invalid("a whole number from 1 to 64")
    return int(value)


def _amount(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e9:
        raise Invalid("a number from 0")
    return float(value)


def _seconds(value: Any) -> Any:
    if value == 0:
        raise Invalid("a number above 0")
    return _amount(value)


def _tokens(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e12 or value % 1:
        raise Invalid("a whole number from 0")
    return int(value)


def _text(value: Any) -> Any:
    if not isinstance(value, str):
        raise Invalid("a text")
    return value.strip() or None


def _relay(value: Any) -> Any:
    text = cast("str | None", _text(value))
    try:
        parts = urlsplit(text or "")
        is_address = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:  # a port that is no number, a bracket too many
        is_address = False
    if text is not None and not is_address:
        raise Invalid("an address such as http://127.0.0.1:11434/v1")
    return text


def _cluster(value: Any) -> Any:
    from kernelagent.driver.cluster.address import parse_address  # sockets: not before the server has said hello

    text = cast("str | None", _text(value))
    if text is not None:
        try:
            parse_address(text)
        except BadOption:
            raise Invalid("an address of a Ray cluster such as ray://gpu-box:10001, or HOST:6379 on a node") from None
    return text


def _path(value: Any) -> Any:
    text = cast("str | None", _text(value))
    try:
        return None if text is None else str(Path(text).expanduser())
    except RuntimeError:  # ~name of nobody; ~ without a home
        raise Invalid("a path: there is no such home folder") from None
    except ValueError:
        raise Invalid("a path: it has a null character") from None


def _architectures(value: Any) -> Any:
    names = [value] if isinstance(value, str) else value
    if (
        not isinstance(names, list)
        or not names
        or not all(isinstance(name, str) and ARCHITECTURE.fullmatch(name) for name in names)
    ):
        raise Invalid("a list of architectures such as sm_80, sm_90, sm_100 or gfx942")
    return tuple(names)


def _rules(value: Any) -> Any:
    from kernelagent.lint.registry import BY_CODE  # many small files: not before the server has said hello

    codes = re.findall(r"[^\s,]+", value) if isinstance(value, str) else value
    if not isinstance(codes, list) or not all(
        isinstance(code, str) and code and any(known.startswith(code.upper()) for known in BY_CODE) for code in codes
    ):
        raise Invalid("a list of the linter's codes such as KA106")
    return tuple(code.upper() for code in codes)


_READERS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "interpreter": ("interpreter", _path),
    "remote": ("remote", _cluster),
    "provider": ("provider", _one_of("auto", "builtin", "openai", "anthropic", "relay", "scripted")),
    "model": ("model", _text),
    "relayUrl": ("relay_url", _relay),
    "workers": ("workers", _count),
    "maxRounds": ("max_rounds", _count),
    "samples": ("samples", _count),
    "jobs": ("jobs", _count),
    "device": ("device", _one_of("auto", "cpu", "cuda", "xpu")),
    "arch": ("arch", _architectures),
    "apply": ("apply", _one_of("ask", "auto")),
    "output": ("output", _one_of("sibling", "inline")),
    "codeLens": ("code_lens", _boolean),
    "analyzeOnSave": ("analyze_on_save", _boolean),
    "inlayHints": ("inlay_hints", _boolean),
    "lint.enabled": ("lint", _boolean),
    "lint.ignore": ("lint_ignore", _rules),
    "runDirectory": ("run_directory", _path),
    "fresh": ("fresh", _boolean),
    "sendCode": ("send_code", _boolean),
    "budget.tokens": ("budget_tokens", _tokens),
    "budget.usd": ("budget_usd", _amount),
    "budget.seconds": ("budget_seconds", _seconds),
}
"""For each option the field that it sets and what reads its value."""
