"""Options as a user typed them: any JSON, any of them missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SECTION = "kernelagent"

NAMES = (
    "interpreter",
    "remote",
    "provider",
    "model",
    "relayUrl",
    "workers",
    "maxRounds",
    "samples",
    "jobs",
    "device",
    "arch",
    "apply",
    "output",
    "codeLens",
    "analyzeOnSave",
    "inlayHints",
    "runDirectory",
    "lint.enabled",
    "lint.ignore",
    "fresh",
    "sendCode",
    "budget.tokens",
    "budget.usd",
    "budget.seconds",
)
"""Public names, without the section."""

GROUPS: dict[str, tuple[str, ...]] = {
    group: tuple(name.partition(".")[2] for name in NAMES if name.startswith(f"{group}."))
    for group in dict.fromkeys(name.partition(".")[0] for name in NAMES if "." in name)
}
"""The names with a dot in them, by what is before it."""

CLIENTS_OWN = frozenset({"server", "trace"})
"""Groups that editors' extensions keep in the same section, for themselves."""


@dataclass(frozen=True)
class Options:
    """What one source said."""

    typed: Mapping[str, Any]
    """By public name; a name that is missing or null was not set there. A group's name is here where its value is no
    object."""
    unknown: tuple[str, ...] = ()
    """Names that are in the section and are no option of ours."""


def read_options(data: Any) -> Options:
    """Read the section, or an object that holds it: ``{...}``, ``{"kernelagent": {...}}``, ``{"budget.usd": 1}`` and
    ``{"budget": {"usd": 1}}`` are all met in the wild."""
    if not isinstance(data, dict):
        return Options({})
    if isinstance(data.get(SECTION), dict):
        data = data[SECTION]
    typed: dict[str, Any] = {}
    unknown: list[str] = []
    for name, value in _flatten(data):
        if name.partition(".")[0] in CLIENTS_OWN:
            continue
        if name not in NAMES and name not in GROUPS:
            unknown.append(name)
        elif value is not None:
            typed[name] = value
    return Options(typed, tuple(unknown))


def _flatten(data: dict[str, Any]) -> list[tuple[str, Any]]:
    flat: list[tuple[str, Any]] = []
    for key, value in data.items():
        name = key.removeprefix(SECTION + ".")
        if name in GROUPS and isinstance(value, dict):
            flat.extend((f"{name}.{inner}", nested) for inner, nested in value.items())
        elif isinstance(value, bool) and f"{name}.enabled" in NAMES:  # the group's name alone switches it
            flat.append((f"{name}.enabled", value))
        else:
            flat.append((name, value))
    return flat


def layered(*sources: Options) -> Options:
    """``sources`` laid over each other, the last on top."""
    typed: dict[str, Any] = {}
    for source in sources:
        typed.update(source.typed)
    return Options(typed, tuple(dict.fromkeys(name for source in sources for name in source.unknown)))
