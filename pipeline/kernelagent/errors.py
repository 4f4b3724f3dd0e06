"""The catalogue of user-facing errors: one class each; its name is the code, the diagnostic's code and the anchor in
docs/errors.md. A message says what happened; the hint says what to do. Standard library only: both sides raise these.

    KernelAgentError
    ├── UsageError              exit 2: bad usage or input; nothing was run
    │   ├── TargetNotFound, SyntaxErrorInTarget, ClassNotFound, NotAModule, AmbiguousTarget, NotPicklable
    │   ├── NoExampleInputs, BadExampleInputs, InputsDoNotFit, InitFailed
    │   ├── ModelRaised, NotExportable, RandomModel, ConstantModel, NothingToFuse
    │   ├── UnsupportedOperator, UnsupportedDtype
    │   ├── InterpreterNotFound, TorchMissing, TritonMissing, UnsupportedVersion
    │   ├── BadOption, BadConfiguration, NotAKernelFile, StaleKernel, StillGoing
    │   ├── ProviderNotConfigured, ConsentNeeded, KeyRejected, RequestRefused
    │   ├── RayMissing, ClusterNeedsToken, ClusterTokenRejected, ClusterMismatch
    │   ├── GradioMissing, TooManyJobs
    │   └── GpuNotFound, SanitizerNotFound, FolderNotWritable
    ├── RunError                exit 1: the run could not finish
    │   ├── WorkerDied, TimedOut, SanitizerFailed, DiskFull, InternalError
    │   ├── RateLimited, ProviderTimedOut, ProviderFailed, ConnectionLost, UnusableReply
    │   ├── ClusterUnreachable, ClusterLost, GpuBusy, OutOfGpuMemory
    │   ├── BudgetSpent, NoVerifiedKernel, NoFusedModule, NotRecorded
    └── Cancelled               exit 130
"""

from __future__ import annotations

from typing import Any, ClassVar


def sentences(message: str, hint: str) -> str:
    """A message, which may be no sentence yet, and what to do."""
    ended = message if not message or message.endswith((".", "!", "?")) else f"{message}."
    return f"{ended} {hint}".strip()


class KernelAgentError(Exception):
    """Base of all errors that a user sees."""

    hint: ClassVar[str] = ""
    """What to do, when the raiser has nothing more exact to say."""
    exit_status: ClassVar[int] = 1
    of_module: ClassVar[bool] = False
    """It tells of the module: the same comes again until something changes that the answer hangs on. Other errors tell
    of the network, a key, the disk, and may be over now."""

    def __init__(self, message: str, *, hint: str | None = None, file: str | None = None, line: int | None = None):
        super().__init__(message)
        self.message = message
        self.remedy = type(self).hint if hint is None else hint
        self.file = file
        self.line = line
        self.details = ""
        """For the log only: a traceback, a worker's last words. Never shown to the user."""

    @property
    def told(self) -> str:
        """What happened and what to do, as sentences."""
        return sentences(self.message, self.remedy)

    @property
    def code(self) -> str:
        return type(self).__name__

    def to_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "message": self.message,
            "hint": self.remedy,
            "file": self.file,
            "line": self.line,
        }


class UsageError(KernelAgentError):
    exit_status = 2


class RunError(KernelAgentError):
    exit_status = 1


class TargetNotFound(UsageError):
    hint = "Name an existing Python file, as FILE.py or FILE.py::Class."


class SyntaxErrorInTarget(UsageError):
    of_module = True
    hint = "Mend the syntax error; nothing was run."


class ClassNotFound(UsageError):
    of_module = True
    hint = "Name one of the nn.Module classes that the file defines, as FILE.py::Class."


class NotAModule(UsageError):
    of_module = True
    hint = "Name a class that inherits torch.nn.Module."


class AmbiguousTarget(UsageError):
    of_module = True
    hint = "The file defines several modules: name one, as FILE.py::Class."


class NotPicklable(UsageError):
    of_module = True
    hint = "Put lambdas, local classes and open files out of it, or give the class as file.py::Class."


class TextDiffers(UsageError):
    of_module = True
    hint = (
        "Usual causes: an attribute of the class, a function or a global that was set afterwards, or a cell run again. "
        "Put the value into the module, or run the cells (reload the file) anew, in order, and make the module again."
    )


class NoExampleInputs(UsageError):
    of_module = True
    hint = (
        "Say what forward() takes: define get_inputs() (and get_init_inputs()) in the file, write a directive above "
        'the class such as "# kernelagent: inputs=(torch.randn(8, 64),), init=(64,)", or pass --inputs and --init.'
    )


class BadExampleInputs(UsageError):
    of_module = True
    hint = "Correct the expression: Python with torch in scope, a tuple of positional or a dict of keyword inputs."


class InputsDoNotFit(UsageError):
    of_module = True
    hint = "Make the example inputs match forward()'s signature."


class InitFailed(UsageError):
    of_module = True
    hint = "Correct the init arguments so that the class can be constructed with them."


class ModelRaised(UsageError):
    of_module = True
    hint = "Run the module by hand on the same inputs, and mend what raises."


class NotExportable(UsageError):
    of_module = True
    hint = "Rewrite the named line so that torch.export can trace it: no data-dependent Python control flow."


class RandomModel(UsageError):
    of_module = True
    hint = "Its result is random, so no kernel can equal it: use --mode eval, or take the randomness out of forward()."


class ConstantModel(UsageError):
    of_module = True
    hint = "Its outputs tell nothing of its inputs, so nothing can tell a right kernel from a wrong one."


class NothingToFuse(UsageError):
    of_module = True
    hint = "Choose a module whose forward() computes something."


class UnsupportedOperator(UsageError):
    of_module = True
    hint = "Move the operator out of the module, or fuse the parts before and after it as modules of their own."


class UnsupportedDtype(UsageError):
    of_module = True
    hint = "Use float32, float16, bfloat16, float64, an integer type or bool."


class InterpreterNotFound(UsageError):
    hint = "Pass --interpreter PATH, set kernelagent.interpreter, or activate the project's environment."


class TorchMissing(UsageError):
    hint = "Install PyTorch there (pip install torch), or choose the interpreter that has it."


class TritonMissing(UsageError):
    hint = "Install Triton there (pip install triton), or choose the interpreter that has it. There is none for macOS."


class UnsupportedVersion(UsageError):
    hint = "Use a supported version: see `kernelagent doctor`."


class BadOption(UsageError):
    hint = "See --help."


class StillGoing(UsageError):
    hint = "Wait until it ends, or end it; then `kernelagent runs resume` lets it go on."
    of_module = False


class BadConfiguration(UsageError):
    hint = "Correct the named key in the named file."


class NotAKernelFile(UsageError):
    hint = "Name a Python file that defines kernel_function(...) or a module class (ModelNew or <Class>Triton)."


class StaleKernel(UsageError):
    hint = "Fuse it again, or verify the kernel against the new text."


class NotACertificate(UsageError):
    hint = "Name a verdict that `kernelagent verify` wrote as JSON, or the result.json of a run."


class ProviderNotConfigured(UsageError):
    hint = "Use --provider builtin, which needs nothing."


class ConsentNeeded(UsageError):
    hint = "Pass --yes, or run the command in a terminal and answer there; it is asked once for each project."


class KeyRejected(UsageError):
    hint = "Set a key that is valid and may use this model: see `kernelagent models`."


class RequestRefused(UsageError):
    hint = "Choose another model with --model: see `kernelagent models`."


class GpuNotFound(UsageError):
    hint = "Run it on a machine with a GPU that PyTorch can use: see `kernelagent doctor`."


class SanitizerNotFound(UsageError):
    hint = (
        "It comes with NVIDIA's CUDA toolkit (or its package cuda-sanitizer); put it on PATH, or set CUDA_HOME to the "
        "toolkit's folder."
    )


class FolderNotWritable(UsageError):
    hint = "Pass --run-dir with a folder that can be written to."


class RayMissing(UsageError):
    hint = "Install it beside kernelagent: pip install 'kernelagent-lsp[ray]'."


class GradioMissing(UsageError):
    hint = "Install it beside kernelagent: pip install 'kernelagent-lsp[ui]'."


class TooManyJobs(UsageError):
    hint = "Wait until one has ended, cancel one under Runs, or let the server take more (its option `jobs`)."


class ClusterNeedsToken(UsageError):
    hint = (
        "Set RAY_AUTH_MODE=token on the cluster and here, and give this side the cluster's token: RAY_AUTH_TOKEN, or a "
        "file that RAY_AUTH_TOKEN_PATH names, or ~/.ray/auth_token (`ray get-auth-token` shows it there)."
    )


class ClusterTokenRejected(UsageError):
    hint = (
        "Give this side the token that the cluster was started with: RAY_AUTH_TOKEN, RAY_AUTH_TOKEN_PATH or "
        "~/.ray/auth_token; `ray get-auth-token` shows it on the cluster's machine."
    )


class ClusterMismatch(UsageError):
    hint = "Use the same Ray and the same Python, to the minor version, on both sides: pip install 'ray==VERSION'."


class ClusterUnreachable(RunError):
    hint = "Look whether the cluster runs (`ray status` there), and at the address, the tunnel and the firewall."


class ClusterLost(RunError):
    hint = "Run the same again when the cluster is back: what was finished is kept."


class GpuBusy(RunError):
    hint = "Wait until others are done there, and run the same again; --budget-seconds says how long to wait."


class OutOfGpuMemory(RunError):
    hint = "Use smaller example inputs, or a GPU with more memory: CUDA_VISIBLE_DEVICES says which one is used."


class WorkerDied(RunError):
    hint = "Its last words are in error.log of the run directory. Out of memory is the usual cause."


class TimedOut(RunError):
    hint = "Use smaller example inputs, or raise --budget-seconds."


class TimedOutputsDiffer(RunError):
    hint = (
        "Its times mean nothing. See what `kernelagent verify` says; what depends on the number of calls may not show "
        "there."
    )


class SanitizerFailed(RunError):
    hint = "Its output says why. Without it everything else can still be verified."


class DiskFull(RunError):
    hint = "Free some disk space and run again; what was finished is kept."


class RateLimited(RunError):
    hint = "Wait and run again, use fewer --workers, or ask the provider for a higher limit."


class ProviderTimedOut(RunError):
    hint = "Run again, or choose a faster model with --model."


class ProviderFailed(RunError):
    hint = "It is the provider's own failure and usually passes: run again later."


class ConnectionLost(RunError):
    hint = (
        "Check the network, the proxy (HTTPS_PROXY, HTTP_PROXY or ALL_PROXY) and the address of the provider, then run "
        "again."
    )


class UnusableReply(RunError):
    hint = "Choose another model with --model."


class BudgetSpent(RunError):
    hint = "Raise the limit that was reached."


class NoVerifiedKernel(RunError):
    of_module = True
    hint = (
        "Raise --max-iters or --workers, or choose a stronger model; `kernelagent runs resume` takes larger limits, "
        "and asks for what is missing alone. Each attempt and its verdict are in the run directory."
    )


class NoFusedModule(RunError):
    of_module = True
    hint = "Raise --max-iters or --workers, choose a stronger model, or rewrite the module so that it exports."


class NotRecorded(RunError):
    hint = "A replay asks nobody. `kernelagent runs resume ID` asks for what is missing."


class InternalError(RunError):
    hint = "This is a defect of KernelAgent: please report it with the output of `kernelagent doctor`."


class Cancelled(KernelAgentError):
    hint = "Nothing was applied; a run directory, if one was begun, holds what was finished."
    exit_status = 130


def _descendants(cls: type[KernelAgentError]) -> list[type[KernelAgentError]]:
    return [cls, *(d for sub in cls.__subclasses__() for d in _descendants(sub))]


CATALOGUE: dict[str, type[KernelAgentError]] = {cls.__name__: cls for cls in _descendants(KernelAgentError)}


def from_json(data: dict[str, Any]) -> KernelAgentError:
    """Rebuild an error that crossed a process. An unknown code becomes ``InternalError``."""
    cls = CATALOGUE.get(str(data.get("code")), InternalError)
    return cls(str(data.get("message", "")), hint=data.get("hint"), file=data.get("file"), line=data.get("line"))
