"""Before code of a project is sent to a host for the first time, its user is asked; the answer is kept in the user's
own configuration folder, where no repository that was cloned can have put one."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from kernelagent.contract.codec import parse_json, write_json
from kernelagent.driver.project_file import project_root
from kernelagent.driver.providers.exchange import Provider
from kernelagent.driver.users_own import user_folder
from kernelagent.errors import ConsentNeeded

Question = Callable[[str], bool]
AGREE = " Agree, for this project?"
"""What a question ends with, after what is sent to whom."""


def require_consent(
    provider: Provider, file: Path, *, yes: bool, question: Question | None, environ: Mapping[str, str] | None = None
) -> str:
    """Raises ``ConsentNeeded`` when the answer is no, or nobody can be asked. ``yes`` answers for this run only; so
    does a user whose answer cannot be kept, and then a sentence that says so is returned."""
    if not provider.destination or yes:
        return ""
    kept = user_folder(os.environ if environ is None else environ) / "agreed.json"
    project = str(project_root(file))
    agreed = _read(kept)
    if provider.destination in agreed.get(project, ()):
        return ""
    what = (
        "The source of the module (where it does not export, also that of the project's files that it imports), its "
        f"graph and shapes, and the judge's findings on attempts are sent to {provider.destination} ({provider.name})."
    )
    if question is None or not question(f"{what}{AGREE}"):
        raise ConsentNeeded(f"{what} You have not agreed to that.")
    agreed[project] = sorted({*agreed.get(project, ()), provider.destination})
    try:
        write_json(kept, agreed)
    except OSError as exc:
        return f"That you agree holds for this time only: {kept} cannot be written ({exc.strerror or exc})."
    return ""


def _read(path: Path) -> dict[str, list[str]]:
    try:
        document = parse_json(path.read_bytes())
        return {str(project): [str(host) for host in hosts] for project, hosts in document.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}  # an unreadable answer is no answer: the question is put again
