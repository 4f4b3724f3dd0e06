"""``TritonKernelAgent``: KernelAgent's Python interface on top of this engine."""

from __future__ import annotations

import logging
import secrets
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args, get_type_hints

from kernelagent.cli.from_kernelagent import flags
from kernelagent.contract.option_values import checked
from kernelagent.contract.options import Options
from kernelagent.contract.python_names import in_python
from kernelagent.contract.session import SessionRequest, SessionResult
from kernelagent.contract.shown import shown
from kernelagent.contract.typed_numbers import whole_number
from kernelagent.driver import standalone
from kernelagent.driver.agents.author import provider_with
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.describing.source_in import source_in
from kernelagent.driver.interrupt import cancelled_by_signals
from kernelagent.driver.printable import printable
from kernelagent.driver.providers.catalogue import ProviderName
from kernelagent.driver.providers.secrets import keyring
from kernelagent.driver.run_directory import RUNS_FOLDER
from kernelagent.driver.sessions.callers_test import unreadable
from kernelagent.driver.sessions.going_through import author_of_words, go_through, not_begun
from kernelagent.driver.sessions.session_directory import SessionDirectory
from kernelagent.errors import BadOption, KernelAgentError

_LOG = logging.getLogger("TritonKernelAgent")


class TritonKernelAgent:
    """Writes a verified kernel for a module's source.

        agent = TritonKernelAgent()
        result = agent.generate_kernel(Path("problem.py").read_text())
        print(result["kernel_path"] if result["success"] else result["message"])

    Without ``model_name`` the built-in synthesizer works first, and a provider that is configured where it refuses. A
    model is asked for from the provider that has it by the catalogue, or by its name; where that is not set up, and for
    any other name, from the relay, as in KernelAgent.
    """

    def __init__(
        self,
        num_workers: int | None = None,
        max_rounds: int | None = None,
        log_dir: str | None = None,
        model_name: str | None = None,
        high_reasoning_effort: bool = True,
        preferred_provider: ProviderName | None = None,
        target_platform: object = None,
        no_cusolver: bool = False,
        test_timeout_s: float = 30.0,
        *,
        yes: bool = False,
        **options: Any,
    ) -> None:
        """KernelAgent's arguments, in its order. ``NUM_KERNEL_SEEDS`` and ``MAX_REFINEMENT_ROUNDS`` (also in ``.env``)
        are the defaults of the first two; ``target_platform`` and ``no_cusolver`` are taken and left unused, as the
        flags of these names are.

        ``options`` are further fields of :class:`Options`. ``yes`` agrees to sending code to the provider.

        Raises ``BadOption`` for a value that an option cannot have, and ``TypeError`` for an unknown option.
        """
        self._log_dir = Path(log_dir).absolute() if log_dir is not None else Path.cwd() / RUNS_FOLDER
        self._test_timeout_s = checked("test_timeout_s", float, test_timeout_s)
        options.setdefault("effort", "high" if high_reasoning_effort else "medium")
        self._options = Options(
            workers=_given("workers", "num_workers", num_workers) or _number("workers", "NUM_KERNEL_SEEDS"),
            max_iters=_given("max_iters", "max_rounds", max_rounds) or _number("max_iters", "MAX_REFINEMENT_ROUNDS"),
            provider=_provider(model_name or None, preferred_provider),
            model=model_name or None,
            yes=yes,
            env_file=str(Path.cwd() / ".env"),
            **options,
        )

    def generate_kernel(self, problem_description: str, test_code: str | None = None) -> dict[str, Any]:
        """A kernel for ``problem_description``: Python source with a module and its ``get_inputs()``, alone or among
        words; or plain words, of which a model makes such a module first. It is run, kept as ``problem.py``, and told
        to the log.

        ``test_code`` is run after the judge has verified the kernel, in the sandbox: a script that does
        ``from kernel import kernel_function`` and ends with status 0 when it is content. Functions ``test_*`` that it
        only defines are called.

        Returns ``success``, ``message`` and ``session_dir``, and with success ``kernel_code``, ``kernel_path``,
        ``rounds`` and ``worker_id`` (0: the built-in synthesizer). Errors of the catalogue come back in ``message``.
        Ctrl-C lets the session write down how far it came, and raises ``KeyboardInterrupt``.
        """
        session = SessionDirectory(self._log_dir / f"session_{time.strftime('%Y%m%d_%H%M%S')}_{secrets.token_hex(3)}")
        if isinstance(test_code, str):
            test_code = test_code.removeprefix("\ufeff")  # as Python reads files
        why = _unusable(problem_description, test_code)
        if why:
            return _failure(session, why)
        options = replace(self._options, run_dir=str(session.run.path))
        request = SessionRequest(str(session.path), problem_description, test_code, self._test_timeout_s, options)
        try:
            session.begin(request, source_in(problem_description) or problem_description)
        except KernelAgentError as exc:
            return _failure(session, f"{exc.message} Give log_dir, a folder that can be written to.")
        token = CancelToken()
        try:
            author = author_of_words(session, request)
            with cancelled_by_signals(token, ("SIGINT",)), standalone.worker_pool(session.problem, options) as pool:
                result = go_through(
                    session,
                    request,
                    author,
                    pool=pool,
                    cancel=token,
                    show=lambda text: _LOG.info("%s", printable(text)),
                )
        except KernelAgentError as exc:
            result = not_begun(session, request, exc)
        if result.status != "verified" and token.cancelled:
            raise KeyboardInterrupt(result.message)
        return _answer(session, result)

    def cleanup(self) -> None:
        """KernelAgent's programs call it; workers live as long as one call, so there is nothing to clean up."""


def _answer(session: SessionDirectory, result: SessionResult) -> dict[str, Any]:
    if result.status != "verified":
        return _failure(session, result.message)
    return {
        "success": True,
        "kernel_code": session.kernel.read_text(encoding="utf-8"),
        "kernel_path": str(session.kernel),
        "session_dir": str(session.path),
        "rounds": result.rounds,
        "worker_id": result.worker_id,
        "message": result.message,
    }


def _unusable(description: str, test_code: str | None) -> str:
    """What is wrong with what was given, in a sentence; empty where nothing is."""
    for name, given in (("problem_description", description), ("test_code", "" if test_code is None else test_code)):
        if not isinstance(given, str):
            return f"{name} is no text, but a value of type {type(given).__name__}: give what is in the file."
    if _is_file(description):
        return f"problem_description is the path of a file, {description.strip()!r}: give what is in the file."
    if not description.strip():
        return "problem_description is empty: give a module's source, or words."
    if test_code is not None and not test_code.strip():
        return "test_code is empty, so it tests nothing: leave it out, or give a script that calls kernel_function."
    for name, text in (("problem_description", description), ("test_code", test_code or "")):
        try:
            text.encode("utf-8")
        except UnicodeEncodeError as exc:
            return f"{name} is no text: character {exc.start} is half of a surrogate pair."
    return unreadable(test_code or "")


def _is_file(description: str) -> bool:
    """Whether one word of it names a file that is there."""
    try:
        return len(description.split()) == 1 and Path(description.strip()).is_file()
    except (OSError, ValueError):
        return False


def _failure(session: SessionDirectory, message: str) -> dict[str, Any]:
    return {"success": False, "message": in_python(message), "session_dir": str(session.path)}


def _provider(model: str | None, preferred: ProviderName | None) -> Any:
    if preferred is not None:
        known = get_args(get_type_hints(Options)["provider"])
        if preferred not in known:
            raise BadOption(
                f"preferred_provider={shown(preferred)} is not known.", hint=f"It is one of {', '.join(known)}."
            )
        return preferred
    if model is None:
        return "auto"
    here = Path.cwd() / "here.py"
    return provider_with(here, model, keyring(here, env_file=str(Path.cwd() / ".env")))


def _given(option: str, called: str, value: int | None) -> int | None:
    """``value``, which can be what ``option`` can; as in KernelAgent, 0 is as good as none."""
    return checked(option, int, value, called=called) if value else None


def _number(option: str, variable: str) -> int:
    text = flags.variable(variable)
    if not text:
        return int(getattr(Options, option))
    count = whole_number(text)
    return int(checked(option, int, text if count is None else count, called=variable))
