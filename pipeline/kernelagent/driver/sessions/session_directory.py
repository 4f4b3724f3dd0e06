"""The folder of a session: the names of what is in it, and what it was asked for."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from kernelagent.contract.codec import read_json, write_json
from kernelagent.contract.run_request import anchored, moved
from kernelagent.contract.session import SCHEMA, SessionRequest
from kernelagent.driver.links import require_no_links
from kernelagent.driver.run_directory import COST, RUN_OF_SESSION, SESSION, RunDirectory, disk_error
from kernelagent.errors import BadOption

RESULT = "session_result.json"
_NO_TEST = """# No test was given: the judge compared final_kernel.py with the module of problem.py (run/result.json).
"""


@dataclass(frozen=True)
class SessionDirectory:
    path: Path

    @property
    def request(self) -> Path:
        return self.path / SESSION

    @property
    def result(self) -> Path:
        return self.path / RESULT

    @property
    def problem(self) -> Path:
        """The module; words, as long as there is none."""
        return self.path / "problem.py"

    @property
    def attempts(self) -> Path:
        """At a module of the words."""
        return self.path / "problem"

    @property
    def cost(self) -> Path:
        """Before the run begins, which has its own."""
        return self.path / COST

    @property
    def run(self) -> RunDirectory:
        return RunDirectory(self.path / RUN_OF_SESSION)

    @property
    def kernel(self) -> Path:
        return self.path / "final_kernel.py"

    def begin(self, request: SessionRequest, problem: str) -> None:
        """Make it. Raises ``FolderNotWritable`` and ``DiskFull``."""
        try:
            self.path.mkdir(parents=True)
            write_json(self.request, replace(request, options=anchored(request.options)))
            self.problem.write_text(problem, encoding="utf-8")
            (self.path / "test.py").write_text(request.test_code or _NO_TEST, encoding="utf-8")
        except OSError as exc:
            raise disk_error(exc, self.path) from exc

    def asked(self) -> SessionRequest:
        """What it was asked for, of a session that goes on where it lies now; an earlier agreement to send code is not
        remembered. Raises ``BadOption``."""
        require_no_links(self.path)
        try:
            request = read_json(self.request, SessionRequest)
        except (OSError, ValueError) as exc:
            why = exc.strerror if isinstance(exc, OSError) and exc.strerror else exc
            raise BadOption(f"{self.request} cannot be read: {why}.", hint="Call generate_kernel anew.") from exc
        if request.schema != SCHEMA:
            raise BadOption(f"{self.request} was written by another version.", hint="Call generate_kernel anew.")
        before = Path(os.path.normpath(request.folder)) / self.problem.name
        options = moved(request.options, before, self.problem)
        return replace(request, options=replace(options, yes=False, run_dir=str(self.run.path)))
