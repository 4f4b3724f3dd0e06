"""Errors in an editor name its settings, never the options of a command line."""

from __future__ import annotations

import re

import pytest
from kernelagent.errors import CATALOGUE
from kernelagent_lsp.diagnostics.wording import for_editor


def test_no_hint_of_the_catalogue_names_an_option() -> None:
    told = {code: for_editor(error.hint) for code, error in CATALOGUE.items()}
    assert [code for code, hint in told.items() if re.search(r"(?<![\w-])--\w", hint)] == []
    assert "kernelagent.runDirectory" in told["FolderNotWritable"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Pass --run-dir with a folder.", "Set kernelagent.runDirectory to a folder."),
        ("--device cuda: PyTorch sees none.", "kernelagent.device cuda: PyTorch sees none."),
        ("Use --device cpu or leave it out.", "Set kernelagent.device to cpu or leave it out."),
        ("raise --budget-seconds.", "raise kernelagent.budget.seconds."),
        ("use --mode eval, or", "write mode=eval in the directive, or"),
        ("a --run-directory is not ours", "a --run-directory is not ours"),
    ],
)
def test_options_become_settings(text: str, told: str) -> None:
    assert for_editor(text) == told
