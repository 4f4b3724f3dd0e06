"""Keywords of a launch that are no parameters of the kernel: what they change, and whether the judge sees that.

The interpreter passes over all of them. ``ir_override`` has Triton compile the text of a file in the kernel's place.
"""

from __future__ import annotations

from collections.abc import Iterable

from kernelagent.static.replaced_kernels import REPLACING

COMPILED_WITH = frozenset(
    {"num_warps", "num_stages", "num_ctas", "maxnreg", "enable_fp_fusion", "default_dot_input_precision"}
)
"""The kernel is compiled ahead of time with these."""
_SCHEDULING = frozenset(
    {"debug", "launch_cooperative_grid", "launch_pdl", "sanitize_overflow", "schedule_hint", "waves_per_eu", "kpack"}
    | {"matrix_instr_nonkdim", "num_buffers_warp_spec", "num_consumer_groups", "reg_dec_producer", "reg_inc_consumer"}
    | {"cluster_dims"}
)
"""They change how it is launched, and no result."""
_OTHERWISE = "changes how it is compiled"
_KNOWN = frozenset(
    {"allow_flush_denorm", "allowed_dot_input_precisions", "arch", "backend_name", "deprecated_fp8_dot_operand_dtypes"}
    | {"enable_reflect_ftz", "instrumentation_mode", "max_num_imprecise_acc_default", "ptx_version", "warp_size"}
    | {"supported_fp8_dtypes", "allow_fp8e4nv", "optimize_epilogue", "cooperative_grid"}
)


def refuse_unseen(kernel: str, keywords: Iterable[str], parameters: Iterable[str]) -> None:
    """Raises ``KeyError`` for what no kernel is launched with, as Triton does, and ``RuntimeError`` for what no check
    would see."""
    for name in sorted({*keywords} - {*parameters} - COMPILED_WITH - _SCHEDULING):
        if name not in REPLACING and name not in _KNOWN:
            raise KeyError(f"Keyword argument {name} was specified but unrecognised")
        raise RuntimeError(
            f"{kernel} is launched with {name}, which {REPLACING.get(name, _OTHERWISE)}: that is not judged"
        )
