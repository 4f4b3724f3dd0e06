"""What kind of operator an ATen operator is: whether a kernel is built around it, or it joins another's kernel."""

from __future__ import annotations

import re

_FAMILIES: tuple[tuple[str, str], ...] = (
    ("attention", r"scaled_dot_product\w*|_?flash_attention\w*|multi_head_attention\w*"),
    ("transposed convolution", r"conv_transpose\dd"),
    ("convolution", r"_?conv(olution)?(\dd)?(_\w+)?"),
    ("recurrence", r"(lstm|gru|rnn_tanh|rnn_relu)(_cell)?|loop"),
    ("product", r"linear|addmm|mm|bmm|baddbmm|matmul|einsum|mv|addmv|dot|bilinear|_?trilinear|cdist|_int_mm"),
    ("softmax", r"_?(log_)?softmax"),
    ("normalisation", r"(native_|_native_)?(layer|group|batch|instance|rms)_norm\w*|_?fused_rms_norm"),
    ("pooling", r"(adaptive_)?(max|avg|lp)_pool\dd(_with_indices)?|max_unpool\dd"),
    ("ordering", r"sort|topk|kthvalue|median|nanmedian|argsort|unique\w*|mode|searchsorted|bucketize"),
    ("scan", r"cumsum|cumprod|cummax|cummin|logcumsumexp"),
    (
        "reduction",
        r"sum|nansum|mean|nanmean|prod|amax|amin|aminmax|max|min|argmax|argmin|any|all|var(_mean)?|std(_mean)?"
        r"|logsumexp|norm|linalg_vector_norm|count_nonzero|\w+_loss\w*|kl_div|histc|trace",
    ),
    ("decomposition", r"linalg_(?!vector_norm)\w+|_?fft_\w+|cholesky\w*|inverse|det|slogdet|pinverse|triangular_solve"),
    ("scatter", r"scatter\w*|index_(add|put|copy|reduce)\w*|masked_scatter\w*|bincount"),
)
_COMPILED = tuple((family, re.compile(pattern)) for family, pattern in _FAMILIES)
_VIEWS = re.compile(
    r"view\w*|_unsafe_view|_?reshape\w*|permute\w*|transpose\w*|t|squeeze\w*|unsqueeze\w*|expand\w*|slice\w*|select\w*"
    r"|split\w*|chunk|unbind\w*|narrow\w*|as_strided\w*|flatten|unflatten|alias|detach|diagonal|movedim|getitem"
    r"|sym_size\w*|real|imag|numpy_T|swapaxes|lift_fresh\w*"
)


def name_of(op: str) -> str:
    """``aten.linear.default`` → ``linear``."""
    parts = op.split(".")
    return parts[1] if len(parts) > 1 else parts[0]


def family_of(op: str) -> str | None:
    """The family of an operator that a kernel is built around; ``None`` for one that joins its neighbours' kernel."""
    name = name_of(op).rstrip("_")
    return next((family for family, pattern in _COMPILED if pattern.fullmatch(name)), None)


def is_view(op: str) -> bool:
    """Whether it moves nothing: another shape or order of the same memory, or one of several results."""
    return _VIEWS.fullmatch(name_of(op)) is not None
