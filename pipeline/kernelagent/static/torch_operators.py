"""PyTorch's operators that a kernel file may declare, under ``--compute best``: pure functions of tensors, by the names
that a wrapper writes. What is not here cannot be declared: nothing that draws, changes its arguments, runs a function
that it is given, or leads elsewhere."""

from __future__ import annotations

CONSTANT = "COMPUTED_BY_PYTORCH"
"""What a file declares them in."""

PLAIN = frozenset(
    {
        *("mm", "matmul", "bmm", "addmm", "baddbmm", "addbmm", "mv", "addmv", "dot", "outer"),
        *("add", "sub", "rsub", "mul", "div", "pow", "neg", "abs", "exp", "exp2", "expm1", "log", "log2", "log10"),
        *("log1p", "sqrt", "rsqrt", "reciprocal", "square", "sin", "cos", "tan", "asin", "acos", "atan", "atan2"),
        *("sinh", "cosh", "tanh", "erf", "erfc", "sigmoid", "relu", "sign", "floor", "ceil", "round", "trunc", "fmod"),
        *("remainder", "floor_divide", "maximum", "minimum", "clamp", "clamp_min", "clamp_max", "where", "lerp"),
        *("addcmul", "addcdiv", "eq", "ne", "lt", "le", "gt", "ge", "logical_and", "logical_or", "logical_not"),
        *("logical_xor", "isnan", "isinf", "isfinite", "sum", "mean", "amax", "amin", "max", "min", "prod", "var"),
        *("std", "argmax", "argmin", "any", "all", "logsumexp", "softmax", "log_softmax", "cumsum", "cumprod"),
        *("cummax", "cummin", "logcumsumexp", "sort", "argsort", "topk", "kthvalue", "median", "masked_fill"),
        *("tril", "triu", "flip", "roll", "gather", "index_select", "index_add", "scatter", "scatter_add", "cdist"),
        *("prelu", "selu", "celu", "threshold", "hypot", "frac", "fmin", "fmax", "asinh", "acosh", "atanh"),
        *("repeat_interleave", "lstm", "gru", "rnn_tanh", "rnn_relu"),
    }
)
"""Of ``torch``, as ATen has them: names, and the order of arguments."""

FUNCTIONAL = frozenset(
    {
        *("linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"),
        *("gelu", "silu", "mish", "leaky_relu", "elu", "softplus", "hardtanh", "hardswish", "hardsigmoid", "relu6"),
        *(
            "layer_norm",
            "rms_norm",
            "batch_norm",
            "group_norm",
            "embedding",
            "scaled_dot_product_attention",
            "logsigmoid",
        ),
        *("avg_pool1d", "avg_pool2d", "avg_pool3d", "max_pool1d", "max_pool2d", "max_pool3d"),
        *("adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d"),
    }
)
"""Of ``torch.nn.functional``."""

MAY_BE_DECLARED = frozenset(
    {
        *(f"torch.{name}" for name in PLAIN),
        *(f"torch.nn.functional.{name}" for name in FUNCTIONAL),
        "torch.linalg.vector_norm",
    }
)

MOST_POSITIONAL = {
    "torch.nn.functional.embedding": 3,  # then max_norm, which writes to the weight
    **{f"torch.nn.functional.{name}": 1 for name in ("silu", "mish", "hardswish", "hardsigmoid", "relu6")},
    **{f"torch.nn.functional.{name}": 2 for name in ("leaky_relu", "elu")},
    "torch.nn.functional.hardtanh": 3,
}
"""Arguments by position before one by which the operator writes to what it is given (``inplace``)."""

WRITING = frozenset({"out", "inplace", "max_norm"})
"""Names of such arguments."""
