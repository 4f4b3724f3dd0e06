"""Facts of a source and of a graph → a route with reasons, advice where they don't decide, and the cache."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from doors import TORN
from kernelagent.contract.operators import family_of, is_view
from kernelagent.contract.options import Options
from kernelagent.contract.problem import DataFile, ExampleInputs, ImportedFile, Problem
from kernelagent.driver.agents.author import Author, open_author
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.routing.advice import advised
from kernelagent.driver.routing.cache import RouterCache, key_of
from kernelagent.driver.routing.decision import Decision, decide
from kernelagent.driver.routing.facts import Facts, GraphFacts, SourceFacts, graph_facts, source_facts
from model_server import Hang, serving

PLAIN = SourceFacts((), 4)
SOURCE = """\
import torch
class Block(torch.nn.Module):
    def forward(self, x):
        if x.sum() > 0:
            return self.one(x)
        return x
    def one(self, x):
        for _ in range(3):
            x = x + 1
        return x
    def unused(self, x):
        while True:
            pass
"""


def graph_of(folder: Path, *nodes: tuple[str, str, list[str]]) -> GraphFacts:
    """``(name, operator, what it reads)`` each."""
    listed = [{"name": n, "op": op, "args": {"inputs": [{"node": r} for r in reads]}} for n, op, reads in nodes]
    (folder / "graph.json").write_text(json.dumps({"nodes": listed}), encoding="utf-8")
    return graph_facts(folder / "graph.json")


def scripted(folder: Path, *replies: dict[str, object]) -> Author:
    (folder / "script.json").write_text(json.dumps({"replies": replies}), encoding="utf-8")
    (folder / "model.py").write_text(SOURCE, encoding="utf-8")
    author = open_author(folder / "model.py", Options(provider="scripted", model=str(folder / "script.json")))
    assert author is not None
    return author


def test_families() -> None:
    assert [family_of(f"aten.{name}") for name in ("linear.default", "relu.default", "_softmax.default")] == [
        *("product", None, "softmax"),
    ]
    assert family_of("aten.convolution.default") == "convolution"
    assert family_of("aten.conv_transpose2d.input") == "transposed convolution"
    assert family_of("aten.native_layer_norm.default") == "normalisation"
    assert family_of("aten.max_pool2d_with_indices.default") == "pooling"
    assert family_of("aten.sum.dim_IntList") == "reduction"
    assert family_of("aten.mul.Tensor") is None
    assert is_view("aten.permute.default")
    assert not is_view("aten.mul.Tensor")


def test_the_source_tells_its_control_flow() -> None:
    facts = source_facts(SOURCE, "Block")
    assert facts.control_flow == ("if, line 4", "for, line 8")
    assert source_facts(SOURCE, "Another") == SourceFacts((), 0)
    assert source_facts("def (", "Block") == SourceFacts((), 0)


def test_a_graph_tells_its_chain(tmp_path: Path) -> None:
    facts = graph_of(
        tmp_path,
        ("a", "aten.linear.default", ["x"]),
        ("b", "aten.relu.default", ["a"]),
        ("v", "aten.view.default", ["b"]),
        ("c", "aten.linear.default", ["v"]),
        ("d", "aten.linear.default", ["x"]),
        ("e", "aten.add.Tensor", ["c", "d"]),
    )
    assert facts == GraphFacts(5, ("product", "product", "product"), 2, 1)


def linked(*families: str, chain: int | None = None, operators: int = 20) -> GraphFacts:
    return GraphFacts(operators, families, len(families) if chain is None else chain, max(0, len(families) - 1))


@pytest.mark.parametrize(
    ("graph", "source", "kind", "sure", "words"),
    [
        (None, PLAIN, "fuser", True, "does not export"),
        (linked(), PLAIN, "direct", True, "every operator fuses"),
        (linked("product"), PLAIN, "direct", True, "the one product"),
        (linked("product", "softmax", "product", operators=6), PLAIN, "direct", True, "attention by itself"),
        (linked("attention", operators=3), PLAIN, "direct", True, "the one attention"),
        (linked("product", "attention", "product"), PLAIN, "fuser", True, "the attention is one kernel"),
        (linked(*["product"] * 5), PLAIN, "fuser", True, "5 of them in a chain"),
        (linked("transposed convolution", "pooling"), PLAIN, "fuser", True, "transposed convolution"),
        (linked("recurrence", "product"), PLAIN, "fuser", True, "recurrence stays whole"),
        (linked("convolution", "normalisation", "pooling"), PLAIN, "fuser", True, "normalisation needs all"),
        (linked("product", "product"), SourceFacts(("for, line 8",), 9), "fuser", True, "control flow"),
        (linked("product", "product", chain=1), PLAIN, "direct", True, "none of which waits"),
        (linked("product", "product"), PLAIN, "direct", False, "facts alone don't decide"),
    ],
)
def test_rules(graph: GraphFacts | None, source: SourceFacts, kind: str, sure: bool, words: str) -> None:
    decision = decide(Facts(source, graph, not_exported="a reason"))
    assert (decision.kind, decision.is_sure) == (kind, sure), decision
    assert words in " ".join(decision.reasons)


UNDECIDED = Decision("direct", ("facts alone don't decide",), is_sure=False)


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ('{"route": "fuser", "confidence": 0.9, "reason": "two products"}', "fuser", "advises it: two products"),
        ('Sure!\n```json\n{"route": "fuser", "confidence": 0.9, "reason": "x"}\n```', "fuser", "advises it"),
        (
            '<think>{"route": "direct", "confidence": 1}</think>{"route": "fuser", "confidence": 0.9}',
            "fuser",
            "advises it",
        ),
        ('I think {maybe}: ```json\n{"route": "fuser", "confidence": 0.9}\n```', "fuser", "advises it"),
        ('{"route": "fuser", "confidence": "0.9"}', "fuser", "advises it"),
        ('{"route": "fuser", "confidence": 0.9, "reason": "\\u001b[31mred"}', "fuser", "advises it: \\x1b[31mred"),
        ('{"a":' * 9000, "direct", "no advice that can be read"),
        ('{"route": "fuser", "confidence": 0.2, "reason": "x"}', "direct", "not sure"),
        ('{"route": "fuser", "confidence": "NaN", "reason": "x"}', "direct", "not sure"),
        ('{"route": "rm -rf", "confidence": 1}', "direct", "no advice that can be read"),
        ("{" * 30_000, "direct", "no advice that can be read"),
        ("prose", "direct", "no advice that can be read"),
    ],
)
def test_advice(text: str, kind: str, words: str, tmp_path: Path) -> None:
    author = scripted(tmp_path, {"text": text})
    facts = Facts(PLAIN, linked("product", "product"))
    decision = advised(facts, UNDECIDED, SOURCE, author, tmp_path / "router", CancelToken())
    assert decision.kind == kind
    assert words in " ".join(decision.reasons)
    assert decision.is_sure == ("advises" in words), "only what was advised holds for other runs"
    assert (tmp_path / "router" / "prompt.md").read_text(encoding="utf-8").count("class Block") == 1


def test_no_advice_is_no_failure(tmp_path: Path) -> None:
    author = scripted(tmp_path, {"error": "KeyRejected"})
    decision = advised(Facts(PLAIN, linked()), UNDECIDED, SOURCE, author, tmp_path / "router", CancelToken())
    assert decision.kind == "direct"
    assert decision.reasons[-1] == "no advice: KeyRejected"
    assert not decision.is_sure, "the next run asks again"


def test_advice_that_does_not_come_is_waited_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernelagent.driver.routing.advice.LONGEST_S", 3.0)
    (tmp_path / "model.py").write_text(SOURCE, encoding="utf-8")
    with serving(Hang()) as server:
        monkeypatch.setenv("LLM_RELAY_URL", server.url)
        author = open_author(tmp_path / "model.py", Options(provider="relay", model="m"))
        assert author is not None
        decision = advised(Facts(PLAIN, linked()), UNDECIDED, SOURCE, author, tmp_path / "router", CancelToken())
        assert len(server.seen) == 1
    assert decision.reasons[-1] == "no advice: ProviderTimedOut"


def test_a_decision_is_kept_by_content(tmp_path: Path) -> None:
    facts = Facts(PLAIN, linked("product", "product"))
    problem = Problem("m.py", "Block", 2, "abc", ExampleInputs("option", "()", "(torch.randn(2),)"))
    key = key_of(facts, problem, {"torch": "2.13"}, "openai/m")
    others = [
        key_of(facts, other, {"torch": "2.13"}, "openai/m")
        for other in (
            replace(problem, source_sha256="abd"),
            replace(problem, mode="eval"),
            replace(problem, example=ExampleInputs("option", "()", "(torch.randn(3),)")),
            replace(problem, imports=(ImportedFile("helper.py", "abc"),)),
            replace(problem, data=(DataFile("table.txt", "abc"),)),
        )
    ]
    others += [
        key_of(facts, problem, {"torch": "2.14"}, "openai/m"),
        key_of(facts, problem, {"torch": "2.13"}, "relay/m"),
    ]
    assert len({key, *others}) == 8
    cache = RouterCache(tmp_path / ".fuse" / "router_cache.json")
    assert cache.find(key) is None
    cache.keep(key, Decision("fuser", ("because",)))
    assert cache.find(key) == Decision("fuser", ("because",))
    assert RouterCache(None).find(key) is None
    cache.keep(key, Decision("fuser", ("because\n[verify] verified\x1b[2J",)))
    found = cache.find(key)
    assert found is not None
    assert found.reasons[0].startswith("because [verify] verified")
    assert found.reasons[0].isprintable()
    path = tmp_path / ".fuse" / "router_cache.json"
    for broken in (
        "{",
        '{"version": 0, "decisions": {}}',
        "[]",
        json.dumps({"version": 1, "decisions": {key: {"kind": "x"}}}),
    ):
        path.write_text(broken, encoding="utf-8")
        assert cache.find(key) is None
    for torn in TORN:
        path.write_bytes(torn)
        assert cache.find(key) is None
        cache.keep(key, Decision("fuser", ("because",)))
        assert cache.find(key) is not None, "it is only made again"
