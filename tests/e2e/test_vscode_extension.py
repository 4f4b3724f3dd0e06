"""The VS Code extension: it type-checks, builds to a .vsix, and the .vsix holds what it says and nothing else."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from kernelagent_lsp.commands import COMMANDS
from kernelagent_lsp.configuration.options import CLIENTS_OWN, NAMES

REPOSITORY = Path(__file__).resolve().parents[2]
CLIENT = REPOSITORY / "vscode-client"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kernelagent-tests"


@pytest.fixture(scope="module")
def vsix(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Built from a copy, so that the working tree stays as it is."""
    assert (CLIENT / "node_modules").is_dir(), "run tests/setup-editors.sh first"
    folder = tmp_path_factory.mktemp("repository") / CLIENT.name
    shutil.copytree(CLIENT, folder, ignore=shutil.ignore_patterns("node_modules", "out", "packages", "*.vsix"))
    for sources in ("server", "pipeline"):
        (folder.parent / sources).symlink_to(REPOSITORY / sources)
    (folder / "node_modules").symlink_to(CLIENT / "node_modules")
    environment = {**os.environ, "PATH": f"{CACHE / 'node' / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["npm", "run", "package"], cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return zipfile.ZipFile(folder / "kernelagent-lsp.vsix")


def manifest(vsix: zipfile.ZipFile) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(vsix.read("extension/package.json"))
    return found


def test_it_holds_what_belongs_to_it(vsix: zipfile.ZipFile) -> None:
    held = {name.removeprefix("extension/") for name in vsix.namelist() if name.startswith("extension/")}
    folders = ("bundled/packages/", "media/", "examples/")
    assert {name for name in held if not name.startswith(folders)} == {
        "package.json",
        "readme.md",
        "LICENSE.txt",
        "bundled/start.py",
        "out/extension.js",
        "out/THIRD-PARTY-NOTICES.txt",
    }
    bundle = vsix.read("extension/out/extension.js").decode()
    assert 'require("vscode")' in bundle
    assert "vscode-languageclient" in vsix.read("extension/out/THIRD-PARTY-NOTICES.txt").decode()


def test_it_is_small(vsix: zipfile.ZipFile) -> None:
    assert sum(entry.compress_size for entry in vsix.infolist()) < 5_000_000
    assert sum(picture.stat().st_size for picture in CLIENT.glob("*/*.png")) < 600_000


def test_the_bundled_packages_are_plain_python_with_their_licences(vsix: zipfile.ZipFile) -> None:
    packages = [name.partition("bundled/packages/")[2] for name in vsix.namelist() if "bundled/packages/" in name]
    assert {name for name in packages if name.endswith((".so", ".pyd", ".pyc"))} == set()
    pinned = (CLIENT / "bundled" / "requirements.txt").read_text().splitlines()
    for name, _, version in (line.split()[0].partition("==") for line in pinned if not line.startswith("#")):
        licences = [entry for entry in packages if entry.startswith(f"{name}-{version}.dist-info/licenses/")]
        assert licences or any(entry.startswith(f"{name}-{version}.dist-info/LICENSE") for entry in packages), name
    for package in ("kernelagent", "kernelagent_lsp"):
        assert f"{package}/__init__.py" in packages


def test_the_bundled_server_needs_nothing_installed(vsix: zipfile.ZipFile, tmp_path: Path) -> None:
    """Without site-packages, and answering to ``initialize`` and to its end."""
    vsix.extractall(tmp_path)
    start = tmp_path / "extension" / "bundled" / "start.py"
    messages = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}, "processId": None}},
        {"jsonrpc": "2.0", "id": 2, "method": "shutdown"},
        {"jsonrpc": "2.0", "method": "exit"},
    ]
    frames = [json.dumps(message).encode() for message in messages]
    sent = b"".join(b"Content-Length: %d\r\n\r\n%b" % (len(frame), frame) for frame in frames)
    done = subprocess.run([sys.executable, "-I", "-S", start], input=sent, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert b'"name":"kernelagent-lsp"' in done.stdout.replace(b": ", b":")


def test_what_the_manifest_names_is_there(vsix: zipfile.ZipFile) -> None:
    """Commands of menus, views and the walkthrough; files of icons and pictures."""
    contributes = manifest(vsix)["contributes"]
    commands = [command["command"] for command in contributes["commands"]]
    assert len(commands) == len(set(commands))
    known = {*commands, *COMMANDS}
    submenus = {submenu["id"] for submenu in contributes["submenus"]}
    for menu in contributes["menus"].values():
        for row in menu:
            assert row.get("command") in known or row.get("submenu") in submenus, row
    (walkthrough,) = contributes["walkthroughs"]
    assert len(walkthrough["steps"]) == 4
    texts = [step["description"] for step in walkthrough["steps"]]
    texts += [view["contents"] for view in contributes["viewsWelcome"]]
    assert {name for text in texts for name in re.findall(r"\(command:([\w.]+)\)", text)} <= known
    bundle = vsix.read("extension/out/extension.js").decode()
    for command in commands:
        assert f'"{command}"' in bundle or command.startswith("kernelagent.jobsView."), command
    held = set(vsix.namelist())
    pictures = {manifest(vsix)["icon"], contributes["viewsContainers"]["activitybar"][0]["icon"]}
    pictures |= {path for step in walkthrough["steps"] for path in step["media"]["image"].values()}
    assert {path for path in pictures if f"extension/{path}" not in held} == set()


def test_its_pins_are_what_the_server_is_written_against() -> None:
    wanted = (REPOSITORY / "pyproject.toml").read_text()
    pinned = (CLIENT / "bundled" / "requirements.txt").read_text()
    assert '"lsprotocol==2025.0.0"' in wanted
    assert "lsprotocol==2025.0.0 " in pinned
    assert '"pygls>=2.1.1,<2.2"' in wanted
    assert re.search(r"^pygls==2\.1\.", pinned, re.MULTILINE)


def test_its_entry_point_exports_what_vs_code_calls(vsix: zipfile.ZipFile, tmp_path: Path) -> None:
    vsix.extractall(tmp_path)
    main = tmp_path / "extension" / manifest(vsix)["main"]
    probe = f"""
        const Module = require("node:module");
        const resolve = Module._resolveFilename;
        Module._resolveFilename = (name, ...rest) => name === "vscode" ? name : resolve(name, ...rest);
        const anything = new Proxy(function () {{}}, {{
            get: (_, name) => name === Symbol.toPrimitive ? () => "" : anything,
            apply: () => anything,
            construct: () => ({{}}),
        }});
        require.cache.vscode = {{ id: "vscode", loaded: true, exports: anything }};
        const extension = require({json.dumps(str(main))});
        console.log(typeof extension.activate, typeof extension.deactivate);
    """
    environment = {**os.environ, "PATH": f"{CACHE / 'node' / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["node", "-e", probe], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.split() == ["function", "function"], done.stderr


def test_settings_are_the_servers_settings(vsix: zipfile.ZipFile) -> None:
    properties = manifest(vsix)["contributes"]["configuration"]["properties"]
    names = {name.removeprefix("kernelagent.") for name in properties}
    assert {name for name in names if name.partition(".")[0] not in CLIENTS_OWN} == set(NAMES)


def test_its_commands_do_not_hide_the_servers(vsix: zipfile.ZipFile) -> None:
    own = {command["command"] for command in manifest(vsix)["contributes"]["commands"]}
    assert own.isdisjoint(COMMANDS)


def test_it_stays_off_in_a_workspace_that_is_not_trusted(vsix: zipfile.ZipFile) -> None:
    for kind in ("untrustedWorkspaces", "virtualWorkspaces"):
        assert manifest(vsix)["capabilities"][kind]["supported"] is False
        assert "imports" in manifest(vsix)["capabilities"][kind]["description"]


def test_every_setting_is_described(vsix: zipfile.ZipFile) -> None:
    for name, row in manifest(vsix)["contributes"]["configuration"]["properties"].items():
        assert row.get("description") or row.get("markdownDescription"), name
        assert "default" in row, name


def test_keys_are_no_settings(vsix: zipfile.ZipFile) -> None:
    names = manifest(vsix)["contributes"]["configuration"]["properties"]
    assert [name for name in names if re.search("key|token$|secret|password", name, re.IGNORECASE)] == []


def test_its_version_is_the_servers(vsix: zipfile.ZipFile) -> None:
    from kernelagent import __version__

    assert manifest(vsix)["version"] == __version__
