"""The pages as programs see them: a real server in a project of its own, asked over plain HTTP."""

from __future__ import annotations

import io
import os
import signal
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from kernelagent.cli.group import run
from kernelagent.contract.codec import read_json
from kernelagent.contract.result import Result
from web_pages import GATE, Server, last, panes, runs, serving, stream, until, values

SECRET = "sk-thisisnokeyatallbutlooksalotlikeone0123456789"
TWO = (
    GATE + "\n\n# kernelagent: inputs=(torch.randn(4, 8),)\nclass Other(torch.nn.Module):\n    forward = Gate.forward\n"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    project = tmp_path_factory.mktemp("project")
    (project / "pyproject.toml").touch()
    (project / "gate.py").write_text(GATE, encoding="utf-8")
    (project / "two.py").write_text(TWO, encoding="utf-8")
    (project / "notes.py").write_text("x = 1\n", encoding="utf-8")
    with serving(project, "--jobs", "1", OPENAI_API_KEY=SECRET) as served:
        yield served


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[httpx.Client]:
    with server.browser() as browser:
        yield browser


def test_a_pasted_module_is_fused_and_all_of_it_is_shown(server: Server, client: httpx.Client) -> None:
    seen = [panes(answer) for answer in stream(client, "pipeline", values("pipeline"))]
    assert "Going on" in seen[0]["card"]
    assert any("<td>load</td>" in one["live"] and "Going on" in one["card"] for one in seen), "stages come live"
    end = seen[-1]
    assert "Verified in the interpreter" in end["card"] and 'class="card verified"' in end["card"]
    assert "<td>verify</td>" in end["live"]
    assert "sigmoid" in end["graph"] and "<svg" in end["graph"]
    assert "<svg" not in end["report"].partition("<h2>Verdict")[0], "the graph has a pane of its own"
    assert "Checks" in end["report"] and "Cases" in end["report"]
    assert "@triton.jit" in end["kernel"]
    folder = _newest(server)
    assert read_json(folder / "run.json", dict)["file"] == str(folder / "problem.py"), "what was pasted is its file"
    assert (folder / "problem.py").read_text(encoding="utf-8") == GATE
    kernel = client.get(f"/files/{folder.name}/compose_out/composed_kernel.py")
    assert (
        kernel.text.strip() == end["kernel"].strip()
        and f"files/{folder.name}/compose_out/composed_kernel.py" in end["files"]
    )
    packed = zipfile.ZipFile(io.BytesIO(client.get(f"/files/{folder.name}.zip").content))
    assert f"{folder.name}/result.json" in packed.namelist()
    assert str(server.project) not in packed.read(f"{folder.name}/result.json").decode()
    assert runs(client)[0] == [folder.name, "pasted: Gate", "verified", runs(client)[0][3]]
    again = panes(next(stream(client, "run", [folder.name])))
    assert again["kernel"] == end["kernel"] and again["report"] == end["report"]
    before = last(stream(client, "pipeline", values("pipeline")))
    assert f"answered before, by {folder.name}" in before["card"], "what was pasted once more is the same request"


@pytest.mark.parametrize(
    ("changed", "code", "told"),
    [
        ({"source": "  \n"}, "TargetNotFound", "no module in the editor"),
        ({"source": "def f(:\n"}, "SyntaxErrorInTarget", "line 1"),
        ({"source": "x = 1\n"}, "ClassNotFound", "problem.py defines no torch.nn.Module"),
        ({"source": GATE.replace("# kernel", "# ")}, "NoExampleInputs", "write a directive above"),
        ({"source": TWO}, "AmbiguousTarget", "Gate, Other"),
        ({"class_name": "Gone"}, "ClassNotFound", "no class Gone"),
        ({"inputs": "(torch.randn(4"}, "BadExampleInputs", "--inputs"),
        ({"arch": ["pentium"]}, "BadOption", "sm_90"),
        ({"workers": 0}, "BadOption", "workers"),
        ({"provider": "anthropic"}, "ProviderNotConfigured", "ANTHROPIC_API_KEY"),
        ({"provider": "openai"}, "ConsentNeeded", "--yes"),
    ],
)
def test_bad_input_is_told_with_what_to_do(
    client: httpx.Client, changed: dict[str, object], code: str, told: str
) -> None:
    card = last(stream(client, "pipeline", values("pipeline", **changed)))["card"]
    assert f"<strong>{code}</strong>" in card and 'role="alert"' in card
    assert told in card


@pytest.mark.parametrize(
    ("source", "test", "code", "told"),
    [
        ("a softmax over the rows of a matrix", "", "ProviderNotConfigured", "Plain words need"),
        (GATE, "def f(:", "BadOption", "line 1"),
        ("", "", "TargetNotFound", "no module"),
    ],
)
def test_the_direct_agent_says_what_it_lacks(
    client: httpx.Client, source: str, test: str, code: str, told: str
) -> None:
    card = last(stream(client, "direct", values("direct", test, source=source)))["card"]
    assert f"<strong>{code}</strong>" in card and told in card


def test_what_a_module_says_is_text_and_no_markup(client: httpx.Client) -> None:
    source = GATE + '\n    def __init__(self):\n        raise ValueError("<img src=x onerror=alert(1)>")\n'
    end = last(stream(client, "pipeline", values("pipeline", source=source)))
    assert "<strong>InitFailed</strong>" in end["card"]
    assert "&lt;img src=x" in end["card"]
    assert "<img" not in "".join(end.values())


def test_a_problem_is_picked_and_its_own_file_is_meant(server: Server, client: httpx.Client) -> None:
    listed = next(c for c in client.get("/config").json()["components"] if c["props"].get("label") == "Problem")
    assert [name for name, _ in listed["props"]["choices"]] == ["gate.py", "two.py::Gate", "two.py::Other"]
    given = values("fuser", source=GATE, picked="gate.py")
    end = last(stream(client, "fuser", given))
    assert "Done, as far as was asked" in end["card"] and "1 subgraph;" in end["card"]
    assert read_json(_newest(server) / "run.json", dict)["file"] == str(server.project / "gate.py")
    assert "<svg" in end["graph"] and not (_newest(server) / "compose_out").exists(), "it stops where it was told to"


def test_the_direct_agent_takes_the_named_class_and_a_picked_file_with_a_test(
    server: Server, client: httpx.Client
) -> None:
    test = (
        "import torch\nfrom kernel import kernel_function\nassert kernel_function(torch.ones(4, 8)).shape == (4, 8)\n"
    )
    end = last(stream(client, "direct", values("direct", test, source=TWO, class_name="Other")))
    assert "<strong>AmbiguousTarget" not in end["card"] and "verified" in end["card"], end["card"]
    (server.project / "half.py").write_text("def half(x):\n    return x / 2\n", encoding="utf-8")
    beside = GATE.replace("import torch\n", "import torch\nfrom half import half\n", 1).replace(
        "return ", "return half(1.0) * "
    )
    (server.project / "halved.py").write_text(beside, encoding="utf-8")
    with serving(server.project) as other, other.browser() as browser:
        end = last(stream(browser, "direct", values("direct", test, source=beside, picked="halved.py")))
    assert "verified" in end["card"], end["card"]


def test_no_other_file_can_be_picked(client: httpx.Client) -> None:
    begun = client.post("/gradio_api/call/pipeline", json={"data": values("pipeline", picked="/etc/passwd")})
    answer = client.get(f"/gradio_api/call/pipeline/{begun.json()['event_id']}").text
    assert "event: error" in answer


def test_a_run_is_cancelled(server: Server, client: httpx.Client) -> None:
    final: list[object] = []
    cancelled = False
    for final in stream(client, "pipeline", values("pipeline", fresh=True, mode="train")):
        if not cancelled and "<td>load</td>" in str(final[2]):
            list(stream(client, "cancel_pipeline", [final[0]]))
            cancelled = True
    assert "Cancelled" in panes(final)["card"]
    assert read_json(_newest(server) / "result.json", Result).status == "cancelled"


def test_a_page_that_is_closed_leaves_its_run_going_and_there_is_a_limit(server: Server, client: httpx.Client) -> None:
    following = stream(client, "direct", values("direct", "def test_nothing():\n    pass\n", fresh=True))
    next(answer for answer in following if answer[2])
    assert "<strong>TooManyJobs</strong>" in last(stream(client, "fuser", values("fuser")))["card"]
    following.close()  # as a tab is closed
    name = until(lambda: next((row[0] for row in runs(client) if row[2] == "going"), None))
    assert name.startswith("session_")
    until(lambda: runs(client)[0][2] in ("verified", "failed"))
    shown = panes(next(stream(client, "run", [name])))
    assert "Verified" in shown["card"] or "the test does not" in shown["card"]
    assert (server.project / ".fuse" / name / "test.py").read_text(encoding="utf-8").startswith("def test_nothing")


def test_the_run_browser_cancels_what_it_began(server: Server, client: httpx.Client) -> None:
    following = stream(client, "pipeline", values("pipeline", fresh=True))
    next(answer for answer in following if "<td>load</td>" in str(answer[2]))
    following.close()
    name = _newest(server).name
    (told,) = next(stream(client, "cancel_run", [name]))
    assert "Cancelling" in told
    until(lambda: any(row[:1] + row[2:3] == [name, "cancelled"] for row in runs(client, "cancelled")))


@pytest.mark.parametrize("name", ["../project", "..", ".", "/etc", "", "index.sqlite3", "no-such-run"])
def test_nothing_but_a_run_can_be_shown(client: httpx.Client, name: str) -> None:
    assert "TargetNotFound" in panes(next(stream(client, "run", [name])))["card"]


def test_files_of_runs_alone_are_served(server: Server, client: httpx.Client) -> None:
    folder = _newest(server)
    (server.project / "outside.txt").write_text("secret", encoding="utf-8")
    (folder / "link.txt").symlink_to(server.project / "outside.txt")
    (folder / "page.html").write_text("<script>alert(1)</script>", encoding="utf-8")
    base = f"/files/{folder.name}"
    for path in (
        f"{base}/link.txt",
        f"{base}/lock",
        f"{base}/%2e%2e/%2e%2e/outside.txt",
        f"{base}/..%2f..%2foutside.txt",
        f"{base}//etc/passwd",
        "/files/%2e%2e/outside.txt",
        "/files/index.sqlite3/x",
        "/files/..zip",
        f"/gradio_api/file={server.project / 'outside.txt'}",
        f"/gradio_api/file={folder / 'problem.py'}",
    ):
        answer = client.get(path)
        assert answer.status_code in (403, 404) and "secret" not in answer.text, path
    page = client.get(f"{base}/page.html")
    assert "sandbox" in page.headers["content-security-policy"], "no script of a run's file runs"
    assert client.get(f"{base}/problem.py").headers["content-type"].startswith("text/plain")


def test_keys_are_named_and_neither_shown_nor_kept(server: Server, client: httpx.Client) -> None:
    page = client.get("/").text
    assert "OPENAI_API_KEY" in page and SECRET not in page
    assert SECRET not in client.get("/config").text
    written = [path.read_bytes() for path in server.project.rglob("*") if path.is_file()]
    assert not any(SECRET.encode() in content for content in written)


def test_nobody_is_let_in_without_the_key(server: Server) -> None:
    with httpx.Client(base_url=server.origin, trust_env=False) as stranger:
        for path in ("/", "/config", "/?key=wrong", "/gradio_api/info", "/files/x.zip", "/static/x"):
            assert stranger.get(path).status_code == 401, path
        assert stranger.post("/gradio_api/call/pipeline", json={"data": values("pipeline")}).status_code == 401
        let_in = stranger.get(server.address)
        cookie = let_in.headers["set-cookie"]
        assert let_in.status_code == 303 and server.key not in let_in.headers["location"]
        assert "HttpOnly" in cookie and "SameSite=Strict" in cookie


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "attacker.example"},
        {"host": "127.0.0.1.attacker.example"},
        {"host": "localhost.attacker.example:80"},
        {"host": "[::1"},
        {"origin": "http://attacker.example"},
        {"origin": "http://localhost:3000"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_another_page_is_refused_though_the_browser_has_the_key(client: httpx.Client, headers: dict[str, str]) -> None:
    assert client.get("/config", headers=headers).status_code == 403
    answer = client.post("/gradio_api/call/pipeline", json={"data": values("pipeline")}, headers=headers)
    assert answer.status_code == 403
    assert client.get("/config", headers={"origin": str(client.base_url).rstrip("/")}).status_code == 200


def test_ctrl_c_cancels_what_goes_on_and_ends_the_server(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    with serving(tmp_path) as server, server.browser() as client:
        following = stream(client, "pipeline", values("pipeline"))
        next(answer for answer in following if "<td>load</td>" in str(answer[2]))
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(60) == 0
        assert read_json(_newest(server) / "result.json", Result).status == "cancelled"
        following.close()


@pytest.mark.parametrize(
    ("module", "title"),
    [
        ("Fuser.fuser_ui", "Fuser"),
        ("Fuser.pipeline_ui", "Whole pipeline"),
        ("kernelagent.cli.from_kernelagent.triton_ui", "Direct agent"),
    ],
)
def test_kernelagents_pages_have_their_names(tmp_path: Path, module: str, title: str) -> None:
    with serving(tmp_path, "--host", "localhost", module=module, before=()) as server, server.browser() as client:
        tabs = [c["props"]["label"] for c in client.get("/config").json()["components"] if c["type"] == "tabitem"]
        assert tabs[0] == title and "Runs" in tabs
        assert not {"Fuser", "Whole pipeline", "Direct agent"} & set(tabs) - {title}


def test_without_gradio_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "gradio", None)
    assert run(["ui", "--port", "0"]) == 2
    said = capsys.readouterr().err
    assert "GradioMissing" in said and "pip install 'kernelagent-lsp[ui]'" in said


def test_a_port_that_is_taken_is_told(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ui", "--port", server.origin.rpartition(":")[2]]) == 2
    said = capsys.readouterr().err
    assert "BadOption" in said and "--port" in said


def _newest(server: Server) -> Path:
    found = [Path(entry.path) for entry in os.scandir(server.project / ".fuse") if entry.is_dir()]
    return max(found, key=lambda folder: (folder / "events.jsonl").stat().st_ctime_ns if _has(folder) else 0)


def _has(folder: Path) -> bool:
    return (folder / "events.jsonl").is_file()
