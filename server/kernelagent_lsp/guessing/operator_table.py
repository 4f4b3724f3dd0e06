"""Functions of ``torch`` and ``torch.nn.functional``, and methods of tensors, by name."""

from __future__ import annotations

from collections.abc import Sequence

from kernelagent_lsp.guessing import operators as op
from kernelagent_lsp.guessing.layers import size_of
from kernelagent_lsp.guessing.shapes import Shape
from kernelagent_lsp.guessing.sizes import Dim
from kernelagent_lsp.guessing.values import Tensor, Value

OPERATORS: dict[str, op.Rule] = {
    **dict.fromkeys(
        (
            *("relu", "relu_", "relu6", "leaky_relu", "elu", "selu", "celu", "gelu", "silu", "mish", "sigmoid", "tanh"),
            *("logsigmoid", "softplus", "softsign", "hardtanh", "hardswish", "hardsigmoid", "tanhshrink", "prelu"),
            *("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "rsqrt", "square", "abs", "neg", "sign"),
            *("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "erf", "erfc", "floor", "ceil", "round"),
            *("reciprocal", "clamp", "clip", "clamp_", "clamp_min", "clamp_max", "dropout", "dropout2d", "nan_to_num"),
            *("contiguous", "clone", "detach", "requires_grad_", "float", "half", "bfloat16", "double", "to", "type"),
            *("type_as", "cuda", "cpu", "pin_memory", "normalize", "flip", "roll", "triu", "tril", "fill_", "zero_"),
            *("long", "int", "bool", "logical_not", "isnan", "isinf", "zeros_like", "ones_like", "empty_like"),
            *("rand_like", "randn_like", "full_like", "layer_norm", "rms_norm", "batch_norm", "group_norm"),
            *("instance_norm", "alpha_dropout", "local_response_norm", "checkpoint_sequential", "glu_", "identity"),
        ),
        op.elementwise,
    ),
    **dict.fromkeys(
        (
            *("add", "sub", "mul", "div", "add_", "sub_", "mul_", "div_", "pow", "maximum", "minimum", "fmod"),
            *("remainder", "atan2", "lerp", "addcmul", "addcdiv", "eq", "ne", "lt", "le", "gt", "ge", "true_divide"),
            *("floor_divide", "subtract", "multiply", "divide", "logical_and", "logical_or", "hypot", "dist"),
        ),
        op.arithmetic,
    ),
    **dict.fromkeys(
        ("softmax", "log_softmax", "softmin", "cumsum", "cumprod", "logcumsumexp", "gumbel_softmax", "argsort"),
        op.along,
    ),
    **dict.fromkeys(
        (
            *("sum", "mean", "prod", "amax", "amin", "argmax", "argmin", "logsumexp", "std", "var", "all", "any"),
            *("count_nonzero", "nansum", "nanmean"),
        ),
        op.reduced,
    ),
    "norm": lambda args, kwargs: op.reduced([args[0], *args[2:]], kwargs),
    **dict.fromkeys(("max", "min", "median", "mode"), op.pair_reduced),
    **dict.fromkeys(("sort", "cummax", "cummin"), op.kept_pair),
    "topk": op.topk,
    "matmul": op.matmul,
    "bmm": op.batched,
    "mm": op.plain,
    "mv": op.matmul,
    "dot": op.matmul,
    "outer": op.outer,
    "linear": op.linear,
    **{f"conv{d}d": op.convolution(f"conv{d}d") for d in (1, 2, 3)},
    **{
        f"{kind}_pool{d}d": op.as_layer(f"{name}Pool{d}d")
        for d in (1, 2, 3)
        for kind, name in (
            ("max", "Max"),
            ("avg", "Avg"),
            ("adaptive_max", "AdaptiveMax"),
            ("adaptive_avg", "AdaptiveAvg"),
        )
    },
    "pixel_shuffle": op.as_layer("PixelShuffle"),
    "embedding": op.embedding,
    "scaled_dot_product_attention": op.attention,
    **dict.fromkeys(("masked_fill", "masked_fill_"), op.masked),
    "where": op.where,
    **dict.fromkeys(("transpose", "swapaxes", "swapdims"), op.transposed),
    "t": op.flat_transposed,
    "permute": op.permuted,
    **dict.fromkeys(("view", "reshape"), op.viewed),
    "flatten": op.flatten,
    "unsqueeze": op.unsqueezed,
    "squeeze": op.squeezed,
    **dict.fromkeys(("cat", "concat", "concatenate"), op.joined),
    "stack": op.stacked,
    "chunk": op.chunked,
    "split": op.split,
    "unbind": op.unbound,
    **dict.fromkeys(("repeat", "tile"), op.repeated),
    "expand": op.expanded,
    **dict.fromkeys(("expand_as", "view_as", "reshape_as"), op.expanded_as),
    "gather": op.gathered,
    "index_select": op.selected,
    "one_hot": op.one_hot,
    **dict.fromkeys(("cross_entropy", "nll_loss"), op.classified),
    **dict.fromkeys(
        (
            *("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "kl_div", "binary_cross_entropy"),
            *("binary_cross_entropy_with_logits", "cosine_similarity", "pairwise_distance"),
        ),
        op.compared,
    ),
    "pad": op.padded,
    "interpolate": op.interpolated,
}
"""The first argument is a tensor, but for the lists that :data:`OF_LISTS` take."""

OF_LISTS = frozenset({"cat", "concat", "concatenate", "stack"})

_BY_SIZES = frozenset({"zeros", "ones", "empty", "rand", "randn", "FloatTensor", "Tensor", "randperm", "eye"})
_LIKE = frozenset({"tensor", "as_tensor", "Parameter", "Buffer", "Variable", "from_numpy"})


def made(name: str, args: Sequence[Value], kwargs: dict[str, Value]) -> Tensor | None:
    """What a factory such as ``torch.zeros`` gives; ``None``: it is none."""
    if name in ("full", "randint", "normal"):
        sizes = next((one for one in args if isinstance(one, (list, tuple))), kwargs.get("size"))
        return Tensor(shape_of(sizes)) if isinstance(sizes, (list, tuple)) else Tensor()
    if name in _BY_SIZES:
        given = args[0] if len(args) == 1 and isinstance(args[0], (list, tuple)) else args
        return Tensor(shape_of(given))
    if name in ("arange", "linspace"):
        if name == "arange" and len(args) == 1 and isinstance(args[0], (int, Dim)):
            return Tensor(shape_of(args))
        return Tensor(Shape([Dim()]))
    if name in _LIKE:
        return _like(args[0]) if args else Tensor()
    return None


def shape_of(sizes: Sequence[Value]) -> Shape:
    return Shape([size_of(one) or Dim() for one in sizes])


def _like(value: Value) -> Tensor:
    if isinstance(value, Tensor):
        return value
    if isinstance(value, (list, tuple)):
        inner = _like(value[0]).shape.dims if value else []
        return Tensor(Shape([Dim(len(value)), *(inner or [])]))
    return Tensor(Shape([])) if isinstance(value, (int, float)) else Tensor()
