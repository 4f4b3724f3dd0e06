"""A target and options as a caller of the Python API gives them: a text, or a live module with example inputs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kernelagent.contract.options import Options
from kernelagent.driver.run_directory import new_run_id, runs_folder
from kernelagent.driver.target import Target, parse_target
from kernelagent.errors import BadOption

if TYPE_CHECKING:
    import torch

    from kernelagent.contract.option_fields import OptionFields


@dataclass(frozen=True)
class Request:
    target: Target
    options: Options
    runs: Path | None = None
    """Where its runs are, where that is not the project of the target's file: below the current folder."""


@contextmanager
def requested(
    target: str | os.PathLike[str] | torch.nn.Module,
    example_inputs: Any,
    options: OptionFields,
    kernel: str | os.PathLike[str] | None = None,
) -> Iterator[Request]:
    """``kernel``: the file that is to be judged. Raises ``TypeError`` for an unknown option, ``BadOption``,
    ``NotAModule``, ``NotPicklable``, ``BadExampleInputs``, and ``InitFailed`` where a live module does not tell what
    the kernel's class takes."""
    given = dict[str, Any](options)
    if example_inputs is not None:
        from kernelagent.live.example_text import inputs_text

        given["inputs"] = inputs_text(example_inputs)
    if isinstance(target, (str, os.PathLike)):
        yield Request(parse_target(os.fspath(target)), Options(**given))
        return
    if Options(**given).remote:
        raise BadOption(
            "--remote: a live module is judged in this machine's own workers.",
            hint="Give the class as file.py::Class to have it judged there.",
        )
    from kernelagent.live.called import with_results
    from kernelagent.live.constructor import init_for
    from kernelagent.live.saving import is_of_a_file, live_target

    if kernel is not None and given.get("init") is None:
        given["init"] = init_for(Path(kernel), target)
    init_given = given.get("init") is not None
    with live_target(target, init_given=init_given) as saved:
        found = with_results(saved, target, Options(**{**given, "init": given.get("init") or "()"}))
        assert found.live is not None
        given["interpreter"] = given.get("interpreter") or sys.executable
        if not init_given:  # it says in every record what was judged, and constructs nothing
            given["init"] = repr(f"a live module, {found.live.sha256[:12]}")
        runs = None
        if not is_of_a_file(found):
            runs = runs_folder(Path.cwd() / "notebook.py")
            given["run_dir"] = given.get("run_dir") or str(runs / new_run_id(found.class_name or "module"))
        yield Request(found, Options(**given), runs)


def named(target: Any) -> Target:
    """For a result that tells why the request could not be made."""
    if isinstance(target, (str, os.PathLike)):
        return parse_target(os.fspath(target))
    cls = type(target)
    return Target(Path(cls.__module__), cls.__qualname__)
