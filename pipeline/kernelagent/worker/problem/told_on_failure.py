"""Why a module cannot be learned may lie in a file that it imports or reads: they are told then, too."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from kernelagent.contract.codec import write_json
from kernelagent.contract.problem import Problem
from kernelagent.errors import KernelAgentError
from kernelagent.worker.problem.data_files import Reads
from kernelagent.worker.problem.installed_packages import Imports


@contextlib.contextmanager
def told_on_failure(given: Problem, reads: Reads, imports: Imports, args: Mapping[str, Any]) -> Iterator[None]:
    """Leaves ``args["read"]`` where an error of the catalogue is raised, if it is asked for: ``given`` with its files,
    as JSON."""
    try:
        yield
    except KernelAgentError:
        if "read" in args:
            file = Path(args["read"])
            files, packages = imports.of(given)
            data = reads.files(given, [file.parent])
            write_json(file, replace(given, imports=files, data=data, packages=packages))
        raise
