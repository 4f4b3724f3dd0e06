"""What a benchmark job's thread does."""

from __future__ import annotations

from collections.abc import Callable

from kernelagent.contract.events import Event
from kernelagent.errors import GpuNotFound, KernelAgentError

from kernelagent_lsp.jobs.job import Job, Outcome, Refused
from kernelagent_lsp.jobs.trouble import internal_error
from kernelagent_lsp.pools import Pools


def time_work(pools: Pools) -> Callable[[Job, Callable[[Event], None]], Outcome]:
    """Times are taken on a GPU and nowhere else: in the interpreter they would mean nothing."""

    def work(job: Job, emit: Callable[[Event], None]) -> Outcome:
        asked = job.asked
        try:
            job.token.raise_if_cancelled()
            pool = pools.get(asked.settings.interpreter, asked.path)
            gpus = pool.call("probe", {}, flavor="compile", cancel=job.token).get("gpus")
            if not gpus:
                raise GpuNotFound("PyTorch sees no GPU here, so there is nothing to time the kernel on.")
            raise GpuNotFound(
                "Timing from the editor is not available in this version.", hint="Run `kernelagent bench`."
            )
        except KernelAgentError as exc:
            return Refused(exc, None, None)
        except Exception as exc:  # noqa: BLE001 - whatever it is, it ends this job and not the server
            return Refused(internal_error(exc), None, None)

    return work
