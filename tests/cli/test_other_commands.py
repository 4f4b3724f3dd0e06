"""``verify``, ``inspect``, ``runs``, ``doctor``, ``completion`` and the helps."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import COMMAND, Done, environment, kernelagent
from kernelagent.cli.group import COMMANDS
from kernelagent.driver.devices import DEVICES
from warm_command_line import Warm


def test_verify_passes_what_fuse_wrote(project: Path, fused: Done, warm: Warm) -> None:
    done = warm("verify", "block_triton.py", "--problem", "model.py::Block", "--json", cwd=project)
    assert done.status == 0, done.stdout + done.stderr
    assert done.document["verdict"] == "pass"
    assert done.document["kernel_sha256"] == fused.document["verification"]["kernel_sha256"]
    assert done.document["source_sha256"] == fused.document["verification"]["source_sha256"]


def test_the_same_verdict_is_given_again_until_something_has_changed(project: Path, fused: Done, warm: Warm) -> None:
    command = ("verify", "block_triton.py", "--problem", "model.py::Block", "--json")
    first = warm(*command, "--fresh", cwd=project).document
    again = warm(*command, cwd=project).document
    assert again["cached"] and again["cases"] == first["cases"] and again["digest"] != first["digest"]
    assert "all that the verdict hangs on is as it was" in warm(*command[:-1], cwd=project).stdout
    assert not warm(*command, "--fresh", cwd=project).document["cached"]
    kernel = project / "block_triton.py"
    before = kernel.read_bytes()
    kernel.write_bytes(before + b"# another\n")
    assert not warm(*command, cwd=project).document["cached"]
    kernel.write_bytes(before)
    kept = next((project / ".fuse" / "verdicts").glob("*.json"))
    for file in kept.parent.glob("*.json"):
        file.write_text(file.read_text(encoding="utf-8").replace('"seal": "', '"seal": "0'), encoding="utf-8")
    assert not warm(*command, cwd=project).document["cached"], "what this user did not seal is not believed"


def test_verify_fails_a_kernel_that_is_wrong(project: Path, fused: Done, warm: Warm) -> None:
    assert fused.status == 0
    text = (project / "block_triton.py").read_text(encoding="utf-8")
    wrong = text.replace("tl.exp(", "tl.exp(1.001 * ")
    assert wrong != text
    (project / "wrong.py").write_text(wrong, encoding="utf-8")
    done = warm("verify", "wrong.py", "--problem", "model.py", cwd=project)
    assert done.status == 1
    assert "NOT VERIFIED" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_inspect_shows_the_graph_and_leaves_nothing(project: Path, warm: Warm) -> None:
    before = sorted(project.rglob("*"))
    archs = [option for arch in DEVICES for option in ("--arch", arch)]
    done = warm("inspect", "model.py", "--json", "--passes", *archs, cwd=project)
    assert done.status == 0, done.stderr
    assert sorted(project.rglob("*")) == before
    (piece,) = done.document["subgraphs"]
    assert [figure["arch"] for figure in piece["roofline"]] == list(DEVICES)
    cost = piece["subgraph"]["cost"]
    assert cost["bytes"] == 4 * (8 * 32 + 32 + 8 * 32), "x and the weight are read once, the output is written once"
    assert cost["flops"] > 0
    assert done.document["passes"]
    for figure in piece["roofline"]:
        device = DEVICES[figure["arch"]]
        assert figure["seconds"] >= cost["bytes"] / device.bandwidth


def test_inspect_for_people(project: Path, warm: Warm) -> None:
    done = warm("inspect", "model.py", cwd=project)
    assert done.status == 0
    for part in ("Block in", "softmax", "float32[", "H100", "line 11"):
        assert part in done.stdout, done.stdout


def test_runs_are_listed_and_shown(project: Path, fused: Done, warm: Warm) -> None:
    assert fused.status == 0
    listed = warm("runs", "list", "--json", cwd=project).document
    assert "first" in [result["run_id"] for result in listed]
    assert warm("runs", "show", "first", "--json", cwd=project).document == fused.document
    assert "VERIFIED" in warm("runs", "show", "first", cwd=project).stdout
    missing = warm("runs", "show", "nothing", cwd=project)
    assert missing.status == 2


def test_the_same_request_is_answered_by_the_run_that_answered_it(project: Path, fused: Done, warm: Warm) -> None:
    archs = ("--arch", "sm_80", "--arch", "sm_90")
    again = kernelagent("fuse", "model.py::Block", "--json", *archs, cwd=project).document
    assert again["cached"] == "first"
    assert again["verification"] == fused.document["verification"]
    kernel = Path(again["artifacts"]["run_dir"]) / again["kernel"]
    assert kernel.read_bytes() == (project / "block_triton.py").read_bytes()
    assert warm("runs", "list", "--json", "--limit", "1", cwd=project).document == [again]
    assert "Times" in warm("runs", "diff", "first", again["run_id"], cwd=project).stdout


def test_doctor_says_whether_keys_are_set_and_never_their_value(project: Path) -> None:
    done = kernelagent("doctor", "--json", cwd=project, OPENAI_API_KEY="sk-very-secret")
    assert done.status == 0, done.stdout
    findings = {finding["name"]: finding for finding in done.document["findings"]}
    assert {"Python", "torch", "triton", "numpy", "GPU", "sandbox", "disk"} <= set(findings)
    assert findings["OPENAI_API_KEY"]["detail"] == "set"
    assert "very-secret" not in done.stdout + done.stderr
    assert all(finding["remedy"] for finding in findings.values() if finding["status"] != "ok")


def test_doctor_names_the_remedy_for_a_bare_interpreter(project: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    done = kernelagent("doctor", "--interpreter", tmp_path / "bare", cwd=project)
    assert done.status == 1
    assert "pip install torch" in done.stdout


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS), ["runs", "list"], ["runs", "show"]])
def test_every_help_is_there(project: Path, command: list[str]) -> None:
    done = kernelagent(*command, "--help", cwd=project)
    assert done.status == 0
    assert done.stdout.startswith("Usage: kernelagent")


def test_the_help_loads_nothing_that_is_slow(project: Path) -> None:
    script = (
        "import sys\nfrom kernelagent.cli.group import run\nrun(['--help'])\n"
        "print([n for n in ('rich', 'asyncio', 'torch', 'kernelagent.driver.pipeline') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("words", "expected"),
    [("kernelagent ins", "inspect"), ("kernelagent fuse --arc", "--arch"), ("kernelagent fuse --route d", "direct")],
)
def test_tab_completes(project: Path, words: str, expected: str) -> None:
    variables = {"_KERNELAGENT_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    done = subprocess.run(
        COMMAND, env=environment(**variables), capture_output=True, text=True, cwd=project, check=False
    )
    assert expected in done.stdout


def test_a_reader_that_leaves_early_is_no_defect(project: Path, fused: Done) -> None:
    assert fused.status == 0
    read, write = os.pipe()
    process = subprocess.Popen(
        [*COMMAND, "runs", "list", "--json"],
        cwd=project,
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    os.close(write)
    os.close(read)
    _, err = process.communicate(timeout=30)
    assert "Traceback" not in err
    assert "InternalError" not in err


def test_json_is_ascii_and_strict(project: Path, fused: Done) -> None:
    assert fused.stdout.isascii()
    json.loads(fused.stdout, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))


def test_models_says_what_can_be_used_and_why_not(project: Path) -> None:
    done = kernelagent("models", "--json", cwd=project, OPENAI_API_KEY="made-up-0123456789", ANTHROPIC_API_KEY="")
    assert done.status == 0, done.stderr
    assert "made-up" not in done.stdout + done.stderr
    found = {entry["model"]["provider"]: entry for entry in done.document}
    assert found["openai"]["usable"]
    assert not found["anthropic"]["usable"]
    assert "ANTHROPIC_API_KEY" in found["anthropic"]["why_not"]
    for_people = kernelagent("models", cwd=project)
    assert "gpt-5" in for_people.stdout


def test_names_of_a_cloned_project_are_shown_with_their_control_characters_written_out(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[tool.kernelagent.models."\\u001b]0;owned\\u0007 red\\u202e\\nusable"]\nprovider = "relay"\n', encoding="utf-8"
    )
    done = kernelagent("models", cwd=tmp_path)
    assert done.status == 0, done.stderr
    first = done.stdout.splitlines()[0]
    assert r"\x1b]0;owned\x07 red\u202e usable" in first
    assert all(line.isprintable() for line in done.stdout.splitlines())


@pytest.mark.parametrize("place", ["pyproject.toml", "config.toml"])
@pytest.mark.parametrize("budget", ["usd_per_day = 5", "usd-per-day = nan", 'usd-per-day = "5"', None])
def test_models_tells_of_a_budget_that_cannot_be(place: str, budget: str | None, tmp_path: Path) -> None:
    of_project = place == "pyproject.toml"
    table, above = ("tool.kernelagent.budget", "[tool.kernelagent]\n") if of_project else ("budget", "")
    config = tmp_path / "config"
    file = tmp_path / place if of_project else config / "kernelagent" / place
    file.parent.mkdir(exist_ok=True, parents=True)
    file.write_text(f"[{table}]\n{budget}\n" if budget else f"{above}budget = 5\n", encoding="utf-8")
    done = kernelagent("models", cwd=tmp_path, XDG_CONFIG_HOME=str(config))
    assert done.status == 2
    assert place in done.stderr
    assert "budget" in done.stderr
    assert not done.stdout


def test_fuse_with_the_scripted_provider(project: Path, warm: Warm) -> None:
    (project / "script.json").write_text('{"replies": [{"text": "prose"}]}', encoding="utf-8")
    given = ("--provider", "scripted", "--model", "script.json", "--max-iters", "1", "--run-dir", ".fuse/scripted")
    done = warm("fuse", "model.py", "--json", *given, cwd=project)
    assert done.status == 1
    assert done.document["error"]["code"] == "NoVerifiedKernel"
    assert done.document["route"]["kind"] == "direct"
    assert (project / ".fuse/scripted/kernels_out/sg0_block/scripted/worker_1/attempt_1/prompt.md").is_file()
