"""A module that does not export: models rewrite it, and what they say is believed only as far as it was run."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
import rewriting
from doors import KEY
from kernelagent.contract.codec import read_json
from kernelagent.contract.options import Options
from kernelagent.contract.result import Result
from kernelagent.contract.subgraph import Extraction
from kernelagent.driver.again import find_run, resume
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.pipeline import fuse
from kernelagent.driver.rewriting.digests import Failures, digest_of
from kernelagent.driver.target import Target
from kernelagent.driver.workers import WorkerPool
from kernelagent.errors import Cancelled
from kernelagent.worker.tasks.observe import in_a_row
from kernels import said
from model_server import Act, ModelServer, Say, Seen, playing

TABLE = '[tool.kernelagent.models."m"]\nprovider = "openai"\napi = "chat"\nusd-input = 2.0\nusd-output = 8.0\n'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "model.py").write_text(rewriting.GUARDED, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(TABLE, encoding="utf-8")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    return tmp_path


def run(
    project: Path, pool: WorkerPool, server: ModelServer, monkeypatch: pytest.MonkeyPatch, **given: object
) -> Result:
    monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
    folder = {"run_dir": str(project / "run"), "workers": 1, "max_iters": 8}
    return fuse(Target(project / "model.py", "Guarded"), Options(**{**folder, **given}), pool=pool)  # type: ignore[arg-type]


def is_rewriting(seen: Seen) -> bool:
    return "You rewrite a PyTorch module" in seen.text


def test_a_rewrite_is_run_and_its_subgraphs_are_what_was_seen(
    project: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = [
        *(rewriting.READS_FILES, rewriting.ASKS_THE_ENVIRONMENT, rewriting.NOT_EQUAL, rewriting.FORGETS_NAN),
        *(rewriting.NOT_TRACEABLE, rewriting.COMPUTES_BETWEEN, rewriting.REWRITTEN),
    ]
    turns = iter(programs)
    wrong = rewriting.WHOLE.replace("total <= 0", "total <= 1")
    composing = iter([wrong, rewriting.with_dead_code(rewriting.WHOLE)])

    def character(seen: Seen, turn: int) -> Act:
        return Say(said(next(turns) if is_rewriting(seen) else next(composing)))

    with playing(character) as server:
        result = run(project, pool, server, monkeypatch)
    assert result.error is None, result.error
    assert result.status == "verified"
    assert result.route is not None
    assert "does not export" in result.route.reasons[0]
    assert {subgraph.synthesizer for subgraph in result.subgraphs} == {"builtin"}
    found = [(project / "run/orchestrator/worker_1" / f"attempt_{n}/finding.txt") for n in range(1, 7)]
    words = ("imports os", "__import__", "instead of", "NaN at", "Python on a number", "computes by itself")
    for file, word in zip(found, words, strict=True):
        assert word in file.read_text(encoding="utf-8")
    extraction = read_json(project / "run" / "subgraphs.json", Extraction)
    assert [s.id for s in extraction.subgraphs] == ["sg0_cleaned", "sg1_product"]
    product = extraction.subgraphs[1]
    assert product.weights == {"weight": "fc.weight", "bias": "fc.bias"}
    assert "aten.addmm.default" in [node.op for node in product.nodes] or "aten.linear.default" in [
        node.op for node in product.nodes
    ]
    assert product.inputs[0].shape == (4, 16)
    fused = (project / "run/orchestrator/fused.py").read_text(encoding="utf-8").splitlines()
    for subgraph in extraction.subgraphs:
        assert subgraph.lines
        assert subgraph.cost.flops > 0
        for node in subgraph.nodes:
            assert node.line in subgraph.lines
            assert node.source == fused[node.line - 1].strip()
            assert node.arguments
    cleaned = {node.op: node for node in extraction.subgraphs[0].nodes}
    assert cleaned["aten.where.self"].source == "return torch.where(torch.isnan(x), torch.zeros_like(x), x)"
    chosen = cleaned["aten.where.self"].arguments
    assert list(chosen) == ["condition", "self", "other"]
    assert (chosen["condition"], chosen["other"]) == (cleaned["aten.isnan.default"].name, "x")
    assert chosen["self"] in {node.name for node in extraction.subgraphs[0].nodes}
    assert cleaned["aten.zeros_like.default"].arguments["self"] == "x"
    assert cleaned["aten.zeros_like.default"].arguments["memory_format"] == "None"
    assert "28 sets of inputs" in extraction.checked
    composed = (project / "run/compose_out/composed_kernel.py").read_text(encoding="utf-8")
    assert composed == rewriting.WHOLE
    prompt = (project / "run/compose_out/workers/worker_1/attempt_1/prompt.md").read_text(encoding="utf-8")
    assert "class GuardedFused" in prompt
    assert "sg1_product:" in prompt
    assert KEY not in "".join(p.read_text(encoding="utf-8") for p in (project / "run").rglob("*.json"))


@pytest.mark.parametrize(
    ("program", "words"),
    [
        (rewriting.KEEPS_ITS_FIRST_RESULT, "a call changes self.kept"),
        (rewriting.COUNTS_ITS_CALLS, "a call changes CALLS"),
        (rewriting.KEEPS_IN_A_DEFAULT, "a default argument of"),
        (rewriting.MARKS_ITS_INPUT, "of one module in a row: outputs"),
    ],
    ids=["attribute", "counter", "default", "input"],
)
def test_a_rewrite_that_keeps_something_is_refused(
    project: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch, program: str, words: str
) -> None:
    with playing(lambda seen, turn: Say(said(program))) as server:
        result = run(project, pool, server, monkeypatch, max_iters=1, fallback=False, until="extract")
    assert result.error is not None
    assert result.error.code == "NoFusedModule"
    found = project / "run/orchestrator/worker_1/attempt_1/finding.txt"
    assert words in found.read_text(encoding="utf-8")


def test_what_the_original_keeps_in_its_state_is_compared_call_by_call(
    project: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    counting = rewriting.GUARDED.replace(
        "        self.fc = nn.Linear(n, n)\n",
        "        self.fc = nn.Linear(n, n)\n        self.register_buffer('seen', torch.zeros(()))\n",
    ).replace("        return torch.relu", "        self.seen.add_(1)\n        return self.seen * torch.relu")
    (project / "model.py").write_text(counting, encoding="utf-8")
    right = (
        rewriting.REWRITTEN.replace(
            "class Product",
            "class Counted(nn.Module):\n    def forward(self, seen):\n        return seen + 1\n\n\nclass Product",
        )
        .replace("        self.product =", "        self.counted = Counted()\n        self.product =")
        .replace("(self, x, weight, bias):\n        return ", "(self, x, weight, bias, seen):\n        return seen * ")
        .replace(
            "        return self.product(",
            "        self.state['seen'].copy_(self.counted(self.state['seen']))\n        return self.product(",
        )
        .replace('self.state["fc.bias"])', 'self.state["fc.bias"], self.state["seen"])')
    )
    wrong = right.replace("return seen + 1", "return seen * 0 + 1")
    turns = iter([wrong, right])
    with playing(lambda seen, turn: Say(said(next(turns)))) as server:
        result = run(project, pool, server, monkeypatch, max_iters=2, fallback=False, until="extract")
    assert result.error is None, result.error
    found = project / "run/orchestrator/worker_1/attempt_1/finding.txt"
    assert "call 2 of one module in a row: outputs" in found.read_text(encoding="utf-8")
    extraction = read_json(project / "run" / "subgraphs.json", Extraction)
    assert "28 sets of inputs, and 19 times in a row" in extraction.checked


def test_calls_in_a_row_repeat_each_case_after_another_one() -> None:
    plain, odd, sized = (False, False), (True, False), (False, True)
    order = in_a_row([plain, plain, odd, sized])
    assert order == [0, 3, 0, 1, 3, 2, 1]
    assert in_a_row([plain]) == [0]
    assert in_a_row([]) == []


def test_no_rewrite_is_an_error_of_its_own(project: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> None:
    with playing(lambda seen, turn: Say(said(rewriting.NOT_EQUAL))) as server:
        result = run(project, pool, server, monkeypatch, workers=3, max_iters=2, fallback=False)
        assert result.error is not None
        assert result.error.code == "NoFusedModule"
        assert len(server.seen) == 6
    trials = list((project / "run/orchestrator").glob("worker_*/attempt_*/fused.py"))
    assert len(trials) == 1, "nobody runs again what has failed"


def test_workers_that_agree_wait_for_the_one_trial(
    project: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = threading.Barrier(4)

    def character(seen: Seen, turn: int) -> Act:
        if not is_rewriting(seen):
            return Say(said(rewriting.WHOLE))
        if turn < 4:
            together.wait(30)
        return Say(said(rewriting.REWRITTEN))

    with playing(character) as server:
        result = run(project, pool, server, monkeypatch, workers=4, until="extract")
        assert result.error is None, result.error
        assert len(server.seen) == 4
    assert not list((project / "run/orchestrator").glob("worker_*/attempt_*/finding.txt"))


def test_the_direct_route_is_left(project: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> None:
    with playing(lambda seen, turn: Say("I can't." if is_rewriting(seen) else said(rewriting.WHOLE))) as server:
        result = run(project, pool, server, monkeypatch, max_iters=1)
    assert result.status == "verified"
    assert result.route is not None
    assert result.route.kind == "direct"


def test_an_error_speaks_of_both_routes(project: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> None:
    with playing(lambda seen, turn: Say("I can't.")) as server:
        result = run(project, pool, server, monkeypatch, max_iters=2)
    assert result.error is not None
    assert result.error.code == "NoVerifiedKernel"
    told, before = result.error.message.split(" Before that, on the route fuser: ")
    assert told.startswith("none of 2 attempts was accepted by the judge; the last: ")
    assert before.startswith("none of 2 rewritten programs equals it; the last: ")
    assert len(server.seen) == 4


def test_without_a_model_it_does_not_export(project: Path, pool: WorkerPool) -> None:
    result = fuse(Target(project / "model.py", "Guarded"), Options(provider="builtin"), pool=pool)
    assert result.error is not None
    assert result.error.code == "NotExportable"


def test_digests_see_what_a_program_says() -> None:
    one = digest_of('"""A."""\nx = 1  # one\n')
    assert one == digest_of("x = 1\n")
    assert one != digest_of("x = 2\n")
    failures, token = Failures(), CancelToken()
    assert failures.claim(one, token) is None
    failures.given_up(one)
    assert failures.claim(one, token) is None, "what nobody has tried to the end is the next one's"
    threading.Timer(0.2, failures.failed, (one, "it is\nwrong")).start()
    assert failures.claim(one, token) == "it is\nwrong", "it is waited for"
    assert failures.claim(digest_of("x = 3\n"), token) is None
    token.cancel()
    with pytest.raises(Cancelled):
        failures.claim(digest_of("x = 3\n"), token)
    assert failures.others(set()) == ["it is wrong"]
    assert failures.others({one}) == []


def test_rewrites_that_were_answered_are_tried_before_anything_is_asked(
    project: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first worker's is refused by its text; the right one of the second is run, which takes longer."""
    with playing(lambda seen, turn: Say(said(rewriting.READS_FILES))) as server:
        assert run(project, pool, server, monkeypatch, workers=2, max_iters=1).status == "failed"
        last = project / "run/orchestrator/worker_2/attempt_1/reply.json"
        record = json.loads(last.read_text(encoding="utf-8"))
        record["said"]["text"] = said(rewriting.REWRITTEN)
        last.write_text(json.dumps(record), encoding="utf-8")
        resume(find_run(project, str(project / "run")), pool=pool, max_iters=2)
        assert sum(map(is_rewriting, server.seen)) == 2


def test_a_piece_s_graph_is_what_ran_and_says_that_its_sizes_are_the_example_s(
    project: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = "torch.where(torch.isnan(x), torch.zeros_like(x), x)"
    compared = "torch.where(x.abs().max() > 3.0, x * 1.0, x)"
    program = rewriting.REWRITTEN.replace(f"return {plain}", f"x = {plain}\n        return {compared}")
    with playing(lambda seen, turn: Say(said(program) if is_rewriting(seen) else "no")) as server:
        run(project, pool, server, monkeypatch, provider="openai", max_iters=1, dispatch_jobs=1)
        prompts = [seen.body["messages"][1]["content"] for seen in server.seen if not is_rewriting(seen)]
    text = next(prompt for prompt in prompts if "aten.max.default" in prompt)
    assert "the whole module's; sizes and numbers in it are those of the example, also where they are free:" in text
    assert "Free sizes, which the judge varies" in text
    assert "aten.gt.Scalar" in text
    assert "_local_scalar_dense" not in text
