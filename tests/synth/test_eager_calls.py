"""What eager PyTorch runs is told by what the module calls, not by what export makes of it."""

from __future__ import annotations

from dataclasses import replace

from kernelagent.worker.capture.graph import Graph, GraphInput, Node
from kernelagent.worker.synth.eager import calls


def node(name: str, op: str, reads: list[str], shape: tuple[str, ...], called: str = "", label: str = "") -> Node:
    args = {f"a{i}": {"node": read} for i, read in enumerate(reads)}
    called_op = f"aten.{called}.default" if called else ""
    return Node(name, f"aten.{op}.default", args, shape, "float32", label=label, called=called, called_op=called_op)


def graph(*nodes: Node) -> Graph:
    given = GraphInput("x", "input", "x", ("4", "8"), "float32", ("8", "1"))
    return Graph("M", "m.py", (given,), nodes, (nodes[-1].name,), {"output": 0}, {}, (), ())


def test_what_is_taken_apart_reads_and_writes_once() -> None:
    whole = graph(
        node("scores", "matmul", ["x"], ("4", "4"), "attention"),
        node("weights", "softmax", ["scores"], ("4", "4"), "attention"),
        node("out", "matmul", ["weights", "x"], ("4", "8"), "attention", label="y"),
        node("relu", "relu", ["out"], ("4", "8")),
    )
    found = calls(whole)
    assert {name: (call.op, call.bytes) for name, call in found.items()} == {
        "out": ("aten.attention.default", 4 * (32 + 32)),
        "relu": ("aten.relu.default", 4 * (32 + 32)),
    }
    assert found["out"].gives.name == "y"
    assert found["out"].gives.shape == (4, 8)
    assert found["out"].nodes == {"scores", "weights", "out"}


def test_a_view_moves_nothing() -> None:
    found = calls(graph(node("v", "transpose", ["x"], ("8", "4")), node("r", "relu", ["v"], ("8", "4"))))
    assert {name: call.bytes for name, call in found.items()} == {"v": 0, "r": 256}


def test_several_results_are_all_written_where_all_are_used() -> None:
    several = Node(
        "n", "aten.split_it.default", {"x": {"node": "x"}}, (), "", shapes=(("4",), ("8",)), dtypes=("float32",) * 2,
        strides=((), ()), called="call", called_op="aten.call.default",
    )  # fmt: skip
    first = Node("g0", "getitem", {"source": {"node": "n"}, "index": 0}, ("4",), "float32", called="call")
    second = Node("g1", "getitem", {"source": {"node": "n"}, "index": 1}, ("8",), "float32", called="call")
    both = calls(graph(several, first, second, node("sum", "add", ["g0", "g1"], ("8",))))
    assert both["n"].bytes == 4 * (32 + 4 + 8)
    one = calls(graph(several, first, second, node("sum", "neg", ["g0"], ("4",))))
    assert one["n"].bytes == 4 * (32 + 4)


def test_what_a_call_gives_is_its_value_and_no_statistic_that_it_writes() -> None:
    name = "call"
    normed = Node(
        "n", "aten.norm.default", {"x": {"node": "x"}}, (), "", shapes=(("4", "8"), ("8",)), dtypes=("float32",) * 2,
        strides=((), ()), called="call", called_op="aten.norm.default",
    )  # fmt: skip
    value = Node(
        "g0", "getitem", {"source": {"node": "n"}, "index": 0}, ("4", "8"), "float32", label="h", called="call"
    )
    mean = Node("g1", "getitem", {"source": {"node": "n"}, "index": 1}, ("8",), "float32", label="h", called=name)
    whole = replace(graph(normed, value, mean, node("out", "relu", ["g0"], ("4", "8"))), mutations={"mean": "g1"})
    found = calls(whole)["n"]
    assert (found.gives.name, found.gives.shape, found.bytes) == ("h", (4, 8), 4 * (32 + 32 + 8))


def test_a_call_stands_at_what_is_left_of_it() -> None:
    whole = graph(
        node("a", "mul", ["x"], ("4", "8"), "call"),
        node("b", "_to_copy", ["a"], ("4", "8"), "call"),
        node("c", "relu", ["b"], ("4", "8")),
    )
    left = graph(whole.nodes[0], whole.nodes[2])
    assert {name: call.bytes for name, call in calls(whole, [left]).items()} == {"a": 256, "c": 256}
