"""The way to a cluster: addresses, tokens, files as parcels. No cluster is needed."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from kernelagent.contract.options import Options
from kernelagent.driver.batch.executors.ray import require_built_in
from kernelagent.driver.cluster.address import parse_address, require_token
from kernelagent.driver.cluster.cluster import _as_ours, cluster
from kernelagent.driver.cluster.parcel import files_below, message, opened, packed, unpack
from kernelagent.driver.cluster.returned import place
from kernelagent.driver.cluster.sources import sources_of
from kernelagent.errors import BadOption, ClusterMismatch, ClusterNeedsToken, ClusterTokenRejected, ClusterUnreachable
from ray_head import free_ports


@pytest.mark.parametrize("text", ["", "ray://", "host", "host:0", "host:70000", "http://host:1", "u:p@host:1", ":1"])
def test_what_is_no_address_is_told(text: str) -> None:
    with pytest.raises(BadOption):
        parse_address(text)


def test_addresses_are_read_and_told_as_they_were() -> None:
    for text in ("ray://gpu.lab:10001", "10.0.0.3:6379", "ray://[::1]:10001"):
        assert str(parse_address(text)) == text
    assert [parse_address(t).is_of_this_machine for t in ("localhost:1", "[::1]:1", "10.0.0.3:1")] == [
        True,
        True,
        False,
    ]


def test_beyond_this_machine_a_token_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    mode, token = {"RAY_AUTH_MODE": "token"}, {"RAY_AUTH_TOKEN": "x"}
    require_token(parse_address("127.0.0.1:6379"), {})
    for address in ("10.0.0.3:6379", "ray://127.0.0.1:10001", "ray://gpu:10001"):
        for given in ({}, token, mode, {"RAY_AUTH_MODE": "disabled", **token}):
            with pytest.raises(ClusterNeedsToken):
                require_token(parse_address(address), given)
        require_token(parse_address(address), mode | token)
        (tmp_path / "other").write_text("x")
        require_token(parse_address(address), mode | {"RAY_AUTH_TOKEN_PATH": str(tmp_path / "other")})
    (tmp_path / ".ray").mkdir()
    (tmp_path / ".ray" / "auth_token").write_text("x")
    require_token(parse_address("ray://gpu:10001"), mode)


def test_nobody_at_the_port_is_told_in_seconds() -> None:
    (port,) = free_ports(1)
    with pytest.raises(ClusterUnreachable, match="Nothing answers"), cluster(f"127.0.0.1:{port}", cpus=1):
        pass


@pytest.mark.parametrize(
    ("said", "cls"),
    [
        (
            RuntimeError("Version mismatch: The cluster was started with:\n Ray: 2.52.0\n Python: 3.12.1"),
            ClusterMismatch,
        ),
        (RuntimeError("Python minor versions differ between client (3.11) and server (3.12)"), ClusterMismatch),
        (type("AuthenticationError", (Exception,), {})("InvalidAuthToken"), ClusterTokenRejected),
        (ConnectionError("ray client connection timeout"), ClusterUnreachable),
    ],
)
def test_what_ray_says_is_told_in_our_words(said: Exception, cls: type[Exception]) -> None:
    assert type(_as_ours(said, "ray://gpu:10001")) is cls


def test_keys_and_models_stay_here() -> None:
    with pytest.raises(BadOption, match="stay on this machine"):
        require_built_in(Options(provider="openai", model="m"))
    sent = require_built_in(Options(env_file="/home/me/.env", relay_url="http://127.0.0.1:1"))
    assert (sent.provider, sent.env_file, sent.relay_url) == ("builtin", None, None)


def test_files_come_as_they_were_and_land_inside(tmp_path: Path) -> None:
    source = tmp_path / "one"
    (source / "deep").mkdir(parents=True)
    (source / "deep" / "ä b.bin").write_bytes(bytes(range(256)))
    (source / "link").symlink_to("/etc/passwd")
    (source / "judge").mkdir()
    (source / "judge" / "big").touch()
    files = files_below(source, leave_out=("judge",))
    assert list(files) == ["deep/ä b.bin"]
    unpack(packed({**files, "gone": source / "gone"}), tmp_path / "two")
    assert (tmp_path / "two" / "deep" / "ä b.bin").read_bytes() == bytes(range(256))
    assert opened(message({"a": [1]}, b"\0rest")) == ({"a": [1]}, b"\0rest")


@pytest.mark.parametrize("name", ["../up", "/etc/x", "a/../../b", "C:x", "a\\b", "./a", "a/.."])
def test_a_parcel_that_reaches_out_is_refused_whole(tmp_path: Path, name: str) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("good", "x")
        archive.writestr(zipfile.ZipInfo(name), "x")
    with pytest.raises(ValueError, match="parcel"):
        unpack(out.getvalue(), tmp_path / "in")
    assert not (tmp_path / "in").exists()


@pytest.mark.parametrize("data", [b"", b"\0\0\0", b"\0\0\0\5[1]", "text", None, b"\0\0\0\2{}"])
def test_what_is_no_message_is_refused(data: object, tmp_path: Path) -> None:
    if data == b"\0\0\0\2{}":
        with pytest.raises(ValueError, match="parcel"):
            unpack(opened(data)[1], tmp_path)
        return
    with pytest.raises(ValueError, match=r"message|JSON|Expecting"):
        opened(data)


def test_paths_of_the_other_side_become_those_of_this_one(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir()
    (there / "result.json").write_text('{"file": "/tmp/ka/project/m.py"}', encoding="utf-8")
    (there / "kernel.py").write_text("# /tmp/ka/project/m.py\n", encoding="utf-8")
    place(packed(files_below(there)), tmp_path / "here", {"/tmp/ka/project": "/home/\u00e9 me"})
    assert (tmp_path / "here" / "result.json").read_text(encoding="utf-8") == '{"file": "/home/\u00e9 me/m.py"}'
    assert "/tmp/ka" in (tmp_path / "here" / "kernel.py").read_text(encoding="utf-8"), "its bytes are what was judged"


def test_what_a_file_imports_of_its_project_goes_with_it(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": "",
        "src/net/__init__.py": "",
        "src/net/block.py": "from .parts import act\nfrom . import other\nimport torch, acts.deep\n",
        "src/net/parts/__init__.py": "from net.sizes import WIDTH\n",
        "src/net/other.py": "",
        "src/net/sizes.py": "import net.block\n",
        "src/acts/__init__.py": "",
        "src/acts/deep.py": "",
        "src/unused.py": "",
        "secret.txt": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    root, found = sources_of(tmp_path / "src" / "net" / "block.py")
    assert root == tmp_path
    assert set(found) == set(files) - {"src/unused.py", "secret.txt"}
