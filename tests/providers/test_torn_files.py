"""What is read again may have been torn: it is left out, or said, and never ends a run as a defect."""

from __future__ import annotations

from pathlib import Path

import pytest
from doors import MODELS, TORN, request
from kernelagent.contract.codec import from_json, parse_json, read_json
from kernelagent.contract.result import Cost, Result
from kernelagent.contract.verdict import Verification
from kernelagent.driver import certificate
from kernelagent.driver.measured import MeasuredCache
from kernelagent.driver.providers.accounting import Account
from kernelagent.driver.providers.ledger import DayLimit, Ledger
from kernelagent.driver.providers.scripted import Scripted
from kernelagent.driver.providers.usage import Usage
from kernelagent.errors import BadConfiguration, NotACertificate

DAY = "2031-01-02"


@pytest.mark.parametrize("text", TORN)
def test_what_holds_no_value_is_a_value_error(text: bytes, tmp_path: Path) -> None:
    (tmp_path / "file.json").write_bytes(text)
    for cls in (Result, Verification, Cost):
        with pytest.raises(ValueError):
            read_json(tmp_path / "file.json", cls)


@pytest.mark.parametrize("figure", ["[]", "{}", "null", '"much"', "1" + "0" * 400])
def test_what_is_no_number_is_a_value_error(figure: str) -> None:
    with pytest.raises(ValueError):
        from_json(Cost, parse_json(f'{{"usd": {figure}}}'))


@pytest.mark.parametrize("text", [*TORN, b'{"usd": NaN, "tokens": 1, "seconds": 1}', b'{"usd": 1, "tokens": 1e999}'])
def test_a_torn_line_of_a_ledger_counts_nothing(text: bytes, tmp_path: Path) -> None:
    model, ledger = MODELS["openai chat"], Ledger(tmp_path, lambda: DAY)
    spent = Account(None, day=DayLimit(usd=1.0), ledger=ledger)
    spent.spend(model, Usage(1000, 0, 1000), seconds=2.5)
    before = ledger.today()
    assert before.usd > 0
    (file,) = tmp_path.rglob(f"{DAY}.jsonl")
    file.write_bytes(text + b"\n" + file.read_bytes())
    assert ledger.today() == before
    spent.settle(spent.reserve(request("openai chat")))
    assert ledger.today() == before


@pytest.mark.parametrize("text", TORN)
def test_a_script_that_is_torn_is_said(text: bytes, tmp_path: Path) -> None:
    (tmp_path / "script.json").write_bytes(text)
    with pytest.raises(BadConfiguration, match="cannot be played"):
        Scripted(tmp_path / "script.json")


@pytest.mark.parametrize("text", TORN)
def test_what_was_measured_is_measured_again(text: bytes, tmp_path: Path) -> None:
    (tmp_path / "measured.json").write_bytes(text)
    assert MeasuredCache(tmp_path / "measured.json").find("any", "cpu") is None


@pytest.mark.parametrize("text", TORN)
def test_a_certificate_that_is_torn_is_none(text: bytes, tmp_path: Path) -> None:
    (tmp_path / "certificate.json").write_bytes(text)
    with pytest.raises(NotACertificate):
        certificate.read(tmp_path / "certificate.json")
