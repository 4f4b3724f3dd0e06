"""What a wrapper may take from Triton: what is made for writing kernels, and no more.

Triton's own modules import others (``sys.modules``, ``pathlib``), its visitors look attributes up by names that are
data, and each function carries the globals of its module. Listing such doors has no end; this is the list of what a
kernel's author needs.
"""

from __future__ import annotations

_TOP = frozenset(
    {"jit", "autotune", "heuristics", "Config", "cdiv", "next_power_of_2", "constexpr_function", "set_allocator"}
    | {"language", "testing", "runtime", "tools", "__version__", "reinterpret", "TensorWrapper", "JITFunction"}
    | {"CompilationError", "OutOfResources", "TritonError"}
)
_WHOLE = frozenset(
    {"triton.runtime.driver", "triton.runtime.driver.active", "triton.runtime.driver.active.utils"}
    | {f"triton.runtime.driver.active.{name}" for name in ("get_current_target", "get_active_torch_device")}
    | {f"triton.runtime.driver.active.{name}" for name in ("get_current_device", "get_current_stream")}
    | {"triton.runtime.driver.active.utils.get_device_properties"}
    | {f"triton.runtime.{name}" for name in ("JITFunction", "autotuner", "jit", "errors", "OutOfResources", "Config")}
    | {
        "triton.runtime.autotuner.OutOfResources",
        "triton.runtime.errors.OutOfResources",
        "triton.runtime.jit.JITFunction",
        "triton.compiler",
        "triton.compiler.CompilationError",
        "triton.compiler.errors",
        "triton.compiler.errors.CompilationError",
    }
    | {f"triton.runtime.{module}.{name}" for module, name in (("autotuner", "autotune"), ("autotuner", "Config"))}
    | {f"triton.testing.{name}" for name in ("do_bench", "do_bench_cudagraph", "perf_report", "Benchmark")}
    | {f"triton.testing.{name}" for name in ("get_dram_gbps", "get_max_tensorcore_tflops", "get_max_simd_tflops")}
    | {
        "triton.testing.assert_close",
        "triton.tools.tensor_descriptor",
        "triton.tools.tensor_descriptor.TensorDescriptor",
    }
    | {
        "triton.language.extra",
        "triton.language.extra.cuda",
        "triton.language.extra.hip",
        "triton.language.target_info",
    }
)
"""Paths that may be named as they are."""
MODULES_OF_THE_LANGUAGE = frozenset({"core", "semantic", "standard", "random", "math", "extra", "target_info"})
_OF_TYPES = frozenset(
    {"primitive_bitwidth", "itemsize", "name", "kind", "value", "dtype", "type", "element_ty", "scalar", "shape"}
    | {"is_floating", "is_int", "is_fp16", "is_bf16", "is_fp32", "is_fp64", "is_fp8", "is_int_signed", "to", "numel"}
)
"""What may be asked of a data type, a value or a constant of the language."""
_MATH = frozenset(
    {"abs", "ceil", "cos", "div_rn", "erf", "exp", "exp2", "expm1", "fast_dividef", "fast_expf", "fdiv", "floor", "fma"}
    | {"log", "log1p", "log2", "max", "min", "maximum", "minimum", "pow", "rsqrt", "sigmoid", "sin", "softmax", "sqrt"}
    | {"sqrt_rn", "tanh", "umulhi", "clamp", "llrint", "round", "isnan", "isinf", "acos", "asin", "atan", "atan2"}
)
_RANDOM = frozenset({"rand", "randn", "randint", "rand4x", "randn4x", "randint4x", "philox", "uint_to_uniform_float"})
_STANDARD = frozenset(
    {"argmax", "argmin", "cdiv", "cumprod", "cumsum", "flip", "interleave", "max", "min", "sigmoid", "softmax", "sort"}
    | {"sum", "swizzle2d", "xor_sum", "zeros", "zeros_like", "topk", "ravel", "squeeze", "unsqueeze", "reduce_or"}
)
_ASKED_OF_TARGETS = frozenset({"is_cuda", "is_hip", "cuda_capability_geq", "current_target"})
_OF_MODULES = {
    "triton.language.math": _MATH,
    "triton.language.random": _RANDOM,
    "triton.language.standard": _STANDARD,
    "triton.language.target_info": _ASKED_OF_TARGETS,
    "triton.language.core": frozenset({"constexpr", "tensor", "dtype", "static_range", "range"}),
}
_CUDA = ("globaltimer", "smid", "num_threads", "num_warps", "gdc_wait", "gdc_launch_dependents")
_LIBDEVICE = (
    "triton.language.extra.libdevice",
    "triton.language.extra.cuda.libdevice",
    "triton.language.extra.hip.libdevice",
)
_NOT_OF_LIBDEVICE = frozenset({"core", "semantic", "libdevice", "builtin", "extern", "modules"})


def is_offered(path: str) -> bool:
    """Whether ``path``, which begins with ``triton``, is made for kernels' authors."""
    parts = path.split(".")
    if path == "triton" or path in _WHOLE or path in _OF_MODULES or path in _LIBDEVICE:
        return True
    if len(parts) == 2:
        return parts[1] in _TOP
    if path.startswith("triton.tools.tensor_descriptor.TensorDescriptor."):
        return parts[4:] == ["from_tensor"]
    module = ".".join(parts[:-1])
    if module in _OF_MODULES:
        return parts[-1] in _OF_MODULES[module]
    if module in _LIBDEVICE:
        return parts[-1] not in _NOT_OF_LIBDEVICE and not parts[-1].startswith("_")
    if parts[1] != "language":
        return parts[:2] == ["triton", "Config"] or parts[:2] == ["triton", "__version__"]
    if parts[2] in MODULES_OF_THE_LANGUAGE or parts[2].startswith("_"):
        return parts[2:] in (["extra", "cuda", name] for name in _CUDA)
    return all(part in _OF_TYPES for part in parts[3:])
