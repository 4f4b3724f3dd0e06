"""Before code is sent anywhere the editor asks; the answer is kept in the user's folder, and starts the job again."""

from __future__ import annotations

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from models import DOUBLE
from wire_client import Wire

TABLE = '[tool.kernelagent.models."m"]\nprovider = "openai"\napi = "chat"\n'


@pytest.mark.parametrize("is_kept", [True, False], ids=["kept", "nowhere to keep it"])
def test_the_editor_asks_once_and_the_answer_starts_it_again(is_kept: bool, tmp_path: Path) -> None:
    if not is_kept:
        (tmp_path / "config").write_text("no folder", encoding="utf-8")
    asked: list[str] = []

    class Refusing(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path)
            self.send_response(401)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None: ...

    http = ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    (tmp_path / "pyproject.toml").write_text(TABLE, encoding="utf-8")
    path = tmp_path / "model.py"
    path.write_text(DOUBLE, encoding="utf-8")
    # an address that is not this machine's own is asked about: a name that leads here will do
    env = {
        "OPENAI_API_KEY": "made-up-key-0123456789abcdef",
        "OPENAI_BASE_URL": f"http://api.invalid:{http.server_port}/v1",
        "HTTP_PROXY": f"http://127.0.0.1:{http.server_port}",
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }
    options = {"interpreter": sys.executable, "analyzeOnSave": False, "provider": "openai", "model": "m", "workers": 1}
    client = Wire("--stdio", env=env)
    try:
        client.initialize(initializationOptions=options)
        client.open(path.as_uri(), DOUBLE)
        client.execute("kernelagent.fuse", uri=path.as_uri(), **{"class": "Gate"})
        question = client.message("window/showMessageRequest", 120)
        assert "api.invalid" in question["params"]["message"]
        assert [action["title"] for action in question["params"]["actions"]] == ["Agree for this project"]
        assert not asked, "nothing was sent"
        client.reply(question, {"title": "Agree for this project"})
        if not is_kept:
            assert "holds for this time only" in client.message("window/showMessage", 120)["params"]["message"]
        told = client.wait_for(
            lambda m: (
                m.get("method") in ("window/showMessage", "window/showMessageRequest")
                and "does not accept the key" in m["params"]["message"]
            ),
            "the second run's end",
            180,
        )
        assert told
        assert asked
    finally:
        client.close()
        http.shutdown()
    if not is_kept:
        return
    agreed = json.loads((tmp_path / "config" / "kernelagent" / "agreed.json").read_text(encoding="utf-8"))
    assert list(agreed) == [str(tmp_path)]


def test_the_answer_is_for_the_host_that_the_question_named(tmp_path: Path) -> None:
    """And the text that is sent later is the buffer's as it is then."""
    (tmp_path / "pyproject.toml").write_text(TABLE.replace('"openai"', '"relay"'), encoding="utf-8")
    path = tmp_path / "model.py"
    path.write_text(DOUBLE, encoding="utf-8")
    (tmp_path / ".env").write_text("LLM_RELAY_URL=http://one.invalid:9/v1\n", encoding="utf-8")
    kept = tmp_path / "config" / "kernelagent" / "agreed.json"
    options = {"interpreter": sys.executable, "analyzeOnSave": False, "provider": "relay", "model": "m", "workers": 1}
    client = Wire("--stdio", env={"XDG_CONFIG_HOME": str(tmp_path / "config")})
    try:
        client.initialize(initializationOptions=options)
        client.open(path.as_uri(), DOUBLE)
        client.execute("kernelagent.fuse", uri=path.as_uri(), **{"class": "Gate"})
        question = client.message("window/showMessageRequest", 120)
        assert "one.invalid" in question["params"]["message"]
        (tmp_path / ".env").write_text("LLM_RELAY_URL=http://two.invalid:9/v1\n", encoding="utf-8")
        client.reply(question, {"title": "Agree for this project"})
        other = client.wait_for(
            lambda m: m.get("method") == "window/showMessageRequest" and "two.invalid" in m["params"]["message"],
            "another question",
            120,
        )
        assert other["params"]["actions"]
    finally:
        client.close()
    assert not kept.exists()
