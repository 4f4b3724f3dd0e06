"""Values that KernelAgent's flags, its configuration file and its API are given: taken as they stand, or refused before
anything begins."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from kernelagent import TritonKernelAgent
from kernelagent.cli.from_kernelagent import auto_agent, pipeline, stages
from kernelagent.cli.from_kernelagent.flat_yaml import Entry, entries
from kernelagent.cli.group import run
from kernelagent.contract.options import Options
from kernelagent.contract.result import Result
from kernelagent.errors import BadOption
from kernels import MODULE

Main = Callable[[Sequence[str]], int]
COMMANDS: dict[str, Main] = {
    "auto_agent": auto_agent.main,
    "pipeline": pipeline.main,
    "cli": lambda argv: stages.orchestrate(["run", *argv]),
    "subgraph_extractor": stages.extract,
}
FOUR_HUNDRED = "9" * 400


class Began(Exception):
    def __init__(self, options: Options) -> None:
        super().__init__("options were accepted")
        self.options = options


@pytest.fixture
def problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    def fuse(problem: Path, options: Options, *rest: object) -> Result:
        raise Began(options)

    monkeypatch.setattr("kernelagent.cli.from_kernelagent.running.fuse", fuse)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "block.py").write_text(MODULE, encoding="utf-8")
    (tmp_path / "own.py").write_text("import kernel\n", encoding="utf-8")
    return str(tmp_path / "block.py")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("flag", "value"),
    [
        *(("--llm-timeout-s", value) for value in (FOUR_HUNDRED, "9" * 5000, "0", "-3", "nan", "inf", "1e400", "soon")),
        *(("--workers", value) for value in ("65", "20000", FOUR_HUNDRED, "9" * 5000, "many")),
        ("--max-iters", FOUR_HUNDRED),
    ],
)
def test_a_flag_that_cannot_be_so(
    problem: str, capsys: pytest.CaptureFixture[str], command: str, flag: str, value: str
) -> None:
    assert COMMANDS[command](["--problem", problem, flag, value]) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"BadOption: {flag} = ")
    assert len(err) < 500


@pytest.mark.parametrize("value", [FOUR_HUNDRED, "0", "-3", "nan"])
def test_the_time_of_a_test_is_read_before_the_run(
    problem: str, capsys: pytest.CaptureFixture[str], value: str
) -> None:
    assert auto_agent.main(["--problem", problem, "--test-paths", "own.py", "--test-timeout-s", value]) == 2
    assert capsys.readouterr().err.startswith("BadOption: --test-timeout-s = ")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        *((f"llm_timeout_s: {value}", "llm_timeout_s = ") for value in (FOUR_HUNDRED, "0", "-3", ".nan", "soon")),
        *((f"test_timeout_s: {value}", "test_timeout_s = ") for value in (FOUR_HUNDRED, "0", "-3")),
        *((f"{name}: 20000", f"{name} = ") for name in ("workers", "ka_workers", "ka_num_workers")),
        ("workers: 9999999999999999", "from 1 to 64"),
        ("router_max_tokens: few", "router_max_tokens can't be 'few'"),
        ("target_platform: abacus", "target_platform can't be 'abacus'"),
        ('ka_model: "gpt', "ka_model can't be"),
        ("ka_model: 'gpt' 5", "ka_model can't be"),
        ("ka_model: [gpt, o4]", "ka_model can't be"),
        ("ka_model: !!str gpt", "ka_model can't be"),
        (r'ka_model: "g\tpt"', "ka_model can't be"),
        ("help: true", "there is no setting 'help'"),
    ],
)
def test_a_line_of_a_configuration_that_cannot_be_so(
    problem: str, capsys: pytest.CaptureFixture[str], line: str, words: str
) -> None:
    Path("config.yml").write_text(f"# ours\n{line}\n", encoding="utf-8")
    assert auto_agent.main(["--problem", problem, "--config", "config.yml"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("BadConfiguration: config.yml, line 2: ")
    assert words in err


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ('"gpt#5"', "gpt#5"),
        ("'gpt #5'  # ours", "gpt #5"),
        ("org/model#tag", "org/model#tag"),
        ("org/model#tag # ours", "org/model#tag"),
        ("gpt\t# ours", "gpt"),
        ("llama3:8b", "llama3:8b"),
        (r'"a \"b\" \\c"', r'a "b" \c'),
        ("'it''s'", "it's"),
        ('"null"', "null"),
        ("null", None),
        ("~  # nobody", None),
        ("# nobody", None),
        ("''", None),
        ("", None),
    ],
)
def test_a_value_is_read_as_yaml_reads_it(problem: str, written: str, value: str | None) -> None:
    Path("config.yml").write_text(f"--- # flat\nka_model: {written}\n", encoding="utf-8")
    with pytest.raises(Began) as began:
        auto_agent.main(["--problem", problem, "--config", "config.yml"])
    assert began.value.options.direct_model == value
    assert list(entries(f"ka_model: {written}")) == [Entry(1, "ka_model", value)]


def test_what_can_be_so_is_taken(problem: str) -> None:
    Path("config.yml").write_text('workers: "64"\nllm_timeout_s: 2.5\nka_rounds: 0\n', encoding="utf-8")
    with pytest.raises(Began) as began:
        auto_agent.main(["--problem", problem, "--ka-workers", "-1", "--config", "config.yml"])
    options = began.value.options
    assert (options.workers, options.direct_workers, options.direct_max_iters) == (64, 1, 1)
    assert options.llm_timeout_s == 2.5


def test_workers_have_one_limit_at_every_door(
    problem: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = threading.active_count()
    for given, words in (({"num_workers": 65}, "num_workers = 65"), ({"direct_workers": 65}, "direct_workers = 65")):
        with pytest.raises(BadOption, match=f"{words} is not possible: it is a number from 1 to 64"):
            TritonKernelAgent(**given)  # type: ignore[arg-type]
    for seeds in ("20000", FOUR_HUNDRED, "9" * 5000, "0"):
        monkeypatch.setenv("NUM_KERNEL_SEEDS", seeds)
        with pytest.raises(BadOption, match="NUM_KERNEL_SEEDS = "):
            TritonKernelAgent()
    monkeypatch.delenv("NUM_KERNEL_SEEDS")
    assert run(["fuse", problem, "--workers", "65"]) == 2
    assert "1<=x<=64" in capsys.readouterr().err
    assert threading.active_count() == before
    TritonKernelAgent(num_workers=64)


@pytest.mark.parametrize("value", [-3, 0, 10**400, float("nan"), float("inf"), "60", None])
def test_the_time_of_a_test_of_the_api(value: Any) -> None:
    with pytest.raises(BadOption, match="test_timeout_s = "):
        TritonKernelAgent(test_timeout_s=value)


def test_a_number_that_cannot_be_written_out() -> None:
    for name in ("test_timeout_s", "num_workers", "llm_timeout_s"):
        with pytest.raises(BadOption, match=f"{name} = "):
            TritonKernelAgent(**{name: 10**5000})  # type: ignore[arg-type]


def test_a_number_of_jobs_with_more_digits_than_are_read(problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fuse", problem, "--dispatch-jobs", "9" * 5000]) == 2
    assert "is neither auto nor a number" in capsys.readouterr().err
