"""What a kernel file may name: the tables of the static check."""

from __future__ import annotations

ALLOWED_TORCH = frozenset(
    {
        "empty",
        "empty_like",
        "empty_strided",
        "empty_permuted",
        "zeros",
        "zeros_like",
        "ones",
        "ones_like",
        "full",
        "full_like",
    }
    | {"tensor", "as_tensor", "scalar_tensor", "arange", "cat", "stack", "concat", "concatenate", "broadcast_to"}
    | {
        "reshape",
        "permute",
        "transpose",
        "t",
        "squeeze",
        "unsqueeze",
        "flatten",
        "unflatten",
        "ravel",
        "clone",
        "detach",
    }
    | {"movedim", "moveaxis", "swapaxes", "swapdims", "split", "chunk", "unbind", "select", "narrow", "as_strided"}
    | {"broadcast_shapes", "broadcast_tensors", "atleast_1d", "atleast_2d", "atleast_3d", "expand_copy", "view_copy"}
    | {
        "is_tensor",
        "is_floating_point",
        "is_complex",
        "numel",
        "result_type",
        "promote_types",
        "can_cast",
        "finfo",
        "iinfo",
    }
    | {
        "device",
        "dtype",
        "Size",
        "Tensor",
        "no_grad",
        "inference_mode",
        "enable_grad",
        "get_default_dtype",
        "is_grad_enabled",
    }
    | {"float", "float16", "float32", "float64", "bfloat16", "half", "double", "bool", "int", "long", "short", "int8"}
    | {"int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float8_e4m3fn", "float8_e5m2", "strided"}
    | {"contiguous_format", "channels_last", "channels_last_3d", "preserve_format", "Generator", "initial_seed", "inf"}
    | {"randint"}  # a seed: how much is drawn is seen while it runs
    | {"nan", "pi", "e", "newaxis", "version", "__version__", "cuda", "xpu", "nn", "manual_seed", "view_as_real"}
    | {"return_types"}
)
"""Names of ``torch`` that allocate, look at, reshape or copy. ``torch.nn`` and ``torch.cuda`` are looked into."""

ALLOWED_NN = frozenset(
    {"Module", "Parameter", "ParameterList", "ParameterDict", "ModuleList", "ModuleDict", "Buffer", "init"}
)
"""Of ``torch.nn`` where the wrapper runs; constructors may use all of it, to hold the weights."""

MODULES_OF_NN = frozenset({"modules", "parameter", "utils", "parametrizations", "parametrize", "rnn", "attention"})
FUNCTIONS_OF_NN = frozenset(
    {"weight_norm", "spectral_norm", "orthogonal", "skip_init", "register_parametrization", "remove_parametrizations"}
    | {"remove_weight_norm", "remove_spectral_norm", "parameters_to_vector", "vector_to_parameters", "is_parametrized"}
    | {"_single", "_pair", "_triple", "_quadruple", "_ntuple"}
    | {"fuse_conv_bn_eval", "fuse_conv_bn_weights", "fuse_linear_bn_eval", "fuse_linear_bn_weights"}
)
"""What constructors may take of it besides classes: it makes or fills weights."""

ALLOWED_FUNCTIONAL = frozenset({"pad"})
"""Of ``torch.nn.functional``: what only copies and fills."""

READ_ONLY_TORCH = frozenset(
    {"torch.backends.cuda.matmul.allow_tf32", "torch.get_float32_matmul_precision", "torch.is_autocast_enabled"}
    | {"torch.get_autocast_dtype", "torch.are_deterministic_algorithms_enabled"}
    | {"torch.compiler.is_compiling", "torch.compiler.is_dynamo_compiling", "torch.compiler.disable"}
    | {"torch.jit.is_scripting", "torch.backends.cudnn.allow_tf32", "torch._check", "torch._assert"}
    | {f"torch.nn.modules.utils.{name}" for name in ("_single", "_pair", "_triple", "_quadruple", "_ntuple")}
)
"""Settings that a wrapper may follow and not change, what only raises an error, and what makes a tuple of a number."""

FREE_TORCH = frozenset(
    {
        "torch.nn.init",
        "torch.autograd.Function",
        "torch.autograd.function.Function",
        "torch.autograd.function.FunctionCtx",
    }
    | {"torch.autograd.function.once_differentiable", "torch.amp.custom_fwd", "torch.amp.custom_bwd"}
    | {"torch.library.triton_op", "torch.library.wrap_triton", "torch.library.custom_op"}
)
"""What fills weights, and what joins a kernel to PyTorch's autograd and operators: it computes nothing itself."""

ALLOWED_CUDA = frozenset(
    {"is_available", "current_device", "device", "device_count", "get_device_capability", "get_device_properties"}
    | {"current_stream", "default_stream", "Stream", "stream", "synchronize", "device_of", "get_device_name"}
)
"""Streams too: work on a side stream is waited for before outputs are read."""

COMPUTING_METHODS = frozenset(
    {
        "matmul",
        "mm",
        "bmm",
        "addmm",
        "baddbmm",
        "addmv",
        "mv",
        "dot",
        "softmax",
        "log_softmax",
        "relu",
        "relu_",
        "sigmoid",
    }
    | {
        "tanh",
        "exp",
        "expm1",
        "log",
        "log1p",
        "log2",
        "log10",
        "sqrt",
        "rsqrt",
        "erf",
        "erfc",
        "sin",
        "cos",
        "tan",
        "mean",
    }
    | {"var", "std", "prod", "cumsum", "cumprod", "logsumexp", "norm", "argmax", "argmin", "amax", "amin", "clamp"}
    | {
        "clamp_",
        "clamp_min",
        "clamp_max",
        "masked_fill",
        "masked_fill_",
        "where",
        "addcmul",
        "addcdiv",
        "lerp",
        "softplus",
    }
    | {"einsum", "conv2d", "sigmoid_", "tanh_", "exp_", "mul_", "add_", "sub_", "div_", "reciprocal", "square", "silu"}
    | {"gelu", "layer_norm", "group_norm", "batch_norm", "scatter_add", "scatter_add_", "index_add", "index_add_"}
    | {"cumsum_", "cumprod_", "sort", "topk", "argsort", "kthvalue", "median", "nansum", "nanmean", "count_nonzero"}
    | {"item", "tolist", "numpy", "cpu_numpy", "apply_", "map_", "floor_divide", "true_divide", "remainder", "fmod"}
)
"""Methods that only tensors have and that compute, or that carry values out to where Python computes."""

STANDARD_LIBRARY = frozenset(
    {
        "__future__",
        "math",
        "functools",
        "itertools",
        "typing",
        "dataclasses",
        "collections",
        "enum",
        "operator",
        "warnings",
    }
    | {
        "os",
        "sys",
        "argparse",
        "contextlib",
        "numbers",
        "logging",
        "types",
        "abc",
        "copy",
        "base64",
        "zlib",
        "cmath",
        "fractions",
        "decimal",
    }
)
"""What a wrapper may import without a question."""

FOR_SELF_CHECKS = frozenset(
    {
        "time",
        "timeit",
        "random",
        "statistics",
        "pathlib",
        "json",
        "csv",
        "textwrap",
        "string",
        "pprint",
        "datetime",
        "re",
    }
    | {"platform", "inspect", "traceback", "subprocess", "tempfile", "shutil", "glob", "gc", "unittest", "doctest"}
)
"""What else a file may import for a benchmark or a test of its own, as long as nothing judged names it."""

STANDARD_SUBMODULES = frozenset({"os.path", "collections.abc"})
"""All other modules inside modules are not needed: ``logging.handlers`` starts threads."""

PLAIN_BASES = frozenset({"object", "dict", "list", "tuple", "NamedTuple", "Protocol"})
"""Whose subclasses hold data; and so do those of exceptions (``classes.py``)."""

MODULE_DUNDERS = frozenset({"__all__", "__version__", "__author__", "__doc__", "__name__", "__file__", "__debug__"})
"""Names with underscores that a file may ask for; of the last but one it is said."""

ALLOWED_ATTRIBUTES = {
    "os": frozenset({"environ", "getenv", "path", "cpu_count", "name"}),
    "sys": frozenset({"argv", "version_info", "maxsize", "platform", "float_info", "stdout", "stderr", "byteorder"}),
    "types": frozenset({"SimpleNamespace", "MappingProxyType", "ModuleType", "GenericAlias", "NoneType", "UnionType"}),
    "functools": frozenset({"partial", "reduce", "lru_cache", "cache", "wraps", "cached_property", "total_ordering"}),
    "dataclasses": frozenset({"dataclass", "field", "replace", "astuple", "asdict", "is_dataclass", "KW_ONLY"}),
    "contextlib": frozenset({"contextmanager", "nullcontext", "suppress", "ExitStack", "closing", "ContextDecorator"}),
    "copy": frozenset({"copy", "deepcopy"}),
    "base64": frozenset({"b64decode"}),
    "zlib": frozenset({"decompress"}),
    "enum": frozenset({"Enum", "IntEnum", "Flag", "IntFlag", "StrEnum", "auto", "unique"}),
    "warnings": frozenset({"warn", "catch_warnings", "filterwarnings", "simplefilter"}),
    "argparse": frozenset({"ArgumentParser", "ArgumentDefaultsHelpFormatter", "BooleanOptionalAction"}),
    "logging": frozenset(
        {"getLogger", "basicConfig", "debug", "info", "warning", "error", "critical", "exception", "log", "Logger"}
        | {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", "NOTSET", "NullHandler", "LoggerAdapter"}
    ),
}
"""Of these modules only this much: the rest reaches files, processes, descriptors, frames and code objects, or looks
attributes up by names that are data."""

PLAIN_TYPES = frozenset({"int", "float", "str", "bool", "bytes", "list", "tuple", "dict", "set", "frozenset"})
"""Whose patterns by position match the value itself."""

HOOKS = frozenset(
    {"__reduce__", "__reduce_ex__", "__setstate__", "__match_args__", "__prepare__", "__instancecheck__"}
    | {"__subclasscheck__", "__getattribute__", "__torch_function__", "__torch_dispatch__", "__del__"}
    | {"__getstate__", "__getnewargs__", "__getnewargs_ex__"}
)
"""Definitions by which the interpreter or a library does what no name in the file tells."""

FORBIDDEN_STANDARD = frozenset(
    {"typing.get_type_hints", "typing.ForwardRef", "functools.singledispatch", "functools.singledispatchmethod"}
    | {"typing.get_origin", "typing.get_args"}
)
"""They evaluate annotations, which are text, or hand out classes by which others are made."""

FORBIDDEN_TORCH = frozenset(
    {
        "compile",
        "jit",
        "ops",
        "library",
        "_C",
        "_dynamo",
        "_inductor",
        "utils",
        "fx",
        "export",
        "multiprocessing",
        "hub",
    }
    | {"load", "save", "package", "distributed", "classes", "overrides", "func", "autograd", "vmap"}
)
"""Of ``torch``: doors to computing, to code of elsewhere, or around the dynamic check."""

FORBIDDEN_MODULES = frozenset(
    {"os", "sys", "subprocess", "ctypes", "importlib", "builtins", "inspect", "gc", "threading", "multiprocessing"}
    | {"socket", "pickle", "tempfile", "shutil", "pathlib", "numpy", "np", "knobs", "interpreter", "linecache", "io"}
    | {"traceback", "weakref", "atexit", "signal", "thread", "handlers", "codecs", "copyreg", "tokenize", "re"}
    | {"torch", "python_dispatch", "disable_current_modes", "disable_infra_mode", "dynamo", "inductor", "functorch"}
)
"""Not to be had as an attribute of another module either: ``triton.runtime.cache.os``."""

TELLTALES = frozenset({"TRITON_INTERPRET"})
"""A wrapper that asks whether it is interpreted can show the judge another kernel than the one it runs."""

FACES = frozenset({"handle", "fn", "raw_src", "rewrite", "builder"})
"""Attributes by which a value of a kernel tells whether it is interpreted."""

FORBIDDEN_NAMES = frozenset(
    {"eval", "exec", "compile", "__import__", "globals", "vars", "locals", "breakpoint", "open", "input"}
    | {"license", "copyright", "credits", "help", "exit", "quit"}
)
"""The last ones are ``site``'s: objects that print files, and keep what is set on them."""
OF_OTHER_DEVICES = frozenset(
    {"register_kernel", "register_torch_dispatch", "register_autocast", "register_vmap", "set_kernel_enabled"}
)
"""Methods of an operator that let it do something else where it is used than where it is judged."""
FORBIDDEN_ATTRIBUTES = frozenset(
    {
        "__subclasses__",
        "__globals__",
        "__code__",
        "__closure__",
        "_getframe",
        "f_back",
        "f_locals",
        "f_globals",
        "__bases__",
    }
    | {"gi_frame", "tb_frame", "__mro__", "__builtins__", "settrace", "setprofile", "__torch_dispatch__"}
    | {"__torch_function__", "__wrapped__", "__dict__", "__getattribute__", "__traceback__", "tb_next", "tb_lasti"}
    | {"cr_frame", "ag_frame", "f_builtins", "gi_code", "cr_code", "__reduce__", "__reduce_ex__", "__loader__"}
    | {"__spec__", "__import__", "__self__", "__func__", "cell_contents", "get_capture_scope", "used_global_vals"}
    | {"__objclass__", "__thisclass__", "__self_class__", "__origin__", "__args__", "__base__", "__setstate__"}
)
"""Ways to reach what was not handed over: frames, other modules' globals, the judge's own hooks."""

CARRYING_OUT = frozenset(
    {"numpy", "__array__", "__array_interface__", "__dlpack__", "untyped_storage", "storage", "_typed_storage"}
    | {"__cuda_array_interface__", "share_memory_", "tolist"}
)
"""Attributes of tensors that hand their bytes to Python, where no dispatch mode looks."""

APPROXIMATE = frozenset(
    {f"fast_{name}f" for name in ("sin", "cos", "tan", "sincos", "log", "log2", "log10", "pow", "tanh", "exp10")}
)
"""Functions of libdevice that are one approximate instruction: right to some 21 bits after the point for arguments
near zero or one, worse or useless beyond. Triton's interpreter computes them exactly. ``fast_expf`` and
``fast_dividef`` are not among them: their relative error is a few units in the last place, as that of ``tl.exp``."""

APPROXIMATE_INSTRUCTIONS = ("sin.approx", "cos.approx", "lg2.approx", "tanh.approx")
"""The same, written as PTX."""

FORBIDDEN_ON_ANYTHING = FORBIDDEN_MODULES - {
    "np",
    "re",
    "io",
    "signal",
    "handlers",
    "thread",
    "interpreter",
} | frozenset({"exec", "__import__", "globals", "locals", "breakpoint", "bltns", "stdlib_re"})
"""Attributes that are modules wherever they are found: a module may have come through a call or a container."""

PRIVATE_BUT_HARMLESS = frozenset({"_replace", "_asdict", "_make", "_field_defaults", "_version", "_init_handles"})
"""Of named tuples, private by their spelling alone; what tells a cache that a weight has changed; and what loads a
kernel that ``warmup`` has compiled, as Triton's tutorials do before they ask for its registers."""

MODULES = STANDARD_LIBRARY | frozenset(
    {"torch", "torch.nn", "torch.nn.functional", "torch.nn.init", "torch.cuda", "torch.amp", "torch.autograd"}
    | {"triton", "triton.language", "triton.language.math", "triton.language.extra", "triton.runtime"}
    | {"triton.language.extra.libdevice", "triton.language.extra.cuda", "triton.language.extra.cuda.libdevice"}
    | {
        "torch.library",
        "triton.testing",
        "triton.tools",
        "triton.compiler",
        "triton.compiler.errors",
        "os.path",
        "collections.abc",
    }
    | {
        f"torch.{name}"
        for name in ("functional", "random", "overrides", "storage", "types", "fft", "linalg", "special")
    }
    | {f"torch.{name}" for name in ("backends", "version", "testing", "sparse", "nested", "func", "profiler", "signal")}
    | {
        f"torch.{name}"
        for name in ("serialization", "distributions", "optim", "return_types", "masked", "package", "ao")
    }
    | {"torch.nn.utils", "torch.nn.modules", "torch.nn.parameter", "torch.backends.cuda", "torch.backends.cudnn"}
)
"""Paths that are modules: handed on as values, nobody could tell any more what is taken from them."""

ACCESSORS = frozenset({"getattr", "setattr", "delattr", "hasattr"})
LOOKUPS = frozenset({"operator.attrgetter", "operator.methodcaller"})
"""What takes a name as a string. They may be called by their own names; handed on, they could reach anything."""

OF_THE_JUDGE = (
    *("TRITON", "TORCH", "PYTORCH", "CUDA", "OMP_", "MKL_", "KERNELAGENT", "PYTHON", "HOME", "TMP", "TEMP", "PATH"),
    *("USER", "LOGNAME", "PWD", "LD_", "XDG_", "VIRTUAL_ENV", "HIP_", "ROCR_", "HSA_"),
)
"""Beginnings of variables that are set otherwise where a kernel is judged."""

INTROSPECTION = frozenset(
    {"type", "repr", "str", "isinstance", "issubclass", "callable", "id", "hash", "dir", "format"}
)

ASKING_WHAT_IT_IS = frozenset(
    {"isinstance", "issubclass", "type", "hasattr", "getattr", "callable", "repr", "id", "hash"}
)
"""Of a kernel's values: a constant is a number in the interpreter, and a ``constexpr`` to the compiler."""

OF_KERNELS = frozenset({"run", "warmup", "best_config"})
"""What may be asked of a kernel by name; the rest differs between Triton's interpreter and its compiler."""
