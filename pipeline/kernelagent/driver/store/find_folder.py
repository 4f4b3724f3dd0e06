"""The directory that an id, or its beginning, means."""

from __future__ import annotations

from pathlib import Path

from kernelagent.driver.run_directory import SESSION
from kernelagent.driver.store.from_disk import REQUEST, RESULT, signature
from kernelagent.errors import BadOption, TargetNotFound


def folder_of(runs: Path, run_id: str) -> Path:
    """The directory of the run or session in ``runs`` whose id begins with ``run_id``, or that ``run_id`` names.

    Raises ``TargetNotFound``, and ``BadOption`` where several begin so.
    """
    named = Path(run_id)
    try:
        if any((named / name).is_file() for name in (REQUEST, SESSION, RESULT)):
            return named.absolute()
        if run_id and named.name == run_id and signature(runs / run_id) is not None:
            return (runs / run_id).absolute()
    except (OSError, ValueError):
        pass  # a name that no file can have
    from kernelagent.driver.store.run_store import RunStore

    with RunStore(runs) as store:
        store.refresh()
        found = [row.name for row in store.beginning_with(run_id)]
    if not found:
        raise TargetNotFound(f"there is no run {run_id} in {runs}.", hint="See `kernelagent runs list`.")
    if len(found) > 1:
        raise BadOption(f"several runs begin with {run_id}: {', '.join(found[:5])}.")
    return (runs / found[0]).absolute()
