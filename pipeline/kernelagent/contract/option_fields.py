"""The fields of :class:`Options` as keywords, for type checkers and editors; a test holds the two together."""

from __future__ import annotations

from typing import Literal, TypedDict

from kernelagent.contract.problem import Mode


class OptionFields(TypedDict, total=False):
    """What may be given by name; what is left out is the default of :class:`Options`, which says what each is."""

    provider: Literal["auto", "builtin", "openai", "anthropic", "relay", "scripted"]
    model: str | None
    router_model: str | None
    extract_model: str | None
    dispatch_model: str | None
    compose_model: str | None
    direct_model: str | None
    route: Literal["auto", "direct", "fuser"]
    router_cache: bool
    fallback: bool
    device: Literal["auto", "cpu", "cuda", "xpu"]
    arch: tuple[str, ...] | list[str]
    remote: str | None
    interpreter: str | None
    inputs: str | None
    init: str | None
    mode: Mode
    compute: Literal["triton", "best"]
    fp32: Literal["tf32x3", "ieee"]
    allow_tf32: bool
    workers: int
    max_iters: int
    samples: int
    direct_workers: int | None
    direct_max_iters: int | None
    effort: Literal["low", "medium", "high"]
    llm_timeout_s: float | None
    relay_url: str | None
    env_file: str | None
    until: Literal["extract", "dispatch", "end"]
    optimize: bool
    dispatch_jobs: int | None
    budget_usd: float | None
    budget_tokens: int | None
    budget_seconds: float | None
    yes: bool
    output: str | None
    run_dir: str | None
    fresh: bool
    verify: bool
    cases: tuple[str, ...] | list[str]
    sanitize: bool
    sandbox: Literal["auto", "bubblewrap", "namespaces", "limits"]
