"""KernelAgent's commands as its README calls them, with its ``.env``, in a process of their own."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import tarfile
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from doors import KEY
from kernelagent.cli.from_kernelagent import auto_agent, flags
from kernelagent.contract.options import Options
from kernelagent.contract.result import Result
from kernelagent.driver.agents.author import open_author
from kernels import MODULE, said
from model_server import ABROAD, Act, Hang, ModelServer, Say, Seen, playing
from pieces_of_net import MODE_SUB, NET
from rewriting import GUARDED

ROOT = Path(__file__).resolve().parents[2]
KEYS = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "ANTHROPIC_API_KEY", "LLM_RELAY_URL", "OPENAI_MODEL")


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "19_Block.py").write_text(MODULE, encoding="utf-8")
    (tmp_path / "net.py").write_text(NET, encoding="utf-8")
    return tmp_path


def environment(cwd: Path, **extra: str) -> dict[str, str]:
    paths = os.pathsep.join(str(ROOT / part) for part in ("pipeline", "pipeline/compat"))
    env = {name: value for name, value in os.environ.items() if name not in KEYS}
    return {**env, "PYTHONPATH": paths, "NO_COLOR": "1", "XDG_CONFIG_HOME": str(cwd / "config"), **extra}


def command(module: str, *arguments: str | Path, cwd: Path, **extra: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=cwd,
        env=environment(cwd, **extra),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_auto_agent_without_a_key(here: Path) -> None:
    (here / "test.py").write_text(
        "import sys, torch\nfrom kernel import kernel_function\nx, w = torch.randn(3, 24), torch.randn(24)\n"
        "sys.exit(0 if torch.allclose(kernel_function(x, w), torch.relu(x * w)) else 1)\n",
        encoding="utf-8",
    )
    done = command(
        *("Fuser.auto_agent", "--problem", here / "19_Block.py", "--no-router-cache", "--verify"),
        *("--ka-model", "gpt-5", "--test-paths", here / "test.py"),
        cwd=here,
    )
    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout)
    assert set(outcome) == {"route", "success", "details", "kernel_code"}
    assert (outcome["route"], outcome["success"]) == ("kernelagent", True)
    assert "@triton.jit" in outcome["kernel_code"]
    assert "gpt-5 can't be used (openai needs OPENAI_API_KEY" in done.stderr
    assert not (here / ".fuse" / "router_cache.json").exists()
    (here / "test.py").write_text("raise SystemExit('never content')\n", encoding="utf-8")
    (here / "config.yml").write_text("ka_model: null  # nobody\nka_num_workers: 1\ntest_code: null\n", encoding="utf-8")
    done = command(
        *("Fuser.auto_agent", "--problem", here / "19_Block.py", "--test-paths", here / "test.py"),
        *("--config", here / "config.yml"),
        cwd=here,
    )
    assert done.returncode == 1
    assert "never content" in json.loads(done.stdout)["details"]["error"]


@pytest.mark.parametrize(
    ("given", "direct", "pieces"),
    [
        (("--ka-model", "gpt-5", "--dispatch-model", "o4-mini"), "gpt-5", "o4-mini"),
        (("--ka-model", "gpt-5"), "gpt-5", "gpt-5"),
        (("--dispatch-model", "o4-mini"), "o4-mini", "o4-mini"),
        (("--ka-model", "gpt-5", "--compose-model", "o4-mini"), "gpt-5", "gpt-5"),
    ],
)
def test_the_model_of_the_direct_route_and_that_of_pieces(
    here: Path, monkeypatch: pytest.MonkeyPatch, given: tuple[str, ...], direct: str, pieces: str
) -> None:
    """``--ka-model`` writes one kernel of the whole module, ``--dispatch-model`` those of its pieces."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.chdir(here)
    seen: list[Options] = []

    def fuse(problem: Path, options: Options, agreement: flags.Agreement) -> Result:
        seen.append(options)
        raise Stopped

    class Stopped(Exception):
        pass

    monkeypatch.setattr(auto_agent.running, "fuse", fuse)
    with pytest.raises(Stopped):
        auto_agent.main(["--problem", str(here / "net.py"), "--yes", *given])
    author = open_author(here / "net.py", replace(seen[0], yes=True))
    assert author is not None
    assert author.for_role("direct").model.name == direct
    assert author.for_role("dispatch").model.name == pieces


def test_a_problem_that_is_not_there(here: Path) -> None:
    for module in ("Fuser.auto_agent", "Fuser.pipeline", "Fuser.subgraph_extractor"):
        done = command(module, "--problem", here / "nothing.py", cwd=here)
        assert done.returncode == 2
        assert "problem not found" in done.stderr
    assert command("Fuser.cli", "walk", cwd=here).returncode == 2


def character(seen: Seen, turn: int) -> Act:
    return Say(said(MODE_SUB)) if "Sg1Mode" in seen.text else Say("I don't know.")


def test_the_pipeline_with_a_model_for_each_part(here: Path) -> None:
    with playing(character) as server:
        (here / ".env").write_text(
            f"OPENAI_API_KEY={KEY}\nOPENAI_BASE_URL={server.url}/v1\nLOG_LEVEL=INFO\n", encoding="utf-8"
        )
        done = command(
            *(
                "Fuser.pipeline",
                "--problem",
                here / "net.py",
                "--extract-model",
                "gpt-5",
                "--dispatch-model",
                "o4-mini",
            ),
            *(
                "--dispatch-jobs",
                "auto",
                "--compose-model",
                "o4-mini",
                "--workers",
                "1",
                "--max-iters",
                "2",
                "--verify",
            ),
            cwd=here,
        )
        assert done.returncode == 0, done.stderr + done.stdout
        assert {seen.body["model"] for seen in server.seen} == {"o4-mini"}
    told = json.loads(done.stdout)
    assert set(told) == {"run_dir", "subgraphs", "kernels_summary", "composition"}
    run = Path(told["run_dir"])
    assert run.parent == here / ".fuse"
    for part in ("subgraphs.json", "kernels_out/summary.json", "compose_out/composed_kernel.py"):
        assert (run / part).is_file()
    with tarfile.open(run / "orchestrator" / "code.py.tgz") as archive:
        packed = archive.extractfile("code.py")
        assert packed is not None
        assert b"class NetFused" in packed.read()
    assert told["composition"]["verify_passed"] is True
    assert KEY not in done.stdout + done.stderr
    for file in here.rglob("*"):
        assert not file.is_file() or file.name == ".env" or KEY.encode() not in file.read_bytes(), file


def test_stage_by_stage(here: Path) -> None:
    with playing(character) as server:
        (here / ".env").write_text(
            f"OPENAI_API_KEY={KEY}\nOPENAI_BASE_URL={server.url}/v1\nOPENAI_MODEL=gpt-5\n", encoding="utf-8"
        )
        extracted = command("Fuser.subgraph_extractor", "--problem", here / "net.py", "--workers", "1", cwd=here)
        assert extracted.returncode == 0, extracted.stderr
        subgraphs = Path(extracted.stdout.strip().splitlines()[-1])
        assert subgraphs.name == "subgraphs.json"
        assert not server.seen, "a module that exports is cut without a model"
        derived = subgraphs.read_text(encoding="utf-8")
        subgraphs.write_text("[]", encoding="utf-8")
        dispatched = command(
            *("Fuser.dispatch_kernel_agent", "--subgraphs", subgraphs, "--out-dir", "kernels", "--jobs", "auto"),
            *("--agent-model", "o4-mini"),
            cwd=here,
        )
        assert dispatched.returncode == 0, dispatched.stderr
        assert f"{subgraphs} was not what the run had derived" in dispatched.stderr
        assert subgraphs.read_text(encoding="utf-8") == derived
        summary = Path(dispatched.stdout.strip().splitlines()[-1])
        assert summary == here / "kernels" / "summary.json"
        asked = len(server.seen)
        assert asked > 0
        composed = command(
            *("Fuser.compose_end_to_end", "--problem", here / "net.py", "--subgraphs", subgraphs),
            *("--kernels-summary", summary, "--out-dir", "composed", "--verify"),
            cwd=here,
        )
        assert composed.returncode == 0, composed.stderr + composed.stdout
        assert "was not what" not in composed.stderr
        assert len(server.seen) == asked, "what was written is not written again"
    composition = json.loads(composed.stdout)
    assert composition["success"] is True
    assert Path(composition["composed_path"]) == here / "composed" / "composed_kernel.py"
    assert (here / "composed" / "composed_kernel.py").is_file()


@pytest.mark.parametrize("name", ["subgraphs.json", "19_Block.py"])
def test_subgraphs_that_belong_to_no_run(name: str, here: Path) -> None:
    (here / "subgraphs.json").write_text("[]", encoding="utf-8")
    problem = ("--problem", here / "19_Block.py", "--kernels-summary", here / "19_Block.py")
    for module, more in (("Fuser.dispatch_kernel_agent", ()), ("Fuser.compose_end_to_end", problem)):
        done = command(module, "--subgraphs", here / name, *more, cwd=here)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"BadOption: --subgraphs {here / name} is not the subgraphs.json of a run")
        assert "Name what Fuser.subgraph_extractor has printed" in done.stderr


@pytest.mark.whole
def test_the_parts_of_different_runs_are_not_composed(here: Path) -> None:
    cut = command("Fuser.subgraph_extractor", "--problem", here / "19_Block.py", cwd=here)
    subgraphs = Path(cut.stdout.strip().splitlines()[-1])
    made = command("Fuser.dispatch_kernel_agent", "--subgraphs", subgraphs, "--out-dir", "kernels", cwd=here)
    summary = Path(made.stdout.strip().splitlines()[-1])
    (here / "renamed.py").write_text(MODULE, encoding="utf-8")
    (here / "afile").write_text("", encoding="utf-8")
    (here / "edited").mkdir()
    shutil.copytree(summary.parent, here / "edited", dirs_exist_ok=True)
    (kernel,) = (here / "edited").rglob("kernel.py")
    kernel.write_text(kernel.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    right, hostname = here / "19_Block.py", Path("/etc/hosts")
    for problem, kernels, out_dir, words in (
        (here / "net.py", summary, "out", "another module than that of the run"),
        (right, hostname, "out", "is no kernels summary"),
        (right, here / "edited" / "summary.json", "out", "is another kernel than that of the run"),
        (right, summary, "afile/below", "cannot be written"),
        (right, summary, "afile", "cannot be written"),
    ):
        done = command(
            *("Fuser.compose_end_to_end", "--problem", problem, "--subgraphs", subgraphs),
            *("--kernels-summary", kernels, "--out-dir", out_dir),
            cwd=here,
        )
        assert (done.returncode in (1, 2), words in done.stderr) == (True, True), done.stderr
        assert "Traceback" not in done.stderr
        assert not done.stdout
        assert not (subgraphs.parent / "compose_out").exists(), "nothing was done for it"
    done = command(
        *("Fuser.compose_end_to_end", "--problem", here / "renamed.py", "--subgraphs", subgraphs),
        *("--kernels-summary", subgraphs.parent / "kernels_out" / "summary.json", "--out-dir", "out"),
        cwd=here,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["success"] is True


def test_mistakes_are_said_in_a_sentence(here: Path) -> None:
    (here / "latin.py").write_bytes(b'x = "\xe9"\n')
    for arguments, words in (
        (("Fuser.auto_agent", "--problem", here / "19_Block.py", "--test-paths", here / "latin.py"), "is not a Python"),
        (("Fuser.pipeline", "--problem", here / "19_Block.py", "--out-root", "/proc/none"), "pipeline failed"),
    ):
        done = command(*map(str, arguments), cwd=here)
        assert (done.returncode in (1, 2), words in done.stderr + done.stdout) == (True, True), done.stderr
        assert "Traceback" not in done.stderr
    assert [flags.jobs(text) for text in ("--5", "\u00b2", "3", "-4", "auto", "many")] == [1, 1, 3, 1, None, 1]


@pytest.mark.whole
def test_a_test_in_another_encoding_is_run(here: Path) -> None:
    code = '# -*- coding: latin-1 -*-\nimport kernel\nassert "\xe9" == chr(233)\n'
    (here / "test.py").write_bytes(code.encode("latin-1"))
    arguments = ("--problem", here / "19_Block.py", "--test-paths", here / "test.py")
    done = command("Fuser.auto_agent", *arguments, cwd=here)
    assert done.returncode == 0, done.stderr + done.stdout


@pytest.mark.parametrize("module", ["Fuser.subgraph_extractor", "kernelagent.cli"])
def test_an_output_that_takes_no_more(module: str, here: Path) -> None:
    arguments = ["models"] if module == "kernelagent.cli" else ["--problem", "19_Block.py"]
    for where in ("a full disk", "nobody"):
        reading, writing = os.pipe()
        os.close(reading)
        full = os.open("/dev/full", os.O_WRONLY)
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=here,
            env=environment(here),
            stdin=subprocess.DEVNULL,
            stdout=full if where == "a full disk" else writing,
            stderr=subprocess.PIPE,
            text=True,
            timeout=300,
            check=False,
        )
        os.close(writing)
        os.close(full)
        assert done.returncode == 1, done.stderr
        assert ("DiskFull: what is printed could not be written" in done.stderr) == (where == "a full disk")
        for unwanted in ("Traceback", "InternalError", "Exception ignored"):
            assert unwanted not in done.stderr


def cloned(here: Path, server: ModelServer, *lines: str) -> None:
    """A ``.env`` that came with a repository and leads code to ``server``."""
    address = f"OPENAI_API_KEY={KEY}\nOPENAI_BASE_URL={server.url}/v1\n"
    (here / ".env").write_text(address + "".join(f"{line}\n" for line in lines), encoding="utf-8")


@pytest.mark.parametrize(
    ("module", "who"),
    [
        ("Fuser.pipeline", "the file"),
        ("Fuser.auto_agent", "the command line"),
        ("Fuser.cli", "the environment"),
    ],
)
def test_a_cloned_file_agrees_to_nothing(module: str, who: str, here: Path) -> None:
    with playing(character, ABROAD) as server:
        cloned(here, server, "OPENAI_MODEL=gpt-5")
        given = ("--dispatch-model", "gpt-5") if who == "the command line" else ()
        extra = {"OPENAI_MODEL": "gpt-5"} if who == "the environment" else {}
        subcommand = ("run", "--stream", "none") if module == "Fuser.cli" else ()
        done = command(module, *subcommand, "--problem", here / "19_Block.py", *given, cwd=here, **extra)
        assert done.returncode == 0, "the built-in synthesizer works alone: " + done.stderr
        assert not server.seen
        assert ABROAD in done.stderr
        assert "--yes" in done.stderr
    if module == "Fuser.cli":
        assert Path(done.stdout.strip()).is_dir(), "all that it prints is its run directory"


@pytest.mark.whole
def test_a_model_that_the_user_names_agrees_to_an_address_of_his(here: Path) -> None:
    with playing(character, ABROAD) as server:
        mine = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": f"{server.url}/v1"}
        limits = ("--workers", "1", "--max-iters", "1")
        (here / ".env").write_text("OPENAI_MODEL=gpt-5\n", encoding="utf-8")
        command("Fuser.pipeline", "--problem", here / "net.py", *limits, cwd=here, **mine)
        assert not server.seen, "the file named the model"
        command("Fuser.pipeline", "--problem", here / "net.py", "--dispatch-model", "gpt-5", *limits, cwd=here, **mine)
        assert len(server.seen) == 1
        cloned(here, server)
        command("Fuser.pipeline", "--problem", here / "net.py", "--yes", *limits, cwd=here)
        assert len(server.seen) == 2


@pytest.mark.whole
def test_an_agreement_is_not_read_from_a_run_directory(here: Path) -> None:
    with playing(character, ABROAD) as server:
        cloned(here, server)
        extracted = command("Fuser.subgraph_extractor", "--problem", here / "net.py", "--yes", cwd=here)
        subgraphs = Path(extracted.stdout.strip().splitlines()[-1])
        document = json.loads((subgraphs.parent / "run.json").read_text(encoding="utf-8"))
        assert document["options"]["yes"] is True
        for given in ((), ("--agent-model", "gpt-5")):
            done = command("Fuser.dispatch_kernel_agent", "--subgraphs", subgraphs, *given, cwd=here)
            assert done.returncode == 1
            assert ABROAD in done.stderr
        resumed = command("kernelagent.cli", "runs", "resume", subgraphs.parent, cwd=here)
        assert resumed.returncode != 0
        assert not server.seen


@pytest.mark.parametrize("answer", [pytest.param("y", marks=pytest.mark.whole), "n"])
def test_who_sits_at_a_terminal_is_asked(answer: str, here: Path) -> None:
    with playing(character, ABROAD) as server:
        cloned(here, server, "OPENAI_MODEL=gpt-5")
        ours, theirs = pty.openpty()
        os.write(ours, f"{answer}\n".encode())
        arguments = ("--problem", str(here / "net.py"), "--workers", "1", "--max-iters", "1")
        started = subprocess.Popen(
            [sys.executable, "-m", "Fuser.pipeline", *arguments],
            cwd=here,
            env=environment(here),
            stdin=theirs,
            stdout=subprocess.DEVNULL,
            stderr=theirs,
        )
        os.close(theirs)
        told = b""
        while started.poll() is None or told == b"":
            try:
                told += os.read(ours, 65536)
            except OSError:  # Linux says so when the last writer has closed
                break
        started.wait(timeout=300)
        os.close(ours)
        assert f"are sent to {server.url.removeprefix('http://')}" in told.decode()
        assert bool(server.seen) == (answer == "y")


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (None, "config.yml cannot be read"),
        ("ka_num_workers: many\n", "line 1: ka_num_workers = 'many' is not possible: it is a whole number"),
        ("workers: 1\nuse_router_cache: perhaps\n", "line 2: use_router_cache"),
        ("# ours\nproblem: other.py\n", "line 2: there is no setting 'problem'"),
        ("yes: true\n", "'yes'"),
        ("ka_modle: gpt-5\n", "'ka_modle'"),
        ("- workers\n", "'- workers'"),
    ],
)
def test_a_configuration_that_cannot_be_meant(config: str | None, words: str, here: Path) -> None:
    if config is not None:
        (here / "config.yml").write_text(config, encoding="utf-8")
    done = command("Fuser.auto_agent", "--problem", here / "19_Block.py", "--config", here / "config.yml", cwd=here)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_level_that_is_none(here: Path) -> None:
    done = command("Fuser.pipeline", "--problem", here / "19_Block.py", cwd=here, LOG_LEVEL="verbose")
    assert done.returncode == 2
    assert "LOG_LEVEL = 'VERBOSE'" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.whole
def test_a_model_of_a_vendor_by_way_of_a_relay(here: Path) -> None:
    with playing(character) as server:
        arguments = ("--extract-model", "gpt-5", "--dispatch-model", "o4-mini", "--workers", "1", "--max-iters", "2")
        done = command("Fuser.pipeline", "--problem", here / "net.py", *arguments, cwd=here, LLM_RELAY_URL=server.url)
        assert done.returncode == 0, done.stderr
        assert {(seen.path, seen.body["model"]) for seen in server.seen} == {("/v1/chat/completions", "o4-mini")}


@pytest.mark.parametrize("given", ["the command line", "a configuration"])
def test_each_route_has_its_own_workers_and_rounds(given: str, here: Path) -> None:
    (here / "guarded.py").write_text(GUARDED, encoding="utf-8")
    numbers = {"workers": 1, "max-iters": 2, "ka-workers": 2, "ka-rounds": 1}
    arguments = [part for name, number in numbers.items() for part in (f"--{name}", str(number))]
    if given == "a configuration":
        lines = [f"{name.replace('-', '_')}: {number}\n" for name, number in numbers.items()]
        (here / "config.yml").write_text("".join(lines), encoding="utf-8")
        arguments = ["--config", str(here / "config.yml")]
    with playing(lambda seen, turn: Say("I would begin with the loads.")) as server:
        done = command(
            *("Fuser.auto_agent", "--problem", here / "guarded.py", "--no-router-cache", "--dispatch-model", "m"),
            *arguments,
            cwd=here,
            LLM_RELAY_URL=server.url,
        )
        assert done.returncode == 1, done.stderr
        rewriting = [seen for seen in server.seen if "GuardedFused" in seen.text]
        assert len(rewriting) == 2, "the route fuser: one worker, two rounds"
        assert len(server.seen) - len(rewriting) == 2, "the direct route: two workers, one round"


@pytest.mark.parametrize(
    ("module", "told"),
    [
        ("Fuser.pipeline", '"verify_reason": "cancelled. Nothing was applied'),
        ("Fuser.auto_agent", '"error": "cancelled. Nothing was applied'),
        ("Fuser.cli", "cancelled. Nothing was applied"),
    ],
)
def test_who_cancels_is_told_so_by_the_exit_status(module: str, told: str, here: Path) -> None:
    (here / "guarded.py").write_text(GUARDED, encoding="utf-8")
    asked = threading.Event()

    def character(seen: Seen, turn: int) -> Act:
        asked.set()
        return Hang()

    with playing(character) as server:
        arguments = [*(("run",) if module == "Fuser.cli" else ()), "--problem", str(here / "guarded.py")]
        named = "--model" if module == "Fuser.cli" else "--dispatch-model"
        started = subprocess.Popen(
            [sys.executable, "-m", module, *arguments, named, "m"],
            cwd=here,
            env=environment(here, LLM_RELAY_URL=server.url),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert asked.wait(120)
        started.send_signal(signal.SIGINT)
        out, err = started.communicate(timeout=60)
        assert started.returncode == 130, err
        assert told in out + err
        assert server.wait_until_closed()


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.whole)])
def test_who_cancels_the_callers_test_is_told_of_the_kernel(number: signal.Signals, here: Path) -> None:
    (here / "slow.py").write_text("import kernel, time\ntime.sleep(100)\n", encoding="utf-8")
    arguments = ("--problem", "19_Block.py", "--test-paths", "slow.py", "--test-timeout-s", "60")
    started = subprocess.Popen(
        [sys.executable, "-m", "Fuser.auto_agent", *arguments],
        cwd=here,
        env=environment(here),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert started.stderr is not None
    for line in started.stderr:
        if "[test]   still running" in line:
            break
    started.send_signal(number)
    out, err = started.communicate(timeout=60)
    assert started.returncode == 130, err
    outcome = json.loads(out)
    assert outcome["success"] is False
    assert "the judge accepts the kernel" in outcome["details"]["error"]
    assert Path(outcome["details"]["composed_path"]).is_file()


def test_the_models_by_kernelagents_name(here: Path) -> None:
    done = command("kernelagent.cli.from_kernelagent.list_models", cwd=here)
    assert done.returncode == 0
    assert "claude-sonnet-4-20250514" in done.stdout
    assert "OPENAI_API_KEY" in done.stdout
