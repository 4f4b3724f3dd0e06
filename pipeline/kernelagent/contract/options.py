"""Options shared by every front door, already resolved: what the user typed is another type (cli, server/options)."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any, Literal, get_type_hints

from kernelagent.contract.option_values import checked
from kernelagent.contract.problem import Mode


@dataclass(frozen=True)
class Options:
    """Raises ``BadOption`` for values that an option cannot have. A list is taken for a tuple."""

    provider: Literal["auto", "builtin", "openai", "anthropic", "relay", "scripted"] = "auto"
    model: str | None = None
    router_model: str | None = None
    """This and the next three: another model for one part of the work; ``None``: ``model``."""
    extract_model: str | None = None
    dispatch_model: str | None = None
    compose_model: str | None = None
    direct_model: str | None = None
    """For one kernel of the whole module; ``None``: ``dispatch_model``, else ``model``."""
    route: Literal["auto", "direct", "fuser"] = "auto"
    router_cache: bool = True
    fallback: bool = True
    """Try the other route when the first does not lead to a verified kernel; never with ``route`` given."""
    device: Literal["auto", "cpu", "cuda", "xpu"] = "auto"
    arch: tuple[str, ...] = ("sm_90",)
    remote: str | None = None
    """Address of a Ray cluster whose worker judges and times, in this machine's place (driver/remote/)."""
    interpreter: str | None = None
    """The user's Python; ``None``: found (driver/interpreter.py)."""
    inputs: str | None = None
    init: str | None = None
    mode: Mode = "constructed"
    compute: Literal["triton", "best"] = "triton"
    fp32: Literal["tf32x3", "ieee"] = "tf32x3"
    """How the built-in synthesizer's kernels multiply float32: as three TF32 products, or plainly."""
    allow_tf32: bool = False
    """They take TF32 where ``torch.backends.cuda.matmul.allow_tf32`` is set when they are launched."""
    workers: int = 2
    max_iters: int = 10
    samples: int = 1
    """Answers that a worker asks for at each attempt, to the same prompt."""
    direct_workers: int | None = None
    """For one kernel of the whole module; ``None``: ``workers``."""
    direct_max_iters: int | None = None
    effort: Literal["low", "medium", "high"] = "high"
    """How much a model that can be told so reasons."""
    llm_timeout_s: float | None = None
    """For one answer of a model; ``None``: ten minutes, or what ``LLM_RELAY_TIMEOUT_S`` says."""
    relay_url: str | None = None
    """The relay's address, before all others."""
    env_file: str | None = None
    """A ``.env`` with keys besides that of the project."""
    until: Literal["extract", "dispatch", "end"] = "end"
    """The last stage: a run that ends before can go on."""
    optimize: bool = False
    """Models go on after the first verified kernel, and the fastest verified one wins."""
    dispatch_jobs: int | None = None
    """Subgraphs that models write kernels for at a time; ``None``: all of them."""
    budget_usd: float | None = None
    budget_tokens: int | None = None
    """Of input and output together."""
    budget_seconds: float | None = None
    yes: bool = False
    output: str | None = None
    """Where to write the composed file besides the run directory."""
    run_dir: str | None = None
    fresh: bool = False
    """Make and judge anew what the same request was answered with before (driver/store/recall.py)."""
    verify: bool = True
    cases: tuple[str, ...] = ()
    """The judge's cases to try, by name; empty: all of them."""
    sanitize: bool = False
    """On a GPU: also run the cases under NVIDIA's compute-sanitizer."""
    sandbox: Literal["auto", "bubblewrap", "namespaces", "limits"] = "auto"
    """How candidates are shut in (driver/isolation.py)."""

    @property
    def task_seconds(self) -> float:
        """How long one task of a worker may take: five minutes, or the budget where that is longer."""
        return max(300.0, self.budget_seconds or 0.0)

    def __post_init__(self) -> None:
        for name, hint in _types().items():
            object.__setattr__(self, name, checked(name, hint, getattr(self, name)))


@functools.cache
def _types() -> dict[str, Any]:
    return get_type_hints(Options)
