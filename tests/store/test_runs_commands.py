"""``runs list``, ``diff``, ``gc``, ``export`` and ``index`` over directories that no run has made."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from command_line import Done, kernelagent
from kernelagent.cli.group import run as command_line
from kernelagent.contract.options import Options
from kernelagent.driver.certificate import digest, read
from kernelagent.driver.run_lock import RunLock
from past_runs import KERNEL, SOURCE, sha256, verification, write_run

ONE, TWO, THREE = "20260101-100000-gate-0001", "20260102-100000-gate-0002", "20260103-100000-block-0003"
Runs = Callable[..., Done]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").touch()
    runs = tmp_path / ".fuse"
    write_run(runs, ONE)
    write_run(runs, TWO, status="failed")
    write_run(runs, THREE, status="begun", target="net.py::Block")
    os.utime(runs / THREE / "run.json", (1e9, 1e9))
    return tmp_path


@pytest.fixture
def runs(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Runs:
    """``kernelagent runs`` in this process, in the project."""
    monkeypatch.chdir(project)
    monkeypatch.setenv("NO_COLOR", "1")

    def run(*arguments: str) -> Done:
        status = command_line(["runs", *arguments])
        said = capsys.readouterr()
        return Done(status, said.out, said.err)

    return run


def test_the_list(runs: Runs, project: Path) -> None:
    assert runs("list").stdout.splitlines() == [
        f"{THREE}  did not end; `kernelagent runs resume {THREE}` lets it go on",
        f"{TWO}   UnsupportedOperator    12.3 s  model.py::Gate",
        f"{ONE}   verified               12.3 s  model.py::Gate",
    ]
    assert [one["run_id"] for one in runs("list", "--json").document] == [TWO, ONE]
    assert runs("list", "--status", "interrupted").stdout.startswith(THREE)
    assert runs("list", "--status", "going").stdout.startswith("No such runs in ")
    assert len(runs("list", "--target", "GATE").stdout.splitlines()) == 2
    assert runs("list", "--target", "%").stdout.startswith("No such runs")
    assert runs("list", "--since", "2026-01-02", "--status", "failed").stdout.startswith(TWO)
    assert runs("list", "--since", "2d").stdout.startswith("No such runs")
    assert "… and 2 more" in runs("list", "--limit", "1").stdout
    refused = runs("list", "--since", "yesterday")
    assert refused.status == 2
    assert "7d" in refused.stderr


def test_a_result_that_is_garbage_is_a_line_of_the_list(runs: Runs, project: Path) -> None:
    (project / ".fuse" / ONE / "result.json").write_bytes(b"")
    assert "result.json cannot be read: it is empty" in runs("list").stdout
    listed = runs("list", "--json")
    assert [one["run_id"] for one in listed.document] == [TWO]
    assert f"{ONE}" not in listed.stdout
    shown = runs("show", ONE)
    assert shown.status == 2
    assert "cannot be read" in shown.stderr


def test_words_of_others_are_printable(runs: Runs, project: Path) -> None:
    write_run(project / ".fuse", "20260104-100000-x-0004", target="\x1b[2Jmodel.py::G\nate")
    listed = runs("list")
    assert "\x1b" not in listed.stdout
    assert len(listed.stdout.splitlines()) == 4


def test_the_beginning_of_an_id_is_enough(runs: Runs) -> None:
    assert runs("show", "20260101", "--json").document["run_id"] == ONE
    several = runs("show", "2026010")
    assert several.status == 2
    assert ONE in several.stderr
    assert runs("show", "nothing").status == 2
    assert runs("show", "../x\0").status == 2


def test_what_differs(runs: Runs, project: Path) -> None:
    other = SOURCE.replace("sigmoid", "tanh")
    kernel = KERNEL.replace("gate_kernel", "tanh_kernel")
    judged = verification(other, kernel, versions={"python": "3.11.2", "torch": "2.10.0", "triton": "3.5.0"})
    cases = (replace(judged.cases[0], max_abs_err=3e-6), judged.cases[1])
    write_run(
        project / ".fuse",
        "20260105-100000-gate-0005",
        source=other,
        kernel=kernel,
        options=Options(fp32="ieee"),
        verification=replace(judged, cases=cases),
        elapsed_s=24.6,
    )
    text = runs("diff", "20260101", "20260105").stdout
    for part in (
        "--fp32  tf32x3 → ieee",
        "torch  2.9.0 → 2.10.0",
        "example  1e-07 → 3e-06",
        "elapsed_s  12.3 → 24.6  (×2)",
        "Source: 1 lines added, 1 removed",
        "+        return x.tanh()",
        "+def tanh_kernel(x):",
        "The same: verdict, cost.",
    ):
        assert part in text, text
    document = runs("diff", "20260101", "20260105", "--json").document
    assert document["versions"] == [{"what": "torch", "before": "2.9.0", "after": "2.10.0"}]
    assert "verified → failed" in runs("diff", ONE, TWO).stdout
    unfinished = runs("diff", ONE, THREE)
    assert unfinished.status == 2
    assert "did not end" in unfinished.stderr


def test_gc_says_what_would_go_and_does_it_when_told(runs: Runs, project: Path) -> None:
    old = runs("gc", "--older-than", "30d", "--keep", "0")
    assert "1 of 3 runs would go" in old.stdout
    assert THREE in old.stdout
    kept = runs("gc", "--keep", "1", "--json").document
    assert [one["name"] for one in kept["go"]] == [ONE]
    assert kept["bytes"] > 1000
    assert runs("gc", "--keep", "0", "--failed", "--json").document["removed"] == []
    assert len(list((project / ".fuse").glob("2*"))) == 3
    done = runs("gc", "--keep", "0", "--failed", "--yes")
    assert "2 of 3 runs removed" in done.stdout
    assert [path.name for path in (project / ".fuse").glob("2*")] == [ONE]
    assert len(runs("list").stdout.splitlines()) == 1
    assert runs("gc", "--older-than", "soon").status == 2


def test_gc_spares_what_is_going_on_and_what_is_used(runs: Runs, project: Path) -> None:
    lock = RunLock(project / ".fuse" / THREE)
    used = KERNEL.replace("class GateTriton", f"# source: model.py::Gate {'0' * 12}\nclass GateTriton")
    (project / "gate_triton.py").write_bytes(used.replace("\n", "\r\n").encode())
    told = runs("gc", "--keep", "0", "--yes")
    lock.release()
    assert sorted(path.name for path in (project / ".fuse").glob("2*")) == [ONE, THREE]
    assert f"stays  {THREE}: it is going on" in told.stdout
    assert f"stays  {ONE}: the project uses its kernel" in told.stdout


def test_gc_spares_what_a_certificate_names_and_the_newest_of_a_class_with_a_kernel(runs: Runs, project: Path) -> None:
    other = KERNEL + "# another\n"
    write_run(project / ".fuse", "20260105-100000-gate-0005", kernel=other)
    write_run(project / ".fuse", "20260106-100000-gate-0006", kernel=other + "\n")
    (project / "verdict.json").write_text(json.dumps({"kernel_sha256": sha256(KERNEL)}))
    inline = f"import triton\n# source: model.py::Gate {'0' * 12}\nclass GateTriton: ...\n"
    (project / "model.py").write_text(inline)
    stay = {one["name"]: one["why"] for one in runs("gc", "--keep", "0", "--json").document["stay"]}
    assert stay == {
        ONE: "the project uses its kernel",
        "20260106-100000-gate-0006": "its class has a kernel in the project",
    }


def test_gc_tells_modules_of_one_name_in_two_folders_apart(runs: Runs, project: Path) -> None:
    """Each was fused where its file lies, and typed as ``model.py``."""
    shutil.rmtree(project / ".fuse")
    for number, name in enumerate(("a", "b")):
        (project / name).mkdir()
        (project / name / "model.py").write_text(SOURCE, encoding="utf-8")
        typed = f"{name}/model.py::Gate"
        folder = write_run(project / ".fuse", f"2026010{number + 1}-100000-gate-000{number}", target=typed)
        text = (folder / "result.json").read_text()
        (folder / "result.json").write_text(text.replace(typed, "model.py::Gate"))
    assert runs("gc", "--keep", "1", "--json").document["go"] == []
    assert len(runs("gc", "--keep", "0", "--json").document["go"]) == 2


def test_what_a_killed_gc_left_goes_the_next_time(runs: Runs, project: Path) -> None:
    left = write_run(project / ".fuse", ".gone-abc")
    assert len(runs("list").stdout.splitlines()) == 3
    runs("gc", "--yes")
    assert not left.exists()


def test_an_archive_has_no_secret_and_no_path_of_this_machine(
    runs: Runs, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "sk-very-secret-0123456789abcdef"
    monkeypatch.setenv("OPENAI_API_KEY", key)
    run = project / ".fuse" / ONE
    (run / "reply.md").write_text(f"the key {key} of {Path.home()}", encoding="utf-8")
    (run / "error.log").write_text(f"File {project}/model.py", encoding="utf-8")
    (run / "cases.bin").write_bytes(b"\xff\xfe")
    (run / "lock").write_text("1")
    judged = verification(summary=f"Verified for {project}/model.py.")
    write_run(project / ".fuse", ONE, verification=judged)
    done = runs("export", ONE, TWO, "--to", "sent.tar.gz")
    assert "2 runs" in done.stdout
    assert f"Secrets were taken out of: {ONE}/reply.md." in done.stdout
    assert f"Left out, as no text: {ONE}/cases.bin." in done.stdout
    with tarfile.open(project / "sent.tar.gz") as packed:
        texts = {entry.name: packed.extractfile(entry).read().decode() for entry in packed.getmembers()}  # type: ignore[union-attr]
    assert not [name for name, text in texts.items() if key in text or str(project) in text or str(Path.home()) in text]
    assert not [name for name in texts if name.startswith(("/", "..")) or name.endswith(("lock", "answer.json"))]
    (project / "result.json").write_text(texts[f"{ONE}/result.json"])
    sent = read(project / "result.json", "k.py", "model.py::Gate").verification
    assert sent.summary == "Verified for project/model.py."
    assert sent.digest == digest(sent), "what held before holds after"
    assert texts[f"{ONE}/compose_out/composed_kernel.py"] == KERNEL
    before = (project / "sent.tar.gz").read_bytes()
    assert runs("export", ONE, "--to", "sent.tar.gz").status == 2
    runs("export", ONE, TWO, "--to", "again.tar.gz")
    assert (project / "again.tar.gz").read_bytes() == before
    assert runs("export", ONE, "--to", "sent.zip", "--json").document["files"] == len(
        zipfile.ZipFile(project / "sent.zip").namelist()
    )
    assert runs("export", ONE, "--to", "sent.rar").status == 2
    assert not list(project.glob(".*rar*"))


def test_a_run_with_a_link_in_it_is_not_packed(runs: Runs, project: Path) -> None:
    (project / ".fuse" / ONE / "notes.txt").symlink_to("/etc/passwd")
    refused = runs("export", ONE, "--to", "sent.zip")
    assert refused.status == 2
    assert "symbolic link" in refused.stderr


def test_the_index_is_told_of_and_made_anew(runs: Runs, project: Path) -> None:
    assert runs("index", "--json").document["runs"] == 3
    for file in (project / ".fuse").glob("index.sqlite3*"):
        file.unlink()
    (project / ".fuse" / "index.sqlite3").write_bytes(b"damaged" * 1000)
    listed = runs("list")
    assert len(listed.stdout.splitlines()) == 3
    assert listed.stderr.count("made anew") == 1
    assert "3 runs in" in runs("index", "--rebuild").stdout


def test_gc_beside_lists(project: Path) -> None:
    for at in range(60):
        write_run(project / ".fuse", f"20260201-{at:06}-gate-0000")
    going = [sys.executable, "-m", "kernelagent.cli", "runs", "gc", "--keep", "5", "--yes", "--json"]
    both = [subprocess.Popen(going, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    while any(one.poll() is None for one in both):
        listed = kernelagent("runs", "list", cwd=project)
        assert listed.status == 0, listed.stderr
        assert "Traceback" not in listed.stderr
    removed = [name for one in both for name in json.loads(one.communicate()[0])["removed"]]
    assert len(removed) == len(set(removed)) == 57
    assert len(list((project / ".fuse").glob("2*"))) == 6
    assert not list((project / ".fuse").glob(".gone*"))


def test_the_list_loads_no_more_than_it_needs(project: Path) -> None:
    script = (
        "import sys\nfrom kernelagent.cli.group import run\nrun(['runs', 'list'])\n"
        "slow = ('rich', 'asyncio', 'torch', 'kernelagent.driver.pipeline', 'kernelagent.driver.agents.author')\n"
        "print([name for name in slow if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=project, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


ON_A_FULL_DISK = """\
mount -t tmpfs -o size=$ROOM tmpfs "$1" && cp -r "$2"/. "$1" && shift 2
cat /dev/zero > .fuse/filler 2>/dev/null
"$@" && rm .fuse/filler && "$@"
"""


@pytest.mark.parametrize("is_there", [False, True], ids=["no index yet", "an index"])
def test_the_list_on_a_full_disk(project: Path, is_there: bool) -> None:
    """The folder of runs stands on a disk without any room, mounted in a namespace of the test's own."""
    expected = kernelagent("runs", "list", cwd=project).stdout
    runs = project / ".fuse"
    if not is_there:
        for file in runs.glob("index*"):
            file.unlink()
    else:
        write_run(runs, "20260109-100000-gate-0009")
    kept = project / "kept"
    runs.rename(kept)
    runs.mkdir()
    shell = ("sh", "-c", ON_A_FULL_DISK.replace("$ROOM", "512k"), "sh", str(runs), str(kept))
    done = kernelagent("runs", "list", cwd=project, prefix=("unshare", "--user", "--map-root-user", "--mount", *shell))
    assert done.status == 0, done.stderr
    assert done.stdout.count(expected) == 2, "once without room, and once with it again"
    assert done.stderr == ""
