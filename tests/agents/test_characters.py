"""The whole pipeline against a model server that plays characters, several workers at a time: never a wrong kernel,
never a hang, no connection left, no key on disk, and every failure with its class."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from doors import KEY, MODELS
from kernelagent.contract.codec import read_json
from kernelagent.contract.events import CandidateJudged, Event, StageFinished
from kernelagent.contract.options import Options
from kernelagent.contract.problem import Problem
from kernelagent.contract.result import Result
from kernelagent.contract.verdict import Verification
from kernelagent.driver.pipeline import fuse
from kernelagent.driver.run import Run
from kernelagent.driver.target import Target
from kernelagent.driver.workers import WorkerPool
from kernels import FALLS_BACK, MODULE, NO_ENTRY, NOT_PYTHON, PRINTS_SECRETS, RIGHT, WRONG_VALUES, said
from model_server import Act, Flood, Hang, ModelServer, Noise, Reset, Say, Seen, Status, playing

WORKERS, ITERATIONS = 3, 2
Character = Callable[[Seen, int], Act]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("kernelagent.driver.providers.asking.FIRST_WAIT_S", 0.01)
    (tmp_path / "model.py").write_text(MODULE, encoding="utf-8")
    table = '[tool.kernelagent.models."m"]\nprovider = "{}"\napi = "{}"\nusd-input = 2.0\nusd-output = 8.0\n'
    for name, model in MODELS.items():
        folder = tmp_path / name.replace(" ", "_")
        folder.mkdir()
        (folder / "model.py").write_text(MODULE, encoding="utf-8")
        (folder / "pyproject.toml").write_text(table.format(model.provider, model.api), encoding="utf-8")
    return tmp_path


def run(
    project: Path,
    door: str,
    character: Character,
    pool: WorkerPool,
    monkeypatch: pytest.MonkeyPatch,
    events: list[tuple[float, Event]] | None = None,
    **given: object,
) -> tuple[Result, ModelServer, Path]:
    """One run, and what every run must hold."""
    folder = project / door.replace(" ", "_")
    with playing(character) as server:
        for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "LLM_RELAY_API_KEY"):
            monkeypatch.setenv(name, KEY)
        for name in ("OPENAI_BASE_URL", "LLM_RELAY_URL"):
            monkeypatch.setenv(name, f"{server.url}/v1")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        provider = MODELS[door].provider
        options = Options(
            **{  # type: ignore[arg-type]
                **{"provider": provider, "model": "m", "workers": WORKERS, "max_iters": ITERATIONS},
                **{"run_dir": str(folder / "run"), **given},
            }
        )
        told = [] if events is None else events
        result = fuse(
            Target(folder / "model.py", "Block"),
            options,
            pool=pool,
            on_event=lambda event: told.append((time.monotonic(), event)),
        )
        assert server.wait_until_closed(1.0), "a connection is left"
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("kernelagent-agent")]
    assert server.seen
    for file in folder.rglob("*"):
        assert not file.is_file() or KEY.encode() not in file.read_bytes(), file
    assert KEY not in str(result)
    if result.status == "verified":
        assert result.verification is not None
        assert result.verification.verdict == "pass"
        accepted = (folder / "run" / "compose_out" / "composed_kernel.py").read_text(encoding="utf-8")
        assert accepted.partition("import torch")[2] == RIGHT.partition("import torch")[2]
    else:
        assert result.kernel is None
        assert result.error is not None
    return result, server, folder / "run"


def always(act: Act) -> Character:
    return lambda seen, turn: act


def until_told(wrong: str, words: str) -> Character:
    """Says ``wrong`` until the prompt has ``words``, then what is right."""
    return lambda seen, turn: Say(said(RIGHT if words in seen.text else wrong))


THAT_FAIL: dict[str, tuple[Character, str]] = {
    "prose only": (always(Say("I would begin with the loads.")), "NoVerifiedKernel"),
    "two blocks": (always(Say(said(RIGHT) * 2)), "NoVerifiedKernel"),
    "truncated": (always(Say(said(RIGHT), "length")), "NoVerifiedKernel"),
    "cut off in silence": (always(Say(said(RIGHT)[:-60])), "NoVerifiedKernel"),
    "empty": (always(Say("")), "NoVerifiedKernel"),
    "declines": (always(Say("I would rather not.", "refusal")), "NoVerifiedKernel"),
    "not Python, ever": (always(Say(said(NOT_PYTHON))), "NoVerifiedKernel"),
    "no entry, ever": (always(Say(said(NO_ENTRY))), "NoVerifiedKernel"),
    "says the key": (always(Say(said(f"# {KEY}\n{RIGHT}"))), "NoVerifiedKernel"),
    "without an end": (always(Flood()), "UnusableReply"),
    "noise": (always(Noise()), "UnusableReply"),
    "a wrong key": (always(Status(401, f"not this one: {KEY}")), "KeyRejected"),
    "no such model": (always(Status(404)), "RequestRefused"),
    "a limit": (always(Status(429, "slow", {"retry-after": "0.01"})), "RateLimited"),
    "its own failure": (always(Status(500)), "ProviderFailed"),
    "reset": (always(Reset("```python\nimport torch\n")), "ConnectionLost"),
}


@pytest.mark.parametrize("door", MODELS)
@pytest.mark.parametrize("name", THAT_FAIL)
def test_a_character_that_fails(
    name: str, door: str, project: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    character, code = THAT_FAIL[name]
    result, server, folder = run(project, door, character, pool, monkeypatch)
    assert result.status == "failed"
    assert result.error is not None
    assert result.error.code == code, result.error.message
    if code == "NoVerifiedKernel":
        assert len(server.seen) == WORKERS * ITERATIONS
        assert len(list(folder.glob("kernels_out/*/*/*/*/finding.txt"))) == WORKERS * ITERATIONS
        assert result.cost.output_tokens == 500 * len(server.seen)


def in_two(code: str) -> str:
    """Its kernel in one block, the rest in the next."""
    kernel, function, rest = code.partition("def kernel_function")
    return said(kernel) + said(function + rest)


def until_in_python(seen: Seen, turn: int) -> Act:
    is_told = "one code block, marked `diff`, and none of Python" in seen.text
    return Say(said(RIGHT) if is_told else said(RIGHT).replace("```python", "```diff"))


def until_told_of_a_block(seen: Seen, turn: int) -> Act:
    is_told = "Of the 2 Python blocks of the reply number 2 alone was judged. The judge does not" in seen.text
    return Say(said(RIGHT) if is_told else said("x = 1\n") + "\n" + said(WRONG_VALUES))


THAT_SUCCEED: dict[str, tuple[str, Character]] = {
    "its kernel in one block, the rest in another": ("openai chat", always(Say(in_two(RIGHT)))),
    "a block in another language": ("anthropic", until_in_python),
    "another block besides": ("openai chat", until_told_of_a_block),
    "right at once": ("openai chat", always(Say(said(RIGHT)))),
    "not Python, then right": ("anthropic", until_told(NOT_PYTHON, "not valid Python")),
    "wrong values, then right after the judge's words": ("openai responses", until_told(WRONG_VALUES, "values")),
    "torch instead of Triton, then honest": ("relay", until_told(FALLS_BACK, "judge does not accept")),
    "a limit, a failure, a reset, then right": (
        "anthropic",
        lambda seen, turn: (
            [Status(429, "slow", {"retry-after": "0.05"}), Status(503), Reset("```")][turn]
            if turn < 3
            else Say(said(RIGHT))
        ),
    ),
}


@pytest.mark.parametrize("name", THAT_SUCCEED)
def test_a_character_that_succeeds(name: str, project: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> None:
    door, character = THAT_SUCCEED[name]
    result, server, folder = run(project, door, character, pool, monkeypatch)
    assert result.error is None, result.error
    assert result.status == "verified"
    assert result.subgraphs[0].synthesizer == MODELS[door].provider
    assert result.cost.usd > 0
    assert KEY not in "".join(seen.text for seen in server.seen)
    prompts = sorted(folder.glob("kernels_out/*/*/*/*/prompt.md"))
    assert prompts
    assert "torch.relu(x * self.weight)" in prompts[0].read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["wrong values", "torch instead of Triton", "prints secrets"])
def test_a_wrong_kernel_is_never_accepted(
    name: str, project: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = {"wrong values": WRONG_VALUES, "torch instead of Triton": FALLS_BACK, "prints secrets": PRINTS_SECRETS}[name]
    result, _, folder = run(project, "openai chat", always(Say(said(code))), pool, monkeypatch)
    assert result.error is not None
    assert result.error.code == "NoVerifiedKernel"
    verdicts = [read_json(file, Verification) for file in folder.glob("kernels_out/*/*/*/*/verdict.json")]
    assert len(verdicts) == WORKERS * ITERATIONS
    assert {verdict.verdict for verdict in verdicts} == {"fail"}


def test_the_winner_ends_the_others(project: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> None:
    def character(seen: Seen, turn: int) -> Act:
        return Say(said(RIGHT)) if turn == 0 else Hang()

    events: list[tuple[float, Event]] = []
    result, server, _ = run(project, "openai chat", character, pool, monkeypatch, events, workers=8)
    assert result.status == "verified"
    assert len(server.seen) == 8
    assert seconds_after_the_verdict(events) < 1.0


def test_the_winner_ends_what_is_being_judged(project: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> None:
    def character(seen: Seen, turn: int) -> Act:
        return Say(said(RIGHT if turn == 0 else f"# another {turn}\n{RIGHT}"), pause_s=0.4 * turn)

    events: list[tuple[float, Event]] = []
    result, _, folder = run(project, "openai chat", character, pool, monkeypatch, events)
    assert result.status == "verified"
    assert len(list(folder.glob("kernels_out/*/*/*/*/kernel.py"))) > 1, "others were on their way"
    assert len(list(folder.glob("kernels_out/*/*/*/*/verdict.json"))) == 1
    assert seconds_after_the_verdict(events) < 1.0


def seconds_after_the_verdict(events: list[tuple[float, Event]]) -> float:
    """From the verdict that wins to the end of the stage, which waits for all workers."""
    won = next(at for at, event in events if isinstance(event, CandidateJudged) and event.verdict == "pass")
    ended = next(at for at, event in events if isinstance(event, StageFinished) and event.stage == "dispatch")
    return ended - won


def test_a_model_that_hangs_ends_with_the_budget(
    project: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = time.monotonic()
    result, server, _ = run(project, "anthropic", always(Hang()), pool, monkeypatch, budget_seconds=12.0)
    assert result.error is not None
    assert result.error.code == "TimedOut"
    assert "(anthropic) was answering" in result.error.message
    assert "faster model" in (result.error.hint or "")
    assert "example inputs" not in (result.error.hint or "")
    assert len(server.seen) == WORKERS
    assert time.monotonic() - started < 15


def test_what_an_unusable_reply_said_is_where_the_message_says(
    project: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    result, _, _ = run(project, "anthropic", always(Flood()), pool, monkeypatch)
    assert result.error is not None
    assert result.error.code == "UnusableReply"
    assert "unusable.md beside its prompt.md" in (result.error.hint or "")
    found = [*project.rglob("unusable.md")]
    assert found
    for file in found:
        assert len(file.read_text(encoding="utf-8")) > 1000
        assert (file.parent / "prompt.md").exists()


def test_money_is_not_overspent(project: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request of some 2000 tokens and 500 that come back costs 0.006 USD here; it must set aside 0.037 at least."""
    mine = project / "config" / "kernelagent" / "config.toml"
    mine.parent.mkdir(parents=True)
    mine.write_text('[models.m]\nprovider = "openai"\napi = "chat"\nusd-input = 2.0\nusd-output = 8.0\n', "utf-8")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(project / "config"))
    given = {"budget_usd": 0.06, "max_iters": 50, "workers": 2}
    result, server, _ = run(project, "openai chat", always(Say("prose")), pool, monkeypatch, **given)
    assert result.error is not None
    assert result.error.code == "BudgetSpent"
    assert 0 < result.cost.usd <= 0.06
    assert result.cost.usd == pytest.approx(len(server.seen) * (1000 * 2 + 500 * 8) / 1e6)


def test_a_model_is_asked_only_where_the_built_in_synthesizer_refuses(
    project: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = project / "relay"
    monkeypatch.setenv("LLM_RELAY_API_KEY", KEY)
    refused = MODULE.replace("torch.relu(x * self.weight)", "torch.linalg.svdvals(x * self.weight)")
    (folder / "refused.py").write_text(refused, encoding="utf-8")
    with playing(always(Say("prose"))) as server:
        monkeypatch.setenv("LLM_RELAY_URL", server.url)
        taken = fuse(Target(folder / "model.py", "Block"), Options(), pool=pool)
        assert taken.status == "verified"
        assert taken.subgraphs[0].synthesizer == "builtin"
        assert server.seen == []
        asked = fuse(Target(folder / "refused.py", "Block"), Options(max_iters=1), pool=pool)
        assert server.seen
    assert asked.route is not None
    assert "svd" in asked.route.reasons[0]
    assert asked.error is not None
    assert asked.error.code == "NoVerifiedKernel"
    monkeypatch.delenv("LLM_RELAY_URL")
    alone = fuse(Target(folder / "refused.py", "Block"), Options(), pool=pool)
    assert alone.error is not None
    assert alone.error.code == "UnsupportedOperator"


def test_code_is_not_sent_away_unasked(project: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(project / "config"))
    target = Target(project / "openai_chat" / "model.py", "Block")
    result = fuse(target, Options(provider="openai"), pool=pool)
    assert result.error is not None
    assert result.error.code == "ConsentNeeded"
    assert "api.openai.com" in result.error.message
    assert fuse(target, Options(), pool=pool).subgraphs[0].synthesizer == "builtin"


def test_a_model_takes_over_what_the_built_in_synthesizer_got_wrong(
    project: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kernelagent.driver.stages import compose

    right = compose.compose

    def spoilt(problem: Problem, run: Run, *given: Any) -> compose.ComposeSummary:
        summary = right(problem, run, *given)
        run.folder.composed_kernel.write_text(WRONG_VALUES, encoding="utf-8")
        return summary

    monkeypatch.setattr(compose, "compose", spoilt)
    monkeypatch.delenv("LLM_RELAY_URL", raising=False)
    target = Target(project / "openai_chat" / "model.py", "Block")
    alone = fuse(target, Options(), pool=pool)
    assert (alone.status, alone.cost.output_tokens) == ("failed", 0)
    told = always(Say(said(RIGHT)))
    result, _, _ = run(project, "openai chat", told, pool, monkeypatch, provider="auto", model=None)
    assert result.status == "verified"
    assert result.subgraphs[0].synthesizer == "openai"
    assert result.route is not None
    assert "not verified" in result.route.reasons[0]


def test_without_the_judge_nothing_is_promised(
    project: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = project / "relay"
    with playing(always(Say(said(WRONG_VALUES)))) as server:
        monkeypatch.setenv("LLM_RELAY_URL", server.url)
        result = fuse(Target(folder / "model.py", "Block"), Options(provider="relay", verify=False), pool=pool)
    assert result.error is None
    assert result.status == result.subgraphs[0].status == "unverified"
    assert result.verification is None
