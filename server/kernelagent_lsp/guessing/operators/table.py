"""Functions of ``torch`` and ``torch.nn.functional``, and methods of tensors, by name."""

from __future__ import annotations

from collections.abc import Sequence

from kernelagent_lsp.guessing.layers import size_of
from kernelagent_lsp.guessing.operators import arithmetic, indexed, pieces, products, rearranged
from kernelagent_lsp.guessing.operators.arguments import Rule
from kernelagent_lsp.guessing.shapes import Shape
from kernelagent_lsp.guessing.sizes import Dim
from kernelagent_lsp.guessing.values import Tensor, Value

OPERATORS: dict[str, Rule] = {
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
        arithmetic.elementwise,
    ),
    **dict.fromkeys(
        (
            *("add", "sub", "mul", "div", "add_", "sub_", "mul_", "div_", "pow", "maximum", "minimum", "fmod"),
            *("remainder", "atan2", "lerp", "addcmul", "addcdiv", "eq", "ne", "lt", "le", "gt", "ge", "true_divide"),
            *("floor_divide", "subtract", "multiply", "divide", "logical_and", "logical_or", "hypot", "dist"),
        ),
        arithmetic.arithmetic,
    ),
    **dict.fromkeys(
        ("softmax", "log_softmax", "softmin", "cumsum", "cumprod", "logcumsumexp", "gumbel_softmax", "argsort"),
        arithmetic.along,
    ),
    **dict.fromkeys(
        (
            *("sum", "mean", "prod", "amax", "amin", "argmax", "argmin", "logsumexp", "std", "var", "all", "any"),
            *("count_nonzero", "nansum", "nanmean"),
        ),
        arithmetic.reduced,
    ),
    "norm": lambda args, kwargs: arithmetic.reduced([args[0], *args[2:]], kwargs),
    **dict.fromkeys(("max", "min", "median", "mode"), arithmetic.pair_reduced),
    **dict.fromkeys(("sort", "cummax", "cummin"), arithmetic.kept_pair),
    "topk": arithmetic.topk,
    "matmul": products.matmul,
    "bmm": products.batched,
    "mm": products.plain,
    "mv": products.matmul,
    "dot": products.matmul,
    "outer": products.outer,
    "linear": products.linear,
    **{f"conv{d}d": products.convolution(f"conv{d}d") for d in (1, 2, 3)},
    **{
        f"{kind}_pool{d}d": products.as_layer(f"{name}Pool{d}d")
        for d in (1, 2, 3)
        for kind, name in (
            ("max", "Max"),
            ("avg", "Avg"),
            ("adaptive_max", "AdaptiveMax"),
            ("adaptive_avg", "AdaptiveAvg"),
        )
    },
    "pixel_shuffle": products.as_layer("PixelShuffle"),
    "embedding": products.embedding,
    "scaled_dot_product_attention": products.attention,
    **dict.fromkeys(("masked_fill", "masked_fill_"), arithmetic.masked),
    "where": arithmetic.where,
    **dict.fromkeys(("transpose", "swapaxes", "swapdims"), rearranged.transposed),
    "t": rearranged.flat_transposed,
    "permute": rearranged.permuted,
    **dict.fromkeys(("view", "reshape"), rearranged.viewed),
    "flatten": rearranged.flatten,
    "unsqueeze": rearranged.unsqueezed,
    "squeeze": rearranged.squeezed,
    **dict.fromkeys(("cat", "concat", "concatenate"), pieces.joined),
    "stack": pieces.stacked,
    "chunk": pieces.chunked,
    "split": pieces.split,
    "unbind": pieces.unbound,
    **dict.fromkeys(("repeat", "tile"), rearranged.repeated),
    "expand": rearranged.expanded,
    **dict.fromkeys(("expand_as", "view_as", "reshape_as"), rearranged.expanded_as),
    "gather": indexed.gathered,
    "index_select": indexed.selected,
    **dict.fromkeys(
        ("index_add", "index_add_", "index_copy", "index_copy_", "index_fill", "index_fill_"), indexed.added
    ),
    "one_hot": indexed.one_hot,
    **dict.fromkeys(("cross_entropy", "nll_loss"), indexed.classified),
    **dict.fromkeys(
        (
            *("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "kl_div", "binary_cross_entropy"),
            *("binary_cross_entropy_with_logits", "cosine_similarity", "pairwise_distance"),
        ),
        arithmetic.compared,
    ),
    "pad": rearranged.padded,
    "interpolate": rearranged.interpolated,
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
