"""A job's outcome as findings, and as one sentence."""

from __future__ import annotations

import os
from pathlib import Path

from kernelagent.contract.verdict import Failure, Verification
from kernelagent.driver.target import modules_in
from kernelagent.errors import sentences
from lsprotocol.types import DiagnosticSeverity as Severity

from kernelagent_lsp.diagnostics.finding import Finding, Related
from kernelagent_lsp.diagnostics.of_directive import place_of_error
from kernelagent_lsp.diagnostics.wording import for_editor
from kernelagent_lsp.jobs.job import Job, Judged, Refused, Timed
from kernelagent_lsp.jobs.money import dollars
from kernelagent_lsp.uris import path_to_uri


def sentence(job: Job) -> str:
    """How ``job`` ended, for people."""
    name, outcome = job.asked.class_name, job.outcome
    if job.state == "cancelled" or outcome is None:
        spent = f" {dollars(job.usd)} had been spent." if job.usd else ""
        return f"{name}: cancelled after {job.elapsed_s:.1f} s.{spent}"
    if isinstance(outcome, Refused):
        return f"{name}: {_told(outcome.error.message, outcome.error.remedy)}"
    if isinstance(outcome, Judged):
        return f"{name}: {outcome.verification.summary}"
    if isinstance(outcome, Timed):
        found = outcome.benchmark
        against = "" if found.speedup_compile is None else f", {found.speedup_compile:.2f}x torch.compile"
        speed = f"{found.kernel_ms.median:.4f} ms on {found.device}: {found.speedup_eager:.2f}x eager{against}"
        return f"{name}: {speed}."
    result = outcome.result
    if result.error is not None:
        return f"{name}: {_told(result.error.message, result.error.hint)}"
    if result.verification is not None:
        before = f" The same was asked of the run {result.cached}, whose answer still holds." if result.cached else ""
        return f"{name}: {result.verification.summary}{before}"
    return f"{name}: {result.status}."


def findings(job: Job) -> tuple[Finding, ...]:
    """What to show in the editor for ``job``, which has ended; nothing for a cancelled one."""
    outcome = job.outcome
    if job.state == "cancelled" or outcome is None:
        return ()
    if isinstance(outcome, Refused):
        error = outcome.error
        return (_error(job, error.code, _told(error.message, error.remedy), error.file, error.line),)
    if isinstance(outcome, Judged):
        return _verdict(job, outcome.verification, outcome.kernel, outcome.kernel_text)
    if isinstance(outcome, Timed):
        return (_at_class(job, Severity.Information, "Timed", sentence(job)),)
    result = outcome.result
    kernel = None if result.kernel is None else outcome.run_dir / result.kernel
    if result.verification is not None and (result.error is None or kernel is not None):
        return _verdict(job, result.verification, kernel, outcome.kernel_text or "")
    if result.error is not None:
        info = result.error
        return (_error(job, info.code, _told(info.message, info.hint), info.file, info.line),)
    return (_at_class(job, Severity.Information, result.status, sentence(job)),)


def _verdict(job: Job, verification: Verification, kernel: Path | None, text: str) -> tuple[Finding, ...]:
    if verification.verdict == "pass":
        return (_at_class(job, Severity.Information, "Verified", verification.summary),)
    failed = verification.failures
    code = failed[0].check.family if failed else "NotVerified"
    uri = None if kernel is None else path_to_uri(str(kernel))
    at_lines = [failure for failure in failed if failure.check.line is not None] if uri is not None else []
    related = tuple(Related(str(uri), one.check.line or 1, f"{one.check.name}: {one.check.detail}") for one in at_lines)
    message = "\n".join((verification.summary, *(failed[0].notes if failed else ())))
    at_class = _at_class(job, Severity.Error, code, message, related)
    return (at_class, *(_in_kernel(job, str(uri), text, failure) for failure in at_lines))


def _in_kernel(job: Job, uri: str, text: str, failure: Failure) -> Finding:
    return Finding(
        uri=uri,
        text=text,
        severity=Severity.Error,
        code=failure.check.family,
        message="\n".join((f"{failure.check.name}: {failure.check.detail}", *failure.notes)),
        line=failure.check.line or 1,
        related=(Related(job.asked.uri, 1, f"The kernel was made for {job.asked.class_name}."),),
        job_id=job.id,
    )


def _at_class(job: Job, severity: Severity, code: str, message: str, related: tuple[Related, ...] = ()) -> Finding:
    return Finding(
        uri=job.asked.uri,
        text=job.asked.text,
        severity=severity,
        code=code,
        message=message,
        class_name=job.asked.class_name,
        related=related,
        job_id=job.id,
    )


def _error(job: Job, code: str, message: str, file: str | None, line: int | None) -> Finding:
    """An error at its own line where that is known, else at the class."""
    copy = None if job.run_dir is None else job.run_dir / "problem.py"  # the text that was fused, line for line
    ours = file is None or os.path.realpath(file) in {os.path.realpath(p) for p in (job.asked.path, copy) if p}
    at_directive = _at_directive(job, code, message) if ours else None
    if at_directive is not None:
        raised = () if line in (None, at_directive[0]) else (Related(job.asked.uri, line or 1, "It was raised here."),)
        return Finding(
            uri=job.asked.uri,
            text=job.asked.text,
            severity=Severity.Error,
            code=code,
            message=message,
            line=at_directive[0],
            related=raised,
            job_id=job.id,
            about=job.asked.class_name,
            part=at_directive[1],
        )
    if line is None or (not ours and not os.path.isfile(str(file))):
        return _at_class(job, Severity.Error, code, message)
    if not ours:
        there = Related(path_to_uri(str(file)), line, message)
        return _at_class(job, Severity.Error, code, message, (there,))
    return Finding(
        uri=job.asked.uri,
        text=job.asked.text,
        severity=Severity.Error,
        code=code,
        message=message,
        line=line,
        job_id=job.id,
        about=job.asked.class_name,
    )


def _at_directive(job: Job, code: str, message: str) -> tuple[int, str] | None:
    """Where the directive of the class stands that the error is of."""
    text = job.asked.text.removeprefix("\ufeff")
    try:
        module = next((one for one in modules_in(text) if one.name == job.asked.class_name), None)
    except (SyntaxError, ValueError, RecursionError):
        return None
    return None if module is None else place_of_error(text.split("\n"), module.line, code, message)


def _told(message: str, hint: str) -> str:
    """What happened and what to do, as sentences."""
    return sentences(for_editor(message).rstrip(), for_editor(hint))
