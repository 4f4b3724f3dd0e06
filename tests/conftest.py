"""Options that tests share."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Before any test file is read: Triton takes its interpreter or its compiler when it is first imported.

    A build machine may start the tests with SIGINT ignored, which every process that they start would inherit.
    """
    os.environ["TRITON_INTERPRET"] = "1"
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--whole", action="store_true", help="also what takes longest: every file of the judge's corpus, every module"
    )
    parser.addoption("--record-golden", action="store_true", help="write the golden files anew before comparing")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--whole"):
        left_out = [item for item in items if item.get_closest_marker("whole")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker("whole")]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """PyTorch has one thread here, as in the workers: several processes of tests share the machine, and threads that
    wait for a core hold each other up. Of processes that a test starts nothing is said."""
    if (torch := sys.modules.get("torch")) is not None:
        torch.set_num_threads(1)


@pytest.fixture(autouse=True, scope="session")
def the_users_own_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What is agreed to and spent in a test is nobody's."""
    before = os.environ.get("XDG_CONFIG_HOME")
    os.environ["XDG_CONFIG_HOME"] = str(tmp_path_factory.mktemp("config"))
    yield
    if before is None:
        del os.environ["XDG_CONFIG_HOME"]
    else:
        os.environ["XDG_CONFIG_HOME"] = before
