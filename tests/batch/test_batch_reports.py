"""A batch's summary: by family, by cause, times, fast_p; as a page, a table and a document."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from answers import answer, failed, timed
from kernelagent.contract.batch import BatchSummary
from kernelagent.contract.codec import read_json
from kernelagent.driver.batch.reports import as_csv, page_of, writer_for
from kernelagent.driver.batch.summary import summarize
from kernelagent.driver.report.charts import fast_p_curve
from kernelagent.driver.report.html import as_html
from kernelagent.errors import BadOption

SUMMARY = summarize(
    "answers",
    8,
    [
        *(timed(f"fast_{n}.py", kernel_ms=0.4) for n in range(2)),
        timed("slow.py", kernel_ms=2.0, compile_ms=None),
        answer("untimed.py", elapsed_s=40.0, family="norm"),
        failed("bad.py", "NoExampleInputs: nothing says what Bad.forward() takes."),
        failed("worse.py", "NoExampleInputs: nothing says what Worse.forward() takes."),
        failed("wrong.py", "=cmd|'x': <script> at 3 of 4 cases"),
    ],
)


def test_misses_are_grouped_by_their_first_words() -> None:
    first, second = SUMMARY.causes
    assert first.targets == ("bad.py", "worse.py")
    assert first.reason == "NoExampleInputs: nothing says what … takes."
    assert second.targets == ("wrong.py",)


def test_times_and_speedups_count_all_problems() -> None:
    assert (SUMMARY.median_s, SUMMARY.p90_s, SUMMARY.longest_s) == (2.0, 40.0, 40.0)
    by_p = {point.p: (point.eager, point.compiled) for point in SUMMARY.fast_p}
    assert by_p[0.0] == (4 / 8, 4 / 8), "what is verified, timed or not, of all that was asked for"
    assert by_p[1.0] == (2 / 8, 2 / 8)
    assert by_p[0.5] == (2 / 8, 2 / 8), "faster than, not as fast as"
    assert by_p[2.0] == (2 / 8, 0.0)
    assert by_p[3.0] == (0.0, 0.0)
    assert summarize("", 1, [answer("a.py")]).fast_p == (), "nothing was measured"
    assert summarize("", 1, []).longest_s == 0.0


def test_the_table_is_no_formula_for_anybody() -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(SUMMARY))))
    assert len(rows) == len(SUMMARY.entries)
    assert (rows[0]["target"], rows[0]["speedup_eager"], rows[2]["speedup_compile"]) == ("fast_0.py", "2.5", "")
    assert rows[-1]["reason"].startswith("'=cmd")


@pytest.mark.parametrize("name", ["out/batch.md", "batch.HTML", "batch.csv", "batch.json"])
def test_each_form_is_written(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    writer_for(file)(SUMMARY)
    text = file.read_text(encoding="utf-8")
    assert "bad.py" in text
    assert "<script>" not in text or file.suffix != ".HTML"
    assert (file.with_name("fast_p.svg")).is_file() == (file.suffix == ".md")
    if file.suffix == ".json":
        assert read_json(file, BatchSummary) == SUMMARY


def test_another_ending_is_refused_before_anything_runs() -> None:
    with pytest.raises(BadOption, match=r"\.md"):
        writer_for(Path("batch.pdf"))


def test_the_curve_is_a_picture_that_the_page_holds() -> None:
    page = as_html(page_of(SUMMARY))
    assert "polyline" in page
    assert "<strong>4 of 8</strong> problems are verified; 1 are left." in page
    drawn = ET.fromstring(fast_p_curve({"a < b": [(0, 1.0), (1, 0.5)], "same": [(0, 1.0), (1, 0.5)]}))
    heights = [float(text.attrib["y"]) for text in drawn if text.text in ("a < b", "same")]
    assert abs(heights[0] - heights[1]) >= 14, "names do not lie on each other"
    assert fast_p_curve({}) == ""
