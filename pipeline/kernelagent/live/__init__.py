"""Modules that the user's own process has in memory: it has imported torch, and runs none of this otherwise.

saving        a live module as a target, in a folder that lives as long as the call
own_text      the text of classes that a notebook or a script has defined
example_text  live inputs as the expression from which the judge draws others
drop_in       the kernel's module class, on the parameters and buffers of the given module
fused         what fuse() gives for a live module
report        the report, to print and to show
progress      how far it has come, in a terminal or a notebook
"""

from kernelagent.live.fused import Fused
from kernelagent.live.report import Report

__all__ = ["Fused", "Report"]
