"""The options that several commands share, and how they become :class:`Options`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from kernelagent.contract.option_values import ARCHITECTURE, MOST_WORKERS
from kernelagent.contract.options import Options
from kernelagent.contract.shown import shown
from kernelagent.contract.typed_numbers import whole_number
from kernelagent.driver.interrupt import ended_by_signals
from kernelagent.driver.printable import printable
from kernelagent.errors import BadOption

if TYPE_CHECKING:
    from kernelagent.driver.providers.consent import Question

F = TypeVar("F", bound=Callable[..., Any])

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print exactly one JSON document on stdout, also for an error."
)


def _arch(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    for name in value:
        if not ARCHITECTURE.fullmatch(name):
            raise click.BadParameter(f"{name!r} is no GPU architecture; write it as sm_90 or gfx942.")
    return value or ("sm_90",)


def _jobs(ctx: click.Context, param: click.Parameter, value: str | None) -> int | None:
    if value is None or value == "auto":
        return None
    number = whole_number(value)
    if number is None or number < 1:
        raise click.BadParameter(f"{shown(value)} is neither auto nor a number of at least 1.")
    return number


def _together(*options: Callable[[F], F]) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


_example_options = _together(
    click.option(
        "--inputs",
        metavar="EXPR",
        help="What forward() takes, as Python with torch in scope: a tuple of positional or a dict of keyword inputs, "
        "such as '(torch.randn(8, 64),)'. Default: get_inputs() in the file, pyproject.toml, a '# kernelagent:' "
        "directive above the class, or jaxtyping annotations.",
    ),
    click.option("--init", metavar="EXPR", help="What the class is constructed with, in the same form: '(64, 128)'."),
)

environment_options = _together(
    click.option(
        "--mode",
        type=click.Choice(["constructed", "train", "eval"]),
        default="constructed",
        show_default=True,
        help="Take the module as its constructor leaves it, or after .train() or .eval().",
    ),
    click.option(
        "--interpreter",
        metavar="PATH",
        help="The Python that has your torch and triton. Default: the active environment, else a .venv near the file.",
    ),
    click.option(
        "--device",
        type=click.Choice(["auto", "cpu", "cuda", "xpu"]),
        default="auto",
        show_default=True,
        help="Where kernels run: a GPU, or Triton's interpreter on the CPU.",
    ),
    click.option(
        "--remote",
        metavar="ADDR",
        help="Judge and time on a worker of the Ray cluster at ADDR, such as ray://gpu-box:10001, with its GPU; all "
        "else happens here.",
    ),
    click.option(
        "--arch",
        metavar="ARCH",
        multiple=True,
        callback=_arch,
        help="GPU to compile for, ahead of time and without having it: sm_80, sm_90, sm_100, gfx942 ... May be "
        "repeated. [default: sm_90]",
    ),
)

module_options = _together(_example_options, environment_options)

sandbox_option = click.option(
    "--sandbox",
    type=click.Choice(["auto", "bubblewrap", "namespaces", "limits"]),
    default="auto",
    show_default=True,
    help="How generated code is shut in while it runs: the best that this machine has, or the one named.",
)

sanitize_option = click.option(
    "--sanitize",
    is_flag=True,
    help="On an NVIDIA GPU: also run the cases under compute-sanitizer's memcheck and racecheck. Takes minutes.",
)

fresh_option = click.option(
    "--fresh",
    is_flag=True,
    help="Do it again, though the same request was answered before and the answer still holds.",
)

compute_option = click.option(
    "--compute",
    type=click.Choice(["triton", "best"]),
    default="triton",
    show_default=True,
    help="All arithmetic in Triton, or PyTorch's operators too, where they were measured to be faster and declared.",
)

budget_option = click.option(
    "--budget-seconds",
    type=click.FloatRange(0, min_open=True),
    metavar="S",
    help="Stop after this many seconds; what is finished is kept.",
)

spending_options = _together(
    click.option(
        "--budget-usd", type=click.FloatRange(0), metavar="USD", help="Stop before spending more than this on a model."
    ),
    click.option(
        "--budget-tokens", type=click.IntRange(0), metavar="N", help="Stop before more tokens than this are used."
    ),
)

more_attempts_options = _together(
    click.option(
        "--workers",
        type=click.IntRange(1, MOST_WORKERS),
        help="How many candidates are written and judged at a time from now on. Default: as the run began.",
    ),
    click.option(
        "--max-iters",
        type=click.IntRange(1),
        help="Attempts that a language model gets for each subgraph, with those that it has made. Default: as the run "
        "began.",
    ),
)

synthesis_options = _together(
    click.option(
        "--provider",
        type=click.Choice(["auto", "builtin", "openai", "anthropic", "relay", "scripted"]),
        default="auto",
        show_default=True,
        help="Who writes kernels. builtin needs no key; auto adds whatever is configured.",
    ),
    click.option("--model", metavar="NAME", help="The provider's model. Default: its own choice."),
    click.option(
        "--route",
        type=click.Choice(["auto", "direct", "fuser"]),
        default="auto",
        show_default=True,
        help="One kernel for the whole module, or cut it into subgraphs first.",
    ),
    click.option(
        "--no-router-cache",
        "router_cache",
        flag_value=False,
        default=True,
        help="Decide the route anew, and do not remember it.",
    ),
    click.option(
        "--no-fallback",
        "fallback",
        flag_value=False,
        default=True,
        help="Do not try the other route when the first leads to no verified kernel.",
    ),
    *(
        click.option(f"--{role}-model", metavar="NAME", help=f"Another model than --model, for {work}.")
        for role, work in (
            ("router", "advice on the route"),
            ("extract", "rewriting a module that does not export"),
            ("dispatch", "the kernels"),
            ("compose", "putting kernels together"),
        )
    ),
    click.option(
        "--dispatch-jobs",
        metavar="N|auto",
        callback=_jobs,
        help="Subgraphs that models write kernels for at a time. [default: auto, all of them]",
    ),
    compute_option,
    click.option(
        "--fp32",
        type=click.Choice(["tf32x3", "ieee"]),
        default="tf32x3",
        show_default=True,
        help="How built-in kernels multiply float32: as three TF32 products, as exact, or without tensor cores.",
    ),
    click.option(
        "--allow-tf32",
        is_flag=True,
        help="Built-in kernels take TF32 where torch.backends.cuda.matmul.allow_tf32 is set; verified without.",
    ),
    click.option(
        "--workers",
        type=click.IntRange(1, MOST_WORKERS),
        default=2,
        show_default=True,
        help="How many candidates are written and judged at a time.",
    ),
    click.option(
        "--max-iters",
        type=click.IntRange(1),
        default=10,
        show_default=True,
        help="Attempts that a language model gets for each subgraph.",
    ),
    click.option(
        "--samples",
        type=click.IntRange(1, 64),
        default=1,
        show_default=True,
        help="Answers that are asked for at each attempt, to the same prompt; the first verified one wins.",
    ),
    spending_options,
    budget_option,
    click.option(
        "--optimize",
        is_flag=True,
        help="Let models go on after the first verified kernel, for --max-iters or the budget; the fastest wins.",
    ),
    click.option("--yes", is_flag=True, help="Ask nothing: agree to sending code to a configured provider."),
    click.option(
        "--no-verify",
        "verify",
        flag_value=False,
        default=True,
        help="Do not judge the kernel: quicker, and nothing is promised.",
    ),
)

run_options = _together(
    synthesis_options,
    click.option("--output", metavar="FILE", help="Also write the composed kernel here, if it is verified."),
    click.option(
        "--run-dir", metavar="DIR", help="The run directory itself. Default: a new folder in .fuse of the project."
    ),
)


def question() -> Question | None:
    """Asks on the terminal, on stderr, whether code may be sent; ``None`` where nobody sits there."""
    if not sys.stdin.isatty() or not sys.stderr.isatty():
        return None

    def confirm(text: str) -> bool:
        with ended_by_signals():
            return click.confirm(printable(text), err=True)

    return confirm


def agreed(file: Path, options: Options) -> Options:
    """``options``, for a run whose user has agreed to what it sends, now or before; asks on the terminal.

    Raises ``ConsentNeeded``, and what :func:`ask_for_consent` raises.
    """
    from kernelagent.driver.agents.author import ask_for_consent

    return ask_for_consent(file, options, question(), warn)


def warn(text: str) -> None:
    """On stderr."""
    click.echo(printable(text), err=True)


def resolve(given: dict[str, Any]) -> Options:
    """Options from a command's parameters."""
    known = {field.name for field in fields(Options)}
    options = Options(**{name: value for name, value in given.items() if name in known and value is not None})
    if options.model is not None and options.provider in ("auto", "builtin"):
        raise BadOption(
            "--model says nothing without a provider.", hint="Name one with --provider, or leave --model out."
        )
    return options
