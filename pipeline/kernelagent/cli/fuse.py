"""``kernelagent fuse TARGET``: the whole pipeline."""

from __future__ import annotations

from typing import Any

import click

from kernelagent.cli.progress import plain_reader, progress_reader
from kernelagent.cli.report import told
from kernelagent.cli.shared_options import (
    agreed,
    fresh_option,
    json_option,
    module_options,
    resolve,
    run_options,
    sandbox_option,
    sanitize_option,
)
from kernelagent.contract.options import Options
from kernelagent.contract.result import Result
from kernelagent.driver import pipeline, standalone
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.interrupt import cancelled_by_signals
from kernelagent.driver.outcome import failed_result
from kernelagent.driver.store.recall import recall
from kernelagent.driver.target import Target, parse_target
from kernelagent.errors import KernelAgentError


@click.command(
    epilog="Example:  kernelagent fuse model.py::Block --inputs '(torch.randn(8, 512),)' --init '(512,)'",
)
@click.argument("target", metavar="FILE.py[::CLASS]")
@module_options
@run_options
@sandbox_option
@sanitize_option
@fresh_option
@json_option
def command(target: str, as_json: bool, **given: Any) -> int:
    """Turn a PyTorch module into a verified Triton kernel.

    Captures the module, cuts its graph into fusable pieces, writes Triton for each, judges every kernel in a sandbox
    and composes one file that imports torch and triton only. The result is in the run directory; nothing of yours is
    changed.

    Exit status: 0 verified, 1 not verified, 2 bad usage or input, 130 cancelled.
    """
    options = resolve(given)
    with cancelled_by_signals() as cancel:
        result = _fuse(target, options, cancel)
    return told(result, as_json)


def _fuse(text: str, options: Options, cancel: CancelToken) -> Result:
    from pathlib import Path

    target = Target(Path(text), None)
    try:
        target = parse_target(text)
        before = recall(target, options, on_event=plain_reader())
        if before is not None:
            return before
        options = agreed(target.file, options)
        with standalone.worker_pool(target.file, options) as pool, progress_reader() as on_event:
            return pipeline.fuse(target, options, pool=pool, on_event=on_event, cancel=cancel)
    except KernelAgentError as exc:
        return failed_result(target, exc)
