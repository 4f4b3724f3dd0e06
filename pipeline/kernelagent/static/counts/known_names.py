"""What of Python and PyTorch may be given an integer that a wrapper has read: what it makes of it is a size."""

from __future__ import annotations

from kernelagent.static.counts.wholes import SIZES

FURTHER = frozenset({"numel", "nelement", "stride", "storage_offset", "data_ptr", "nbytes"})
"""What a tensor's sizes are multiplied to."""
PLAIN = frozenset({"dtype", "device", "layout", "is_cuda", "requires_grad", "ndim"})
SHAPES = frozenset({"shape", "T", "mT", "nbytes", "itemsize", "data"})
OF_TENSORS = SIZES | frozenset(
    {"view", "reshape", "flatten", "unflatten", "contiguous", "clone", "detach", "to", "cpu", "cuda", "type", "item"}
    | {"expand", "expand_as", "view_as", "permute", "transpose", "t", "squeeze", "unsqueeze", "narrow", "select"}
    | {"as_strided", "split", "chunk", "unbind", "movedim", "swapaxes", "unfold", "repeat", "zero_", "tolist", "float"}
    | {"half", "double", "bfloat16", "requires_grad_", "is_contiguous", "resize_", "tensor_split", "split_with_sizes"}
    | {"new_empty", "new_zeros", "new_ones", "new_full", "new_empty_strided", "copy_", "data_ptr", "record_stream"}
    | {"save_for_backward", "mark_non_differentiable", "is_floating_point", "get_device", "untyped_storage"}
)
OF_CONTAINERS = frozenset({"append", "extend", "insert", "get", "keys", "values", "items", "pop", "copy", "setdefault"})
OF_PYTHON = frozenset(
    {"int", "bool", "len", "sum", "list", "tuple", "range", "enumerate", "zip", "reversed", "slice", "dict"}
)
OF_TORCH = frozenset(
    f"torch.{name}"
    for name in (
        *("empty", "zeros", "ones", "full", "empty_like", "zeros_like", "ones_like", "full_like", "empty_strided"),
        *(
            "cat",
            "concat",
            "concatenate",
            "stack",
            "split",
            "chunk",
            "unbind",
            "narrow",
            "select",
            "reshape",
            "flatten",
        ),
        *("unflatten", "permute", "transpose", "squeeze", "unsqueeze", "movedim", "clone", "detach", "as_strided"),
        *("broadcast_to", "Size", "_check", "arange", "is_tensor", "numel", "nn.functional.pad", "empty_permuted"),
    )
)
