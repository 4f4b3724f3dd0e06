"""A form's values as a target and options. What was pasted becomes a file of its run's own folder, and is the user's
own code there, as any file is that ``kernelagent fuse`` is given."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from kernelagent.contract.options import Options
from kernelagent.driver.run_directory import new_run_id
from kernelagent.driver.target import Target, choose_class, read_source
from kernelagent.errors import BadOption, KernelAgentError, TargetNotFound
from kernelagent.ui.place import Place

PASTED = "problem.py"
MOST_CHARACTERS = 1 << 20


@dataclass(frozen=True)
class Form:
    """In the order in which a page hands its fields over."""

    source: str
    """The text in the editor."""
    picked: str | None
    """What was chosen from the list of problems; its file is meant as long as the text is the file's."""
    class_name: str
    inputs: str
    init: str
    mode: str
    provider: str
    model: str
    agree: bool
    arch: list[str]
    workers: int | None
    max_iters: int | None
    budget_usd: float | None
    budget_seconds: float | None
    verify: bool
    fresh: bool


@dataclass(frozen=True)
class Asked:
    target: Target
    options: Options


def options_of(form: Form, place: Place, **more: Any) -> Options:
    """``more``: what the page itself says, such as the route. Raises ``BadOption``."""
    given: dict[str, Any] = {
        "provider": form.provider,
        "model": form.model.strip() or None,
        "yes": form.agree,
        "mode": form.mode,
        "inputs": form.inputs.strip() or None,
        "init": form.init.strip() or None,
        "budget_usd": form.budget_usd,
        "budget_seconds": form.budget_seconds,
        "verify": form.verify,
        "fresh": form.fresh,
        "env_file": str(place.env_file),
        **more,
    }
    if form.arch:
        given["arch"] = tuple(form.arch)
    for name in ("workers", "max_iters"):
        value = getattr(form, name)
        if value is not None:
            given[name] = int(value)
    return Options(**given)


def target_of(form: Form, place: Place) -> Target | None:
    """The file that was picked, if the text is still its; ``None`` for a text that stands for itself."""
    target = place.problems.get(form.picked or "")
    if target is None:
        return None
    try:
        same = read_source(target).text.strip() == form.source.replace("\r\n", "\n").strip()
    except KernelAgentError:
        return None
    name = form.class_name.strip()
    return (replace(target, class_name=name) if name else target) if same else None


def named(form: Form, place: Place) -> Target:
    """What was pasted, with the class that was named."""
    return Target(place.folder / PASTED, form.class_name.strip() or None, text=form.source.replace("\r\n", "\n"))


def asked(form: Form, place: Place, **more: Any) -> Asked:
    """Raises ``TargetNotFound`` where nothing was pasted, ``BadOption``, and what :func:`choose_class` raises."""
    options = options_of(form, place, **more)
    target = target_of(form, place)
    if target is not None:
        return Asked(target, options)
    require_text(form.source)
    pasted = named(form, place)
    run = place.runs / new_run_id(choose_class(pasted, read_source(pasted)).name)
    return Asked(replace(pasted, file=run / PASTED), replace(options, run_dir=str(run)))


def require_text(text: str) -> None:
    """Raises ``TargetNotFound`` where there is none, and ``BadOption`` where it is no text, or too long."""
    if not text.strip():
        raise TargetNotFound("there is no module in the editor.", hint="Paste one, or pick a problem from the list.")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise BadOption("the text has half a character in it: a surrogate alone.", hint="Paste it again.") from None
    if len(text) > MOST_CHARACTERS:
        raise BadOption(
            f"the text has {len(text):,} characters.", hint=f"Paste the module alone: at most {MOST_CHARACTERS:,}."
        )
