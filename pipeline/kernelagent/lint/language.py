"""Triton's language as far as the rules need it: parameters of its functions, and what many take for one of them."""

from __future__ import annotations

_TABLE = """
abs: x | 1
advance: base offsets | 2
arange: start end | 2
argmax: input axis tie_break_left keep_dims | 2
argmin: input axis tie_break_left keep_dims | 2
associative_scan: input axis combine_fn reverse | 3
atomic_add: pointer val mask sem scope | 2
atomic_and: pointer val mask sem scope | 2
atomic_cas: pointer cmp val sem scope | 3
atomic_max: pointer val mask sem scope | 2
atomic_min: pointer val mask sem scope | 2
atomic_or: pointer val mask sem scope | 2
atomic_xchg: pointer val mask sem scope | 2
atomic_xor: pointer val mask sem scope | 2
broadcast: input other | 2
cast: input dtype fp_downcast_rounding bitcast | 2
cdiv: x div | 2
ceil: x | 1
clamp: x min max propagate_nan | 3
cos: x | 1
cumprod: input axis reverse | 1
cumsum: input axis reverse dtype | 1
debug_barrier: | 0
div_rn: x y | 2
dot: input other acc input_precision allow_tf32 max_num_imprecise_acc out_dtype | 2
erf: x | 1
exp: x | 1
exp2: x | 1
expand_dims: input axis | 2
fdiv: x y ieee_rounding | 2
flip: x dim | 1
floor: x | 1
fma: x y z | 3
full: shape value dtype | 3
gather: src index axis | 3
histogram: input num_bins mask | 2
load: pointer mask other boundary_check padding_option cache_modifier eviction_policy volatile | 1
log: x | 1
log2: x | 1
make_block_ptr: base shape strides offsets block_shape order | 6
max: input axis return_indices return_indices_tie_break_left keep_dims | 1
maximum: x y propagate_nan | 2
min: input axis return_indices return_indices_tie_break_left keep_dims | 1
minimum: x y propagate_nan | 2
num_programs: axis | 1
program_id: axis | 1
rand: seed offset n_rounds | 2
randint: seed offset n_rounds | 2
randn: seed offset n_rounds | 2
reduce: input axis combine_fn keep_dims | 3
rsqrt: x | 1
sigmoid: x | 1
sin: x | 1
sort: x dim descending | 1
sqrt: x | 1
sqrt_rn: x | 1
store: pointer value mask boundary_check cache_modifier eviction_policy | 2
sum: input axis keep_dims dtype | 1
topk: x k dim | 2
umulhi: x y | 2
where: condition x y | 3
xor_sum: input axis keep_dims | 1
zeros: shape dtype | 2
zeros_like: input | 1
"""

PARAMETERS: dict[str, tuple[tuple[str, ...], int]] = {}
"""For each function its parameters in order, and how many of them must be given."""
for _line in _TABLE.strip().splitlines():
    _name, _, _rest = _line.partition(":")
    _names, _, _count = _rest.partition("|")
    PARAMETERS[_name] = (tuple(_names.split()), int(_count))

REDUCTIONS = frozenset({"sum", "max", "min", "argmax", "argmin", "xor_sum"})
ATOMICS = frozenset(name for name in PARAMETERS if name.startswith("atomic_"))
FLOAT32_ONLY = frozenset({"exp", "exp2", "log", "log2", "sin", "cos", "sqrt", "rsqrt", "erf", "sigmoid"})
"""Elementwise functions that take float32 and float64 and refuse half precision."""

HALF = frozenset({"float16", "bfloat16"})

MISTAKEN: dict[str, str] = {
    "tanh": "libdevice.tanh(x), or 2 * tl.sigmoid(2 * x) - 1",
    "math.tanh": "libdevice.tanh(x), or 2 * tl.sigmoid(2 * x) - 1",
    "sinh": "libdevice.sinh(x)",
    "cosh": "libdevice.cosh(x)",
    "tan": "libdevice.tan(x)",
    "atan": "libdevice.atan(x)",
    "log1p": "libdevice.log1p(x), or tl.log(1 + x)",
    "expm1": "libdevice.expm1(x), or tl.exp(x) - 1",
    "log10": "libdevice.log10(x)",
    "pow": "libdevice.pow(x, y), or x * x for a square",
    "math.pow": "libdevice.pow(x, y), or x * x for a square",
    "power": "libdevice.pow(x, y), or x * x for a square",
    "round": "libdevice.rint(x)",
    "trunc": "libdevice.trunc(x)",
    "isnan": "x != x",
    "isinf": 'tl.abs(x) == float("inf")',
    "square": "x * x",
    "reciprocal": "1 / x",
    "neg": "-x",
    "sign": "tl.where(x > 0, 1.0, tl.where(x < 0, -1.0, 0.0))",
    "relu": "tl.maximum(x, 0)",
    "gelu": "0.5 * x * (1 + tl.erf(x * 0.70710678))",
    "silu": "x * tl.sigmoid(x)",
    "leaky_relu": "tl.where(x > 0, x, slope * x)",
    "softplus": "tl.where(x > 20, x, tl.log(1 + tl.exp(x)))",
    "mean": "tl.sum(x, axis) / n",
    "average": "tl.sum(x, axis) / n",
    "var": "tl.sum((x - mean) * (x - mean), axis) / n",
    "std": "tl.sqrt of the variance",
    "norm": "tl.sqrt(tl.sum(x * x, axis))",
    "prod": "tl.reduce(x, axis, combine) with a combine function that multiplies",
    "any": "tl.max(x.to(tl.int32), axis)",
    "all": "tl.min(x.to(tl.int32), axis)",
    "matmul": "tl.dot(a, b)",
    "mm": "tl.dot(a, b)",
    "bmm": "tl.dot(a, b)",
    "transpose": "tl.trans(x), or tl.permute with the new order of all axes",
    "concat": "tl.cat(a, b)",
    "concatenate": "tl.cat(a, b)",
    "stack": "tl.join(a, b)",
    "ones": "tl.full(shape, 1, dtype)",
    "ones_like": "tl.full(x.shape, 1, x.dtype)",
    "empty": "tl.zeros(shape, dtype)",
    "inf": 'float("inf")',
    "nan": 'float("nan")',
    "pi": "the number itself",
    "float": "tl.float32",
    "half": "tl.float16",
    "double": "tl.float64",
    "int": "tl.int32",
    "long": "tl.int64",
    "bool": "tl.int1",
    "next_power_of_2": "triton.next_power_of_2 in the wrapper, passed as a tl.constexpr",
    "sync": "tl.debug_barrier()",
    "syncthreads": "tl.debug_barrier()",
    "thread_id": "nothing: Triton works on blocks, not on threads",
    "block_id": "tl.program_id(axis)",
}
"""What ``tl`` does not have, and what to write for it."""
