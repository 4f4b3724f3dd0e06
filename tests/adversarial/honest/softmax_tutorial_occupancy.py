# problem: scaled_softmax::ScaledSoftmax | programs that stride over rows; device properties asked for only on a GPU | slow: yes
import torch
import triton
import triton.language as tl


def _multiprocessors(tensor: torch.Tensor) -> int:
    if tensor.is_cuda:
        with torch.cuda.device(tensor.device):
            return torch.cuda.get_device_properties(torch.cuda.current_device()).multi_processor_count
    return 4


@triton.jit
def softmax_kernel(
    output_ptr, input_ptr, w_ptr, b_ptr, input_row_stride, input_col_stride, output_row_stride, n_rows, n_cols, scale,
    BLOCK_SIZE: tl.constexpr, num_stages: tl.constexpr,
):
    row_start = tl.program_id(0)
    row_step = tl.num_programs(0)
    col_offsets = tl.arange(0, BLOCK_SIZE)
    mask = col_offsets < n_cols
    w = tl.load(w_ptr + col_offsets, mask=mask, other=0.0)
    b = tl.load(b_ptr + col_offsets, mask=mask, other=0.0)
    for row_idx in tl.range(row_start, n_rows, row_step, num_stages=num_stages):
        row_start_ptr = input_ptr + row_idx * input_row_stride
        row = tl.load(row_start_ptr + col_offsets * input_col_stride, mask=mask, other=0.0)
        row = tl.where(mask, row * w * scale + b, -float("inf"))
        row_minus_max = row - tl.max(row, axis=0)
        numerator = tl.exp(row_minus_max)
        softmax_output = numerator / tl.sum(numerator, axis=0)
        tl.store(output_ptr + row_idx * output_row_stride + col_offsets, softmax_output, mask=mask)


class ModelNew(torch.nn.Module):
    def __init__(self, width: int, factor: float = 0.5) -> None:
        super().__init__()
        self.factor = factor
        self.weight = torch.nn.Parameter(torch.ones(width))
        self.bias = torch.nn.Parameter(torch.zeros(width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        n_rows, n_cols = x.shape
        y = torch.empty((n_rows, n_cols), dtype=x.dtype, device=x.device)
        programs = min(_multiprocessors(x), n_rows)
        softmax_kernel[(programs, 1, 1)](
            y, x, self.weight, self.bias, x.stride(0), x.stride(1), y.stride(0), n_rows, n_cols, self.factor,
            BLOCK_SIZE=triton.next_power_of_2(n_cols), num_stages=2, num_warps=4,
        )
        return y
