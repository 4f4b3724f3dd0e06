"""Pages of runs: what is in them, in Markdown and in HTML, and that nothing in a run's texts is taken for markup."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from kernelagent.contract.benchmark import Benchmark, Timing
from kernelagent.driver.report import Page, of_benchmark, of_error, write_page
from kernelagent.driver.report.blocks import Bullets, Heading, Paragraph, Table
from kernelagent.driver.report.charts import error_histogram, timing_bars
from kernelagent.driver.report.graph import graph_svg
from kernelagent.driver.report.html import as_html
from kernelagent.driver.report.markdown import as_markdown
from kernelagent.errors import ModelRaised

SVG = "{http://www.w3.org/2000/svg}"
PAGE = Page(
    "model.py::<Gate>",
    (
        Heading("Verdict"),
        Paragraph("**Verified**, see [line 3](kernel.py#L3) and `x < y`."),
        Bullets(("a | b", "<script>alert(1)</script>")),
        Table(("check", ""), (("values", "passed"), ("a|b\nc", "failed"))),
    ),
)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.opened: list[tuple[str, dict[str, str | None]]] = []
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.opened.append((tag, dict(attrs)))


def test_markdown_keeps_its_tables_whole() -> None:
    text = as_markdown(PAGE)
    assert "| a\\|b c | failed |" in text
    assert text.startswith("# model.py::<Gate>\n")


def test_html_holds_marks_and_nothing_that_runs() -> None:
    text = as_html(PAGE)
    tags = Tags()
    tags.feed(text)
    names = [tag for tag, _ in tags.opened]
    assert "script" not in names
    assert "&lt;script&gt;" in text
    assert ("a", {"href": "kernel.py#L3"}) in tags.opened
    assert "<strong>Verified</strong>" in text
    assert "<code>x &lt; y</code>" in text
    assert ("td", {"class": "passed word"}) in tags.opened
    assert "http-equiv" in text


@pytest.mark.parametrize("target", ["javascript:alert(1)", "data:text/html,x", "vbscript:x"])
def test_a_link_leads_to_files_and_pages_alone(target: str) -> None:
    tags = Tags()
    tags.feed(as_html(Page("t", (Paragraph(f"[words]({target})"),))))
    assert "a" not in [tag for tag, _ in tags.opened]


def chain(count: int) -> dict[str, Any]:
    nodes = [
        {"name": f"n{i}", "op": "aten.relu.default", "args": {"self": {"node": f"n{i - 1}" if i else "x"}},
         "shape": ["s0", "8"], "dtype": "float32", "label": "h<1>"}
        for i in range(count)
    ]  # fmt: skip
    return {"nodes": nodes}


def boxes(svg: str) -> list[ET.Element]:
    return ET.fromstring(svg).findall(f"{SVG}g")


def test_the_graph_shows_each_operator_and_what_it_reads() -> None:
    graph = chain(3)
    graph["nodes"].append(
        {"name": "sum", "op": "aten.add.Tensor", "args": {"a": {"node": "n0"}, "b": {"node": "n2"}}, "shape": [],
         "dtype": "float32"}
    )  # fmt: skip
    svg = graph_svg(graph, [{"id": "sg0", "nodes": [{"name": "n0"}, {"name": "n1"}]}, {"id": "sg1", "nodes": []}])
    root = ET.fromstring(svg)
    assert len(boxes(svg)) == 4
    assert len(root.findall(f"{SVG}path")) == 4
    fills = [box.find(f"{SVG}rect").get("fill") for box in boxes(svg)]  # type: ignore[union-attr]
    assert fills[0] == fills[1] != fills[2]
    words = [text.text for text in root.iter(f"{SVG}text")]
    assert words[:2] == ["relu", "h<1>: f32[s0, 8]"]


def test_results_of_one_operator_are_one_box_and_counters_none() -> None:
    graph = {
        "nodes": [
            {"name": "norm", "op": "aten._native_batch_norm_legit_functional.default", "args": {"x": {"node": "x"}},
             "shape": [], "shapes": [["s0", "4"], ["4"]], "dtype": "", "dtypes": ["float32", "float32"]},
            {"name": "first", "op": "getitem", "args": [{"node": "norm"}, 0], "shape": ["s0", "4"], "dtype": "float32"},
            {"name": "act", "op": "aten.relu.default", "args": [{"node": "first"}], "shape": ["s0", "4"],
             "dtype": "float32"},
            {"name": "count", "op": "aten.add.Tensor", "args": [{"node": "n"}, 1], "shape": [], "dtype": "int64"},
        ]
    }  # fmt: skip
    svg = graph_svg(graph, [])
    assert len(boxes(svg)) == 2
    assert len(ET.fromstring(svg).findall(f"{SVG}path")) == 1
    assert "f32[s0, 4]" in svg


@pytest.mark.parametrize(("count", "groups", "expected"), [(80, 20, 80), (200, 20, 20), (200, 2, 200), (900, 2, 2)])
def test_a_large_graph_is_drawn_by_subgraphs(count: int, groups: int, expected: int) -> None:
    size = count // groups
    cut = [{"id": f"sg{g}", "nodes": [{"name": f"n{g * size + i}"} for i in range(size)]} for g in range(groups)]
    assert len(boxes(graph_svg(chain(count), cut))) == expected


def test_nothing_computed_is_no_picture() -> None:
    assert graph_svg({"nodes": []}, []) == ""
    assert error_histogram([]) == ""
    assert error_histogram([0.0, float("inf"), float("nan")]) == ""
    assert timing_bars([], 1.0) == ""


def test_errors_are_counted_by_powers_of_two() -> None:
    words = [text.text for text in ET.fromstring(error_histogram([1.0, 1.1, 0.5, 4.0])).iter(f"{SVG}text")]
    assert words[:8] == ["1/4", "1", "1/2", "2", "1×", "2×", "1", "4×"]


def test_a_timing_s_page(tmp_path: Path) -> None:
    found = Benchmark("NVIDIA H200", "fp32", Timing(2.0, 1.9, 2.2, 50), None, Timing(1.0, 0.9, 1.1, 50), 2.0, None,
                      1 << 20, 1 << 20, 0.5, 0.5, ("clocks as found",))  # fmt: skip
    written = write_page(tmp_path, of_benchmark("k.py against Gate", found))
    assert written == tmp_path / "report.md"
    text = written.read_text()
    assert "| torch.compile | not timed |" in text
    assert "![" in text
    assert (tmp_path / "timing.svg").is_file()
    assert "<svg" in (tmp_path / "report.html").read_text()
    ET.fromstring((tmp_path / "timing.svg").read_text())


def test_an_error_s_page_says_it_in_the_reader_s_words(tmp_path: Path) -> None:
    error = ModelRaised("forward raised.", hint="Pass --inputs.", file="m.py", line=3)
    text = as_markdown(of_error("Gate", error, lambda words: words.replace("Pass --inputs", "Write a directive")))
    assert "**ModelRaised**: forward raised. (m.py, line 3)" in text
    assert "Write a directive." in text


def test_a_folder_that_cannot_be_written_gives_no_page(tmp_path: Path) -> None:
    (tmp_path / "report.html").mkdir()
    assert write_page(tmp_path, PAGE) is None
    assert write_page(None, PAGE) is None
