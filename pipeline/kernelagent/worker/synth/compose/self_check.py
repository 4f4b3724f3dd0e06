"""The tail of a composed file: the same computation in PyTorch, and a comparison when the file is run."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping

from kernelagent.contract.problem import TensorSpec
from kernelagent.static.own_names import free_name
from kernelagent.worker.capture.graph import Graph
from kernelagent.worker.synth.compose.parameters import parameters, signature, structure_text, tensor_texts
from kernelagent.worker.synth.compose.reference import argument_text, node_lines
from kernelagent.worker.synth.compose.sizes import size_assignments
from kernelagent.worker.synth.emit.printer import to_text
from kernelagent.worker.synth.emit.text import LINE, grouped_call
from kernelagent.worker.synth.size_text import parse_size

CHECK_SIZE = 64
"""Free sizes in the self-check are at most this."""


def self_check_lines(graph: Graph, specs: Mapping[str, TensorSpec]) -> list[str]:
    return _check(graph, specs) if graph.random else [*_reference(graph), "", "", *_check(graph, specs)]


def _reference(graph: Graph) -> list[str]:
    texts = tensor_texts(graph)
    taken = {p.name for p in parameters(graph)} | {f.symbol for f in graph.free_sizes}
    for node in graph.nodes:
        texts[node.name] = free_name(re.sub(r"\W", "_", node.name), taken)
        taken.add(texts[node.name])
    given = [(texts[g.name], g.shape) for g in graph.inputs if g.kind != "constant" and g.name in texts]
    assignments, _ = size_assignments(given)
    body = node_lines(graph.nodes, texts)
    used = "\n".join(body)
    first = next(t for t, _ in given)
    lines = [
        *grouped_call("def reference", [signature(parameters(graph)).split(", ")], LINE, ":"),
        '    """The same computation by PyTorch; only the self-check below calls it."""',
    ]
    if "device=device" in used:
        lines.append(f"    device = {first}.device")
    if any(re.search(rf"\b{f.symbol}\b", used) for f in graph.free_sizes):
        lines += [f"    {a}" for a in assignments]
    constants = {
        g.name: f"{texts[g.name]}.to({first}.device)" for g in graph.inputs if g.kind == "constant" and g.shape
    }
    for name, text in constants.items():
        local = free_name(texts[name].strip("_").lower(), taken)
        taken.add(local)
        lines.append(f"    {local} = {text}")
        texts[name] = local
    for scalar in (g for g in graph.inputs if g.kind == "constant" and not g.shape):
        local = free_name(texts[scalar.name].strip("_").lower(), taken)
        taken.add(local)
        value = argument_text(scalar.value, {})
        lines.append(f"    {local} = torch.tensor({value}, dtype=torch.{scalar.dtype}, device={first}.device)")
        texts[scalar.name] = local
    lines += [f"    {line}" for line in node_lines(graph.nodes, texts)]
    return [*lines, f"    return {structure_text(graph.output_structure, [texts[o] for o in graph.outputs])}"]


def _check(graph: Graph, specs: Mapping[str, TensorSpec]) -> list[str]:
    lines = [
        'if __name__ == "__main__":',
        '    device = "cuda" if torch.cuda.is_available() else "cpu"',
        "    torch.manual_seed(0)",
    ]
    for free in graph.free_sizes:
        size = free.example if free.example <= CHECK_SIZE else CHECK_SIZE - CHECK_SIZE % free.multiple_of
        lines.append(f"    {free.symbol} = {max(size, free.minimum)}")
    made = {name: _made(specs[name], name) for name in specs if specs[name].dims or True}
    arguments = []
    for p in parameters(graph):
        if p.given is not None:
            text = made[p.given.name]
        else:
            assert p.argument is not None
            text = _structured(p.argument.structure, p.argument.default, graph, made)
        arguments.append(text)
    lines.append("    arguments = (")
    for text, same in itertools.groupby(arguments):
        count = len(list(same))
        lines += [f"        *({text} for _ in range({count})),"] if count > 2 else [f"        {text},"] * count
    lines.append("    )")
    star = "*arguments"
    state = any(p.given is not None for p in parameters(graph))
    variadic = [p for p in parameters(graph) if p.argument is not None and p.argument.kind == "var_positional"]
    if variadic and not state:
        star = "*arguments[0]" if len(arguments) == 1 else "*arguments[:-1], *arguments[-1]"
    keywords = [p.name for p in parameters(graph) if p.argument is not None and p.argument.kind == "keyword"]
    if keywords and not state and not variadic:
        count = len(arguments) - len(keywords)
        star = f"*arguments[:{count}], " + ", ".join(f"{k}=arguments[{count + i}]" for i, k in enumerate(keywords))
    if graph.mutations:
        lines += [
            "    # what the module updates is not to be seen by the second call",
            "    given = torch.utils._pytree.tree_map(",
            "        lambda v: v.clone() if isinstance(v, torch.Tensor) else v, arguments",
            "    )",
        ]
    given = star.replace("arguments", "given") if graph.mutations else star
    if graph.random:
        return [*lines, *_drawn_anew(given)]
    halves = any(g.dtype in ("float16", "bfloat16") for g in graph.inputs)
    lines.append(f"    got = torch.utils._pytree.tree_leaves(kernel_function({given}))")
    if halves:
        lines += [
            "    # PyTorch rounds after each operator: the reference is taken in float32",
            "    arguments = torch.utils._pytree.tree_map(",
            "        lambda v: v.float() if isinstance(v, torch.Tensor) and v.is_floating_point() else v, arguments",
            "    )",
        ]
    lines += [
        f"    want = torch.utils._pytree.tree_leaves(reference({star}))",
        "    for i, (a, b) in enumerate(zip(got, want, strict=True)):",
        "        if isinstance(b, torch.Tensor):",
        "            scale = b.double().abs().nan_to_num(0, 0, 0).amax().item() if b.numel() else 0.0",
        "            tolerance = 2e-2 if a.element_size() < 4 and a.is_floating_point() else 1e-3",
        '            note = f"output {i}: "',
        "            torch.testing.assert_close(",
        "                a.to(b.dtype), b, rtol=tolerance, atol=tolerance * max(scale, 1e-6),",
        "                equal_nan=True, msg=lambda m, note=note: note + m,",
        "            )",
        '    print("PASS")',
    ]
    return lines


def _drawn_anew(given: str) -> list[str]:
    """A random result equals none of PyTorch's: it is reproducible by its seed, and another with another."""
    return [
        "    results = []",
        "    for seed in (1, 1, 2):",
        "        torch.manual_seed(seed)",
        f"        results.append(torch.utils._pytree.tree_leaves(kernel_function({given})))",
        "    first, again, other = results",
        "    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))",
        "    assert not all(torch.equal(a, b) for a, b in zip(first, other, strict=True))",
        '    print("PASS")',
    ]


def _made(spec: TensorSpec, name: str) -> str:
    """An expression for a tensor like the example's."""
    shape = ", ".join(to_text(parse_size(d)) for d in spec.dims)
    shape = f"({shape}{',' if len(spec.dims) == 1 else ''})"
    tail = f"device=device, dtype=torch.{spec.dtype}"
    if spec.dtype == "bool":
        return f"torch.rand({shape}, device=device) > 0.5"
    if not spec.dtype.startswith(("float", "bfloat")):
        bounds = re.fullmatch(r"randint\((-?\d+), (-?\d+)\)", spec.fill)
        low, high = (bounds[1], bounds[2]) if bounds else ("0", "2")
        return f"torch.randint({low}, {high}, {shape}, {tail})"
    kind = "rand" if spec.fill == "rand" else "randn"
    return f"torch.{kind}({shape}, {tail})"


def _structured(structure: object, default: str | None, graph: Graph, made: Mapping[str, str]) -> str:
    assert isinstance(structure, dict)
    if "tensor" in structure:
        name = next((g.name for g in graph.inputs if g.kind == "input" and g.path == structure["tensor"]), None)
        return made[name] if name is not None else "None"
    if "tuple" in structure:
        items = [_structured(s, None, graph, made) for s in structure["tuple"]]
        return f"({', '.join(items)}{',' if len(items) == 1 else ''})"
    if "list" in structure:
        return f"[{', '.join(_structured(s, None, graph, made) for s in structure['list'])}]"
    if "dict" in structure:
        return "{" + ", ".join(f"{k}: {_structured(v, None, graph, made)}" for k, v in structure["dict"].items()) + "}"
    if "absent" in structure:
        return default or "None"
    return repr(structure.get("const"))
