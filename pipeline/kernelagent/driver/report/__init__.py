"""A finished run, a verdict or a timing as a page to read: built once, written as Markdown and as HTML.

blocks      what a page is made of
pages       which blocks a run, a verdict, a timing and an error have
graph       the module's graph as a picture, its subgraphs coloured
charts      errors and timings as pictures
markdown    blocks as Markdown, pictures beside it as SVG files
html        blocks as one HTML file that holds its pictures
"""

from kernelagent.driver.report.blocks import Page
from kernelagent.driver.report.pages import graph_of, of_benchmark, of_error, of_result, of_verification
from kernelagent.driver.report.writing import REPORT, write_page

__all__ = ["REPORT", "Page", "graph_of", "of_benchmark", "of_error", "of_result", "of_verification", "write_page"]
