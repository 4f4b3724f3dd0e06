"""The fuser route with a model: the built-in synthesizer where it takes a piece, the model where it does not."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from doors import KEY
from kernelagent.contract.codec import read_json
from kernelagent.contract.options import Options
from kernelagent.contract.result import Result
from kernelagent.contract.subgraph import Extraction
from kernelagent.driver.pipeline import fuse
from kernelagent.driver.stages.dispatch import KernelsSummary
from kernelagent.driver.target import Target
from kernelagent.driver.workers import WorkerPool
from kernels import said
from model_server import Act, ModelServer, Say, Seen, playing
from pieces_of_net import MODE_SUB, NET, SCALED, SCALED_MODE

TABLE = '[tool.kernelagent.models."m"]\nprovider = "openai"\napi = "chat"\nusd-input = 2.0\nusd-output = 8.0\n'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "model.py").write_text(NET, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(TABLE, encoding="utf-8")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    return tmp_path


def run(
    project: Path, pool: WorkerPool, server: ModelServer, monkeypatch: pytest.MonkeyPatch, **given: object
) -> Result:
    monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
    folder = {"run_dir": str(project / "run"), "workers": 1, "max_iters": 2}
    return fuse(Target(project / "model.py", "Net"), Options(**{**folder, **given}), pool=pool)  # type: ignore[arg-type]


def test_the_model_is_asked_for_the_one_piece_alone(
    project: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def character(seen: Seen, turn: int) -> Act:
        if "route" in seen.text and "confidence" in seen.text:
            return Say('{"route": "fuser", "confidence": 0.9, "reason": "the products are known"}')
        assert "Sg1Mode" in seen.text
        return Say(said(MODE_SUB if turn > 1 else MODE_SUB.replace("values - common", "values + common")))

    with playing(character) as server:
        result = run(project, pool, server, monkeypatch)
        assert result.error is None, result.error
        assert result.status == "verified"
        assert result.route is not None
        assert result.route.kind == "fuser"
        assert "aten.mode" in result.route.reasons[0]
        assert "advises it: the products are known" in result.route.reasons[1]
        by = {subgraph.id: subgraph.synthesizer for subgraph in result.subgraphs}
        assert set(by.values()) == {"builtin", "openai"}
        assert len(server.seen) == 3, "advice, an attempt that is wrong, and one that is right"
        again = run(project, pool, server, monkeypatch, run_dir=None, verify=False)
        assert again.status == "unverified"
        assert again.route is not None
        assert again.route.reasons[-1] == "as decided before for the same content"
        assert len(server.seen) == 4, "the decision was remembered"
    kernels = read_json(project / "run" / "kernels_out" / "summary.json", KernelsSummary).kernels
    assert sorted(kernels) == sorted(by)
    extraction = read_json(project / "run" / "subgraphs.json", Extraction)
    assert "Run beside the original" in extraction.checked
    mode = next(s for s in extraction.subgraphs if s.refused)
    assert mode.nodes[0].arguments["dim"] == "-1"
    weights = [set(s.weights.values()) for s in extraction.subgraphs]
    assert {"fc1.weight", "fc1.bias"} in weights
    composed = project / "run" / "compose_out" / "composed_kernel.py"
    text = composed.read_text(encoding="utf-8")
    assert text.count("def _expect(") == 1
    assert text.count("def kernel_function(") == 1
    assert "Sg1" not in text
    done = subprocess.run([sys.executable, str(composed)], capture_output=True, text=True, check=False)
    assert done.stdout == "PASS\n", done.stderr


@pytest.mark.parametrize("form", ["{1}, {0}", "*, {0}, {1}"])
def test_a_piece_takes_its_inputs_by_name_in_any_order(
    project: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    (project / "model.py").write_text(SCALED, encoding="utf-8")

    def character(seen: Seen, turn: int) -> Act:
        asked = re.search(r"`kernel_function\((\w+), (\w+)\)`", seen.text)
        assert asked is not None
        names = sorted(asked.groups(), key=lambda name: not name.startswith("tanh"))
        tanh, hidden = names
        text = SCALED_MODE.replace("{arguments}", form.format(*asked.groups()))
        return Say(said(re.sub(r"\bhidden\b", hidden, re.sub(r"\btanh\b", tanh, text))))

    with playing(character) as server:
        result = run(project, pool, server, monkeypatch, route="fuser")
    assert (result.status, len(server.seen)) == ("verified", 1), result.error


def test_equal_pieces_are_written_once(project: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> None:
    with playing(lambda seen, turn: Say(said(MODE_SUB))) as server:
        run(project, pool, server, monkeypatch, route="fuser", verify=False)
        assert len(server.seen) == 1
    extraction = read_json(project / "run" / "subgraphs.json", Extraction)
    copies = [s for s in extraction.subgraphs if s.same_as is not None]
    for copy in copies:
        assert not (project / "run" / "kernels_out" / copy.id).exists()
        assert copy.count == 2


def test_the_other_route_is_tried(project: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> None:
    def character(seen: Seen, turn: int) -> Act:
        if "confidence" in seen.text:
            return Say('{"route": "direct", "confidence": 1, "reason": "so"}')
        return Say(said(MODE_SUB) if "Sg1Mode" in seen.text else "I can't do all of it.")

    with playing(character) as server:
        result = run(project, pool, server, monkeypatch)
        assert result.status == "verified"
        assert result.route is not None
        assert result.route.kind == "fuser"
        assert "direct led to no verified kernel" in result.route.reasons[0]
        entries = json.loads((project / ".fuse" / "router_cache.json").read_text(encoding="utf-8"))["decisions"]
        assert [entry["kind"] for entry in entries.values()] == ["fuser"]
        only = run(project, pool, server, monkeypatch, route="direct")
        assert only.error is not None
        assert only.error.code == "NoVerifiedKernel"
        alone = run(project, pool, server, monkeypatch, fallback=False, router_cache=False)
        assert alone.error is not None
        assert alone.error.code == "NoVerifiedKernel"
