"""Web pages over the same engine: forms, live progress, verdicts, and the runs of the project.

serving      a server on the loopback address, with the pages that were asked for
doorkeeper   who is let in: this user's browser, by this machine's own names
run_files    the files of a run, and a run as an archive
place        where pages work: the folder, its runs, the problems to pick from
asked        a form's values as a target and options
jobs         runs that go on, each in a thread of its own, and how many at a time
working      what a job does: a run, or a session for words and a caller's test
warm         worker processes that all jobs share
past         a run as its directory tells it
drawing/     events, verdicts and errors as HTML
pages/       one file a page, and what they share; only these and `serving` import Gradio
"""
