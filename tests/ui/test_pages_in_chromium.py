"""The pages in a real Chromium: paste, fuse, watch, look, download, cancel, browse; and nothing leaves the loopback.

KERNELAGENT_PICTURES names a folder for the screenshots of docs/web.md.
"""

from __future__ import annotations

import io
import os
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect, sync_playwright
from web_pages import GATE, Server, serving

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PICTURES = os.environ.get("KERNELAGENT_PICTURES")
SLOW = 120_000
"""Milliseconds, for what workers do on a busy machine."""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium: tests/setup-chromium.sh installs it")


@contextmanager
def nobody_is_called() -> Iterator[str]:
    """The address of a proxy that must never be asked: whatever a server sends to other machines would go there."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        called: list[str] = []

        def take() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    called.append(connection.recv(200).decode("latin-1"))

        threading.Thread(target=take, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        assert called == []
        listener.shutdown(socket.SHUT_RDWR)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    project = tmp_path_factory.mktemp("project")
    (project / "pyproject.toml").touch()
    shutil.copy(Path(__file__).resolve().parents[2] / "examples" / "mlp_block.py", project)
    with nobody_is_called() as proxy:
        proxies = {name: proxy for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy")}
        with serving(project, "--jobs", "2", NO_PROXY="127.0.0.1,localhost", **proxies) as served:
            yield served


@pytest.fixture(scope="module")
def page(server: Server) -> Iterator[Page]:
    """Opened once; every request that it makes, and every error of its scripts, is looked at in the end."""
    asked: list[str] = []
    errors: list[str] = []
    with sync_playwright() as driver:
        # no sandbox of Chromium's own: root has none, and the only page is ours
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        opened = browser.new_page(viewport={"width": 1280, "height": 860}, accept_downloads=True)
        opened.on("request", lambda request: asked.append(request.url))
        opened.on("pageerror", lambda error: errors.append(str(error)))
        opened.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        opened.goto(server.address)
        expect(opened.locator("#pipeline-start")).to_be_visible(timeout=SLOW)
        yield opened
        browser.close()
    hosts = {urlsplit(url).netloc for url in asked if urlsplit(url).scheme not in ("data", "blob")}
    assert hosts == {urlsplit(server.origin).netloc}
    assert errors == []


def test_the_key_is_not_left_in_the_address(server: Server, page: Page) -> None:
    assert page.url == f"{server.origin}/"
    assert page.evaluate("document.cookie") == "", "no script reads it"


def test_paste_fuse_watch_and_look(server: Server, page: Page, tmp_path: Path) -> None:
    paste(page, GATE)
    picture(page, "form")
    page.locator("#pipeline-start").click()
    expect(page.locator("#pipeline-card")).to_contain_text("Going on", timeout=SLOW)
    expect(page.locator("#pipeline-live")).to_contain_text("load", timeout=SLOW)
    expect(page.locator("#pipeline-live")).to_contain_text("verify", timeout=SLOW)
    expect(page.locator("#pipeline-card")).to_contain_text("Going on")
    picture(page, "going-on")
    expect(page.locator("#pipeline-card")).to_contain_text("Verified in the interpreter", timeout=SLOW)
    tab(page, "Kernel")
    kernel = page.locator("#pipeline-kernel .cm-content")
    expect(kernel).to_contain_text("import triton")
    colours = kernel.locator("span").evaluate_all("spans => new Set(spans.map(s => getComputedStyle(s).color)).size")
    assert colours > 2, "it is highlighted"
    picture(page, "kernel")
    tab(page, "Report")
    expect(page.locator("#pipeline-report")).to_contain_text("Cases")
    tab(page, "Graph")
    expect(page.locator("#pipeline-graph svg")).to_contain_text("sigmoid")
    picture(page, "graph")
    tab(page, "Files")
    with page.expect_download() as taken:
        page.get_by_role("link", name="the kernel (.py)").click()
    taken.value.save_as(tmp_path / "kernel.py")
    assert "@triton.jit" in (tmp_path / "kernel.py").read_text(encoding="utf-8")


def test_an_error_says_what_to_do_and_a_run_is_cancelled_and_found_again(server: Server, page: Page) -> None:
    page.get_by_role("tab", name="Fuser").click()
    paste(page, "x = 1\n")
    page.locator("#fuser-start").click()
    expect(page.locator("#fuser-card")).to_contain_text("ClassNotFound", timeout=SLOW)
    picture(page, "error")
    visible(page.get_by_label("Problem")).click()
    page.get_by_role("option", name="mlp_block.py").click()
    expect(visible(page.locator(".cm-content[contenteditable=true]"))).to_contain_text("F.gelu")
    page.get_by_role("radio", name="one verified file").check()
    page.locator("#fuser-start").click()
    expect(page.locator("#fuser-live")).to_contain_text("extract", timeout=SLOW)
    page.locator("#fuser-cancel").click()
    expect(page.locator("#fuser-card")).to_contain_text("Cancelled", timeout=SLOW)
    page.get_by_role("tab", name="Runs").click()
    page.locator("#runs-refresh").click()
    table = page.locator("#runs-table")
    expect(visible(table.get_by_text("mlp_block.py::Model"))).to_be_visible(timeout=SLOW)
    visible(table.get_by_text("-gate-")).click()
    expect(page.locator("#runs-card")).to_contain_text("Verified in the interpreter", timeout=SLOW)
    picture(page, "runs")
    visible(table.get_by_text("-model-")).click()
    expect(page.locator("#runs-card")).to_contain_text("Cancelled", timeout=SLOW)


def test_a_run_that_goes_on_is_followed_until_another_is_chosen(server: Server, page: Page) -> None:
    page.get_by_role("tab", name="Fuser").click()
    page.locator("#fuser-start").click()
    expect(page.locator("#fuser-live")).to_contain_text("load", timeout=SLOW)
    page.get_by_role("tab", name="Runs").click()
    table = page.locator("#runs-table")
    for _ in range(20):  # on a busy machine it is listed a moment after its first stage was shown
        page.locator("#runs-refresh").click()
        page.wait_for_timeout(500)
        if table.get_by_text("going").locator("visible=true").count():
            break
    expect(visible(table.get_by_text("going"))).to_be_visible(timeout=SLOW)
    visible(table.get_by_text("-model-")).click()  # the newest of two
    expect(page.locator("#runs-card")).to_contain_text("Going on", timeout=SLOW)
    visible(table.get_by_text("-gate-")).click()
    expect(page.locator("#runs-card")).to_contain_text("Verified", timeout=SLOW)
    page.wait_for_timeout(2500)
    expect(page.locator("#runs-card")).to_contain_text("Verified")
    visible(table.get_by_text("-model-")).click()
    expect(page.locator("#runs-card")).to_contain_text("Going on", timeout=SLOW)
    page.locator("#runs-cancel").click()
    expect(page.locator("#runs-card")).to_contain_text("Cancelled", timeout=SLOW)


def paste(page: Page, text: str) -> None:
    editor = visible(page.locator(".cm-content[contenteditable=true]"))
    editor.click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def tab(page: Page, name: str) -> None:
    visible(page.get_by_role("tab", name=name, exact=True)).click()


def visible(found: Locator) -> Locator:
    """Tabs that are not shown have the same parts."""
    return found.locator("visible=true").first


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.wait_for_timeout(800)  # for what fades in
        taken = Image.open(io.BytesIO(page.screenshot()))
        taken.convert("RGB").quantize(64).save(Path(PICTURES) / f"{name}.png", optimize=True)
