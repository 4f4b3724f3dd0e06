"""Where settings come from, and which wins: project, initialization, workspace folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from kernelagent_lsp.configuration.book import PROJECTS, SettingsBook
from kernelagent_lsp.configuration.options import NAMES, read_options
from wire_client import Wire


def book(initialization: object = None, client: object = None, **folders: object) -> SettingsBook:
    made = SettingsBook()
    made.initialization = read_options(initialization)
    made.settle(read_options(client), {Path(uri).as_uri(): read_options(said) for uri, said in folders.items()})
    return made


def project(folder: Path, table: str) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(f"[tool.kernelagent.editor]\n{table}\n")
    return (folder / "pkg" / "model.py").as_uri()


def test_later_places_win(tmp_path: Path) -> None:
    uri = project(tmp_path, 'output = "inline"\nworkers = 3\nmaxRounds = 3\nlint.ignore = ["KA106"]')
    made = book({"workers": 4, "maxRounds": 4}, {"maxRounds": 5})
    settings = made.of(uri)
    assert (settings.output, settings.workers, settings.max_rounds, settings.samples) == ("inline", 4, 5, 1)
    assert settings.lint_ignore == ("KA106",)
    assert made.default.output == "sibling"
    assert made.of("untitled:Untitled-1") == made.default


@pytest.mark.parametrize(
    ("name", "wrong", "right"),
    [
        (
            "relayUrl",
            ["notaurl", "http://", "ftp://host/v1", "http://host:port/v1"],
            ["http://127.0.0.1:1/v1", ""],
        ),
        ("remote", ["http://", "gpu-box", "ray://gpu-box", "ray://a/b:1"], ["ray://gpu-box:10001", "[::1]:6379", ""]),
    ],
)
def test_an_address_is_looked_at_when_it_is_set(name: str, wrong: list[str], right: list[str]) -> None:
    made = SettingsBook()
    for value in wrong:
        (said,) = made.settle(read_options({name: value}), {})
        assert said.startswith(f"kernelagent.{name}: '{value}' is not an address") and said.endswith("nothing is used.")
        assert (made.default.remote, made.default.relay_url) == (None, None)
    for value in right:
        assert made.settle(read_options({name: value}), {}) == ()
        assert (made.default.remote or made.default.relay_url) == (value or None)


def test_each_folder_has_its_own(tmp_path: Path) -> None:
    made = SettingsBook()
    outer, inner = tmp_path, tmp_path / "inner"
    said = {outer.as_uri(): read_options({"device": "cpu"}), inner.as_uri(): read_options({"device": "cuda"})}
    made.settle(read_options({"device": "xpu"}), said)
    assert made.of((outer / "a.py").as_uri()).device == "cpu"
    assert made.of((inner / "b" / "a.py").as_uri()).device == "cuda"
    assert made.of((tmp_path.parent / "a.py").as_uri()).device == "xpu"
    assert made.of((tmp_path / "innermost" / "a.py").as_uri()).device == "cpu", "a name that only begins alike"


def test_a_project_is_read_again_when_it_has_changed(tmp_path: Path) -> None:
    uri = project(tmp_path, "workers = 3")
    made = book()
    assert made.of(uri).workers == 3
    (tmp_path / "pyproject.toml").write_text("[tool.kernelagent.editor]\nworkers = 5\n# longer")
    assert made.of(uri).workers == 5
    (tmp_path / "pyproject.toml").unlink()
    assert made.of(uri).workers == 2


@pytest.mark.parametrize("name", sorted(set(NAMES) - PROJECTS))
def test_a_project_sets_nothing_that_reaches_sends_or_spends(name: str, tmp_path: Path) -> None:
    value = {"sendCode": "true", "budget.usd": "9.0", "budget.tokens": "9", "budget.seconds": "9.0"}.get(name, '"evil"')
    uri = project(tmp_path, f"{name} = {value}")
    made = book()
    assert made.of(uri) == made.default
    assert made.problems_of(uri) == (
        f"{tmp_path / 'pyproject.toml'}: {name} can be set in the editor alone, not by a project.",
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[tool.kernelagent.editor]\nworkers = 0",
            "kernelagent.workers: 0 is not a whole number from 1 to 64; 2 is used.",
        ),
        ("[tool.kernelagent.editor]\nworker = 1", "kernelagent.worker: there is no such setting."),
        ("[tool.kernelagent]\neditor = 1", "editor must be a table."),
        ("[tool.kernelagent", "is not valid TOML"),
    ],
)
def test_what_a_project_says_wrongly_is_named_with_its_file(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    made = book()
    uri = (tmp_path / "m.py").as_uri()
    (problem,) = made.problems_of(uri)
    assert problem.startswith(str(tmp_path / "pyproject.toml"))
    assert said in problem
    assert made.of(uri) == made.default


def test_a_server_asks_for_each_folder_and_warns_once(wire: Wire, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    project(one, 'provider = "openai"\nworkers = 99')
    two.mkdir()
    folders = [{"uri": each.as_uri(), "name": each.name} for each in (one, two)]
    wire.initialize({"workspace": {"configuration": True, "workspaceFolders": True}}, workspaceFolders=folders)
    asked = wire.message("workspace/configuration")
    assert [item.get("scopeUri") for item in asked["params"]["items"]] == [None, one.as_uri(), two.as_uri()]
    wire.reply(asked, [{}, {"output": "inline"}, {"output": "nowhere"}])
    warned = wire.message("window/showMessage")["params"]["message"]
    assert "kernelagent.output: 'nowhere' is not one of sibling, inline" in warned
    for name in ("a", "b"):
        wire.open((one / f"{name}.py").as_uri(), "x = 1\n")
    warned = wire.message("window/showMessage")["params"]["message"]
    assert "provider can be set in the editor alone" in warned
    assert "kernelagent.workers: 99" in warned
    wire.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [], "removed": [folders[1]]}})
    asked = wire.message("workspace/configuration")
    assert [item.get("scopeUri") for item in asked["params"]["items"]] == [None, one.as_uri()]
    wire.reply(asked, [{}, {}])
    assert wire.stop() == 0
