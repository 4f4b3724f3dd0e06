"""``lstm``, ``gru``, ``rnn_tanh`` and ``rnn_relu``: for each layer and direction one product for all steps' inputs,
then a loop over the steps for what depends on the state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kernelagent.worker.synth.index import ZERO, dim
from kernelagent.worker.synth.lowering.builder import Builder
from kernelagent.worker.synth.lowering.contractions import product_of
from kernelagent.worker.synth.lowering.loops import STEP, Looped, Steps, loop, of_this_step
from kernelagent.worker.synth.lowering.randomness import native_dropout
from kernelagent.worker.synth.lowering.registry import lowers
from kernelagent.worker.synth.lowering.values import Value, viewed
from kernelagent.worker.synth.lowering.views import cat, permuted, stack


@dataclass(frozen=True)
class _Weights:
    """Of one layer in one direction, as PyTorch lists them."""

    input: Value
    hidden: Value
    input_bias: Value | None
    hidden_bias: Value | None
    projection: Value | None


def _by_layer(params: Sequence[Value], has_biases: bool, projected: bool) -> list[_Weights]:
    width = 2 + 2 * has_biases + projected
    found = []
    for start in range(0, len(params), width):
        one = list(params[start : start + width])
        biases = one[2:4] if has_biases else (None, None)
        found.append(_Weights(one[0], one[1], biases[0], biases[1], one[-1] if projected else None))
    return found


@lowers("lstm")
def lstm(b: Builder, input: Value, hx: Sequence[Value], params: Sequence[Value], **how: Any) -> tuple[Value, ...]:
    """Gates in PyTorch's order: input, forget, cell, output."""
    hidden, cell = hx
    return _layered(b, input, (hidden, cell), params, cell.shape[-1] != hidden.shape[-1], _lstm_step, **how)


@lowers("gru")
def gru(b: Builder, input: Value, hx: Value, params: Sequence[Value], **how: Any) -> tuple[Value, ...]:
    """Gates in PyTorch's order: reset, update, new."""
    return _layered(b, input, (hx,), params, False, _gru_step, **how)


@lowers("rnn_tanh", "rnn_relu")
def rnn(b: Builder, input: Value, hx: Value, params: Sequence[Value], **how: Any) -> tuple[Value, ...]:
    return _layered(b, input, (hx,), params, False, _rnn_step, **how)


def _layered(
    b: Builder,
    input: Value,
    first: tuple[Value, ...],
    params: Sequence[Value],
    projected: bool,
    step: Any,
    has_biases: bool,
    num_layers: int,
    dropout: float,
    train: bool,
    bidirectional: bool,
    batch_first: bool,
) -> tuple[Value, ...]:
    weights = _by_layer(params, has_biases, projected)
    directions = 2 if bidirectional else 1
    x = permuted(input, (1, 0, 2)) if batch_first else input
    last: list[tuple[Value, ...]] = []
    for layer in range(num_layers):
        outs = []
        for direction in range(directions):
            number = layer * directions + direction
            states = tuple(viewed(f, (number, *(dim(i) for i in range(2))), f.shape[1:]) for f in first)
            done = _one_direction(b, x, states, weights[number], step, direction == 1)
            outs.append(done.kept[0])
            last.append(done.last)
        x = outs[0] if directions == 1 else cat(b, outs, 2)
        if layer + 1 < num_layers:
            x = native_dropout(b, x, dropout, train)[0]
    out = permuted(x, (1, 0, 2)) if batch_first else x
    return (out, *(stack(b, [states[i] for states in last]) for i in range(len(first))))


def _one_direction(
    b: Builder, x: Value, first: tuple[Value, ...], weights: _Weights, step: Any, backwards: bool
) -> Looped:
    steps = x.shape[0]
    projected = product_of(b, x, permuted(weights.input, (1, 0)))
    if weights.input_bias is not None:
        projected = b.map("add", projected, weights.input_bias)
    projected = b.named(projected, "projected")
    of_step = of_this_step(projected, steps - STEP if backwards else STEP - 1)
    assert of_step is not None  # a product is stored as it is made
    here, slice_ = of_step

    def body(states: tuple[Value, ...]) -> Steps:
        gates = product_of(b, states[0], permuted(weights.hidden, (1, 0)))
        if weights.hidden_bias is not None:
            gates = b.map("add", gates, weights.hidden_bias)
        new = step(b, states, here, b.named(gates, "gates"))
        if weights.projection is not None:
            narrow = product_of(b, new[0], permuted(weights.projection, (1, 0)))
            new = (b.named(narrow, "hidden"), *new[1:])
        return Steps(new, (new[0],))

    return loop(b, steps, first, ("hidden", "cell")[: len(first)], body, backwards, [slice_])


def _line(size: Any, axis: int) -> Any:
    return ZERO if size == 1 else dim(axis)


def _gate(value: Value, number: int, size: Any) -> Value:
    """Columns of one gate among those of all, which stand side by side."""
    batch = value.shape[0]
    return viewed(value, (_line(batch, 0), _line(size, 1) + number * size), (batch, size))


def _lstm_step(b: Builder, states: tuple[Value, ...], here: Value, gates: Value) -> tuple[Value, ...]:
    _, cell = states
    size = cell.shape[1]
    total = b.named(b.map("add", here, gates), "gates")
    taken, forget, out = (b.map("sigmoid", _gate(total, number, size)) for number in (0, 1, 3))
    candidate = b.map("tanh", _gate(total, 2, size))
    new = b.named(b.map("add", b.map("mul", forget, cell), b.map("mul", taken, candidate)), "new_cell")
    return b.named(b.map("mul", out, b.map("tanh", new)), "new_hidden"), new


def _gru_step(b: Builder, states: tuple[Value, ...], here: Value, gates: Value) -> tuple[Value, ...]:
    (hidden,) = states
    size = hidden.shape[1]
    reset, update = (b.map("sigmoid", b.map("add", _gate(here, n, size), _gate(gates, n, size))) for n in (0, 1))
    mixed = b.map("add", _gate(here, 2, size), b.map("mul", reset, _gate(gates, 2, size)))
    new = b.named(b.map("tanh", mixed), "candidate")
    change = b.map("mul", update, b.map("sub", hidden, new))
    return (b.named(b.map("add", new, change), "new_hidden"),)


def _rnn_step(b: Builder, states: tuple[Value, ...], here: Value, gates: Value) -> tuple[Value, ...]:
    total = b.map("add", here, gates)
    new = b.map("tanh", total) if b.origin.op == "rnn_tanh" else b.map("at_least", total, 0)
    return (b.named(new, "new_hidden"),)
