"""The VS Code extension: it type-checks, builds to a .vsix, and the .vsix holds what it says and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
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
    folder = tmp_path_factory.mktemp("extension")
    shutil.copytree(CLIENT, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules", "out", "*.vsix"))
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


def test_it_holds_one_bundle_and_what_belongs_to_it(vsix: zipfile.ZipFile) -> None:
    assert {name for name in vsix.namelist() if name.startswith("extension/")} == {
        "extension/package.json",
        "extension/readme.md",
        "extension/LICENSE.txt",
        "extension/out/extension.js",
        "extension/out/THIRD-PARTY-NOTICES.txt",
    }
    bundle = vsix.read("extension/out/extension.js").decode()
    assert "kernelagent_lsp" in bundle
    assert 'require("vscode")' in bundle
    assert "vscode-languageclient" in vsix.read("extension/out/THIRD-PARTY-NOTICES.txt").decode()


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
    assert manifest(vsix)["capabilities"]["untrustedWorkspaces"]["supported"] is False


def test_its_version_is_the_servers(vsix: zipfile.ZipFile) -> None:
    from kernelagent import __version__

    assert manifest(vsix)["version"] == __version__
