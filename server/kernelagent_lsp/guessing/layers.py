"""What ``torch.nn``'s layers take and give."""

from __future__ import annotations

from collections.abc import Callable

from kernelagent_lsp.guessing.shapes import Shape
from kernelagent_lsp.guessing.sizes import Dim, as_dim, combined, unify, window
from kernelagent_lsp.guessing.values import Layer, Tensor, Value

Rule = Callable[[Layer, list[Value]], Value]


def size_of(value: Value) -> Dim | None:
    if isinstance(value, Dim) or (isinstance(value, int) and not isinstance(value, bool)):
        return as_dim(value)
    return None


def must_be(shape: Shape, index: int, value: Value) -> None:
    """The size at ``index`` is ``value``, where that is a size."""
    size = size_of(value)
    if size is not None:
        unify(shape.at(index), size)


def last_of(layer: Layer, tensor: Tensor, wanted: Value, given: Value) -> Tensor:
    must_be(tensor.shape, -1, wanted)
    return Tensor(tensor.shape.with_last(size_of(given) or Dim()))


def _linear(layer: Layer, args: list[Value]) -> Value:
    return last_of(layer, args[0], layer.get(0, "in_features"), layer.get(1, "out_features"))


def _lazy_linear(layer: Layer, args: list[Value]) -> Value:
    return last_of(layer, args[0], None, layer.get(0, "out_features"))


def _bilinear(layer: Layer, args: list[Value]) -> Value:
    if len(args) > 1 and isinstance(args[1], Tensor):
        must_be(args[1].shape, -1, layer.get(1, "in2_features"))
    return last_of(layer, args[0], layer.get(0, "in1_features"), layer.get(2, "out_features"))


def _of_rank(layer: Layer, args: list[Value], transposed: bool = False) -> Value:
    """Convolutions: one, two or three spatial sizes, as their name says."""
    spatial = int(layer.name[-2])
    shape: Shape = args[0].shape
    shape.set_rank(spatial + 2)
    lazy = layer.name.startswith("Lazy")
    if not lazy:
        must_be(shape, 1, layer.get(0, "in_channels"))
    first = 0 if lazy else 1
    given = size_of(layer.get(first, "out_channels")) or Dim()
    if shape.rank != spatial + 2:
        return Tensor()
    sizes = []
    for axis in range(spatial):
        kernel = _axis(layer.get(first + 1, "kernel_size", 1), axis, 1)
        stride = _axis(layer.get(first + 2, "stride", 1), axis, 1)
        padding = layer.get(first + 3, "padding", 0)
        at = shape.at(2 + axis)
        if transposed:
            extra = _axis(layer.get(first + 4, "output_padding", 0), axis, 0)
            dilation = _axis(layer.get(first + 7, "dilation", 1), axis, 1)
            made = combined("*", combined("-", at, 1), stride)
            sizes.append(combined("+", made, dilation * (kernel - 1) + 1 + extra - 2 * _axis(padding, axis, 0)))
        else:
            dilation = _axis(layer.get(first + 4, "dilation", 1), axis, 1)
            wide = dilation * (kernel - 1) // 2 if padding == "same" else _axis(padding, axis, 0)
            sizes.append(at if padding == "same" else window(at, kernel, stride, wide, dilation))
    return Tensor(Shape([shape.at(0), given, *sizes]))


def _axis(value: Value, axis: int, default: int) -> int:
    if isinstance(value, (list, tuple)):
        value = value[axis] if axis < len(value) else default
    if isinstance(value, Dim):
        value = value.value
    return value if isinstance(value, int) else default


def _transposed(layer: Layer, args: list[Value]) -> Value:
    return _of_rank(layer, args, transposed=True)


def pooled(layer: Layer, args: list[Value]) -> Value:
    spatial = int(layer.name[-2])
    shape: Shape = args[0].shape
    if shape.least_rank < spatial + 1:
        shape.set_rank(spatial + 2)
    rank = shape.rank
    if rank is None or rank < spatial + 1:
        return Tensor()
    sizes = []
    for axis in range(spatial):
        kernel = _axis(layer.get(0, "kernel_size", 2), axis, 2)
        given = layer.get(1, "stride", None)
        stride = _axis(kernel if given is None else given, axis, kernel)
        padding = _axis(layer.get(2, "padding", 0), axis, 0)
        dilation = _axis(layer.get(3, "dilation", 1), axis, 1) if layer.name.startswith("Max") else 1
        sizes.append(window(shape.at(rank - spatial + axis), kernel, stride, padding, dilation))
    return Tensor(Shape([*(shape.dims or [])[: rank - spatial], *sizes]))


def adaptive(layer: Layer, args: list[Value]) -> Value:
    spatial = int(layer.name[-2])
    shape: Shape = args[0].shape
    if shape.least_rank < spatial + 1:
        shape.set_rank(spatial + 2)
    rank = shape.rank
    if rank is None or rank < spatial + 1:
        return Tensor()
    given = layer.get(0, "output_size", 1)
    sizes = [Dim(_axis(given, axis, 1) or 1) for axis in range(spatial)]
    return Tensor(Shape([*(shape.dims or [])[: rank - spatial], *sizes]))


def _channels(layer: Layer, args: list[Value]) -> Value:
    """Normalization over the batch: the second size."""
    shape: Shape = args[0].shape
    if layer.name[-1] == "d" and layer.name[-2] in "23":
        shape.set_rank(int(layer.name[-2]) + 2)
    if layer.name.endswith("InstanceNorm1d"):
        shape.set_rank(3)
    if not layer.name.startswith("Lazy"):
        must_be(shape, 1, layer.get(0, "num_features"))
    return Tensor(shape)


def _group_norm(layer: Layer, args: list[Value]) -> Value:
    must_be(args[0].shape, 1, layer.get(1, "num_channels"))
    return Tensor(args[0].shape)


def _layer_norm(layer: Layer, args: list[Value]) -> Value:
    given = layer.get(0, "normalized_shape")
    sizes = list(given) if isinstance(given, (list, tuple)) else [given]
    for place, size in enumerate(reversed(sizes)):
        must_be(args[0].shape, -1 - place, size)
    return Tensor(args[0].shape)


def _embedding(layer: Layer, args: list[Value]) -> Value:
    indices: Tensor = args[0]
    if indices.argument is not None:
        indices.argument.is_a("index")
        if indices.argument.below is None:
            indices.argument.below = size_of(layer.get(0, "num_embeddings"))
    width = size_of(layer.get(1, "embedding_dim")) or Dim()
    if layer.name == "EmbeddingBag":
        return Tensor(Shape([indices.shape.at(0), width]))
    dims = indices.shape.dims
    return Tensor(Shape([*dims, width])) if dims is not None else Tensor()


def _recurrent(layer: Layer, args: list[Value]) -> Value:
    shape: Shape = args[0].shape
    shape.set_rank(3)
    must_be(shape, 2, layer.get(0, "input_size"))
    width = size_of(layer.get(1, "hidden_size")) or Dim()
    ways = 2 if layer.get(6, "bidirectional", False) is True else 1
    batch = shape.at(0 if layer.get(4, "batch_first", False) is True else 1)
    count = layer.number(2, "num_layers", 1) * ways
    state = Tensor(Shape([Dim(count), batch, width]))
    out = Tensor(shape.with_last(combined("*", width, ways)))
    states: Value = (state, Tensor(Shape([Dim(count), batch, width]))) if layer.name == "LSTM" else state
    if len(args) > 1:
        _fit_state(args[1], states)
    return (out, states)


def _fit_state(given: Value, wanted: Value) -> None:
    if isinstance(given, Tensor) and isinstance(wanted, tuple) and given.argument is not None:
        split(given, len(wanted))
        given = tuple(Tensor(part.shape, part) for part in given.argument.parts)
    if isinstance(given, (tuple, list)) and isinstance(wanted, tuple):
        for one, other in zip(given, wanted, strict=False):
            _fit_state(one, other)
    elif isinstance(given, Tensor) and isinstance(wanted, Tensor):
        given.shape.set_rank(wanted.shape.rank or 0)
        for place in range(wanted.shape.rank or 0):
            unify(given.shape.at(place), wanted.shape.at(place))


def split(tensor: Tensor, count: int) -> None:
    """An input that is taken apart before anything else is done with it is a tuple of tensors."""
    from kernelagent_lsp.guessing.values import Argument

    argument = tensor.argument
    if argument is not None and argument.kind is None and tensor.shape.least_rank == 0 and not argument.parts:
        argument.kind = "tuple"
        argument.parts = [Argument(f"{argument.name}_{i}") for i in range(count)]


def _cell(layer: Layer, args: list[Value]) -> Value:
    shape: Shape = args[0].shape
    shape.set_rank(2)
    must_be(shape, 1, layer.get(0, "input_size"))
    width = size_of(layer.get(1, "hidden_size")) or Dim()
    state = Tensor(Shape([shape.at(0), width]))
    states: Value = (state, Tensor(Shape([shape.at(0), width]))) if layer.name == "LSTMCell" else state
    if len(args) > 1:
        _fit_state(args[1], states)
    return states


def _attention(layer: Layer, args: list[Value]) -> Value:
    tensors = [each for each in args[:3] if isinstance(each, Tensor)]
    for each in tensors:
        each.shape.set_rank(3)
        must_be(each.shape, 2, layer.get(0, "embed_dim"))
    batch, length = (0, 1) if layer.get(9, "batch_first", False) is True else (1, 0)
    for each in tensors[1:]:
        unify(each.shape.at(batch), tensors[0].shape.at(batch))
    if len(tensors) == 3:
        unify(tensors[1].shape.at(length), tensors[2].shape.at(length))
    return (Tensor(tensors[0].shape), Tensor())


def _transformer(layer: Layer, args: list[Value]) -> Value:
    for each in args[:2]:
        if isinstance(each, Tensor) and each.shape.least_rank <= 3:
            each.shape.set_rank(3)
            must_be(each.shape, 2, layer.get(0, "d_model"))
    tensors = [each for each in args[:2] if isinstance(each, Tensor)]
    if len(tensors) == 2 and "Encoder" not in layer.name:
        batch = 0 if layer.kwargs.get("batch_first") is True else 1
        unify(tensors[0].shape.at(batch), tensors[1].shape.at(batch))
    return Tensor(tensors[-1].shape) if tensors else Tensor()


def _stack_of_layers(layer: Layer, args: list[Value]) -> Value:
    inner = layer.get(0, "encoder_layer", layer.kwargs.get("decoder_layer"))
    return _transformer(inner, args) if isinstance(inner, Layer) else Tensor(args[0].shape)


def _flatten(layer: Layer, args: list[Value]) -> Value:
    from kernelagent_lsp.guessing.operators.rearranged import flattened

    return flattened(args[0], layer.number(0, "start_dim", 1), layer.number(1, "end_dim", -1))


def _upsample(layer: Layer, args: list[Value]) -> Value:
    dims = args[0].shape.dims
    factor = layer.get(1, "scale_factor", None)
    if dims is None or not isinstance(factor, int):
        return Tensor()
    return Tensor(Shape([*dims[:2], *(combined("*", dim, factor) for dim in dims[2:])]))


def _pixel_shuffle(layer: Layer, args: list[Value]) -> Value:
    args[0].shape.set_rank(4)
    factor = layer.number(0, "upscale_factor", 2)
    dims = args[0].shape.dims
    if dims is None or len(dims) != 4:
        return Tensor()
    sizes = [combined("*", dim, factor) for dim in dims[2:]]
    return Tensor(Shape([dims[0], combined("//", dims[1], factor * factor), *sizes]))


def _same_shape(layer: Layer, args: list[Value]) -> Value:
    return args[0]


_DIMS = ("1d", "2d", "3d")

LAYERS: dict[str, Rule] = {
    "Linear": _linear,
    "LazyLinear": _lazy_linear,
    "Bilinear": _bilinear,
    **{f"{lazy}Conv{d}": _of_rank for d in _DIMS for lazy in ("", "Lazy")},
    **{f"{lazy}ConvTranspose{d}": _transposed for d in _DIMS for lazy in ("", "Lazy")},
    **{f"{kind}Pool{d}": pooled for d in _DIMS for kind in ("Max", "Avg", "LP")},
    **{f"Adaptive{kind}Pool{d}": adaptive for d in _DIMS for kind in ("Max", "Avg")},
    **{f"{lazy}{kind}Norm{d}": _channels for d in _DIMS for kind in ("Batch", "Instance") for lazy in ("", "Lazy")},
    "SyncBatchNorm": _channels,
    "GroupNorm": _group_norm,
    "LayerNorm": _layer_norm,
    "RMSNorm": _layer_norm,
    "Embedding": _embedding,
    "EmbeddingBag": _embedding,
    **dict.fromkeys(("LSTM", "GRU", "RNN"), _recurrent),
    **dict.fromkeys(("LSTMCell", "GRUCell", "RNNCell"), _cell),
    "MultiheadAttention": _attention,
    **dict.fromkeys(("TransformerEncoderLayer", "TransformerDecoderLayer", "Transformer"), _transformer),
    **dict.fromkeys(("TransformerEncoder", "TransformerDecoder"), _stack_of_layers),
    "Flatten": _flatten,
    "Upsample": _upsample,
    "PixelShuffle": _pixel_shuffle,
    **dict.fromkeys(
        (
            *(
                "Identity",
                "ReLU",
                "ReLU6",
                "LeakyReLU",
                "PReLU",
                "RReLU",
                "ELU",
                "SELU",
                "CELU",
                "GELU",
                "SiLU",
                "Mish",
            ),
            *("Sigmoid", "LogSigmoid", "Tanh", "Softmax", "LogSoftmax", "Softmin", "Softmax2d", "Softplus", "Softsign"),
            *("Hardtanh", "Hardswish", "Hardsigmoid", "Hardshrink", "Softshrink", "Tanhshrink", "Threshold"),
            *("Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout"),
        ),
        _same_shape,
    ),
    "LocalResponseNorm": _same_shape,
    "CosineSimilarity": _same_shape,
}
"""By the layer's name. The first argument of a call is a tensor whenever a rule is asked."""
