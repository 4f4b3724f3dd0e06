"""What models have cost up to now, in a file that outlives the process: whoever goes on counts it."""

from __future__ import annotations

import math
from pathlib import Path

from kernelagent.contract.codec import read_json, write_json
from kernelagent.contract.result import Cost
from kernelagent.driver.providers.accounting import Account
from kernelagent.driver.run_directory import disk_error


def cost_before(path: Path) -> Cost:
    """Of what went on before; the file may have come with a repository, and lie."""
    try:
        earlier = read_json(path, Cost)
    except (OSError, ValueError):
        return Cost()
    figures = earlier.input_tokens, earlier.output_tokens, earlier.usd
    return earlier if all(0 <= figure < math.inf for figure in figures) else Cost()


def keep_cost(account: Account, path: Path) -> None:
    """With what is under way: nobody tells what that comes to if this process is killed. Raises ``DiskFull`` and
    ``FolderNotWritable``."""
    try:
        write_json(path, account.cost_so_far)
    except OSError as exc:
        raise disk_error(exc, path) from exc
