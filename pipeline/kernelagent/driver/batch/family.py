"""What a problem is mainly made of, by the operators of its graph: the rows of a batch's table."""

from __future__ import annotations

from collections.abc import Iterable

NOT_CAPTURED = "not captured"
ELSEWHERE = "at work elsewhere"
"""Another process has it in hand, with other options."""

_PRODUCTS = {"matmul", "mm", "bmm", "addmm", "baddbmm", "linear", "einsum", "mv", "dot", "addbmm", "outer"}

_FAMILIES: tuple[tuple[str, frozenset[str]], ...] = (
    ("recurrence", frozenset({"lstm", "gru", "rnn_tanh", "rnn_relu", "lstm_cell", "gru_cell", "while_loop", "scan"})),
    ("attention", frozenset({"scaled_dot_product_attention"})),
    ("convolution", frozenset({"convolution", "conv1d", "conv2d", "conv3d", "conv_transpose2d", "_convolution"})),
    ("product of matrices", frozenset(_PRODUCTS)),
    (
        "pooling",
        frozenset(
            f"{kind}_pool{n}d{more}"
            for kind in ("max", "avg", "lp", "adaptive_avg", "adaptive_max", "_adaptive_avg")
            for n in (1, 2, 3)
            for more in ("", "_with_indices")
        ),
    ),
    (
        "norm",
        frozenset(
            {
                *("layer_norm", "native_layer_norm", "group_norm", "native_group_norm", "rms_norm", "_fused_rms_norm"),
                *("batch_norm", "instance_norm", "_native_batch_norm_legit", "_native_batch_norm_legit_functional"),
                *("_native_batch_norm_legit_no_training", "linalg_vector_norm", "norm", "normalize"),
            }
        ),
    ),
    ("softmax", frozenset({"softmax", "_softmax", "log_softmax", "_log_softmax", "logsumexp"})),
    ("scan", frozenset({"cumsum", "cumprod", "cummax", "cummin", "logcumsumexp"})),
    (
        "loss",
        frozenset({"nll_loss", "mse_loss", "l1_loss", "kl_div", "smooth_l1_loss", "huber_loss", "nll_loss_forward"}),
    ),
    ("order", frozenset({"sort", "topk", "median", "kthvalue", "argsort"})),
    (
        "gather and scatter",
        frozenset({"gather", "scatter", "scatter_add", "index", "embedding", "index_select", "index_put"}),
    ),
    (
        "reduction",
        frozenset(
            {"sum", "mean", "amax", "amin", "max", "min", "argmax", "argmin", "prod", "var", "std", "any", "all"}
        ),
    ),
)


def family_of(operators: Iterable[str]) -> str:
    """The first family that one of the operators belongs to (``"aten.softmax.int"``); ``"pointwise"`` for none.

    Two products of matrices with a softmax are attention, however they were written.
    """
    listed = [_base(name) for name in operators]
    if not listed:
        return NOT_CAPTURED
    names = set(listed)
    if sum(name in _PRODUCTS for name in listed) > 1 and names & dict(_FAMILIES)["softmax"]:
        return "attention"
    for family, members in _FAMILIES:
        if names & members:
            return family
    return "pointwise"


def _base(operator: str) -> str:
    parts = operator.split(".")
    return parts[1] if len(parts) > 1 else operator
