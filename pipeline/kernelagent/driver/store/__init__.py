"""The run store: what ``.fuse`` holds, found quickly. The directories are the truth, the index is made from them.

run_row     what the index knows of one run
from_disk   a directory as a row
index       the SQLite file: opened, made anew, or done without
run_store   questions: the newest runs, one by the beginning of its id, those of a class, those that answer a request
find_folder the directory that the beginning of an id means
told        what a run that begins or ends tells the index, so that nobody has to look for it
answers     what a run that was verified has answered, sealed; and whether that still holds
machine     which GPUs and variables such an answer hangs on
recall      the same request, answered from there
pointed_at  the runs that a kernel or a certificate of the project comes from
collecting  which runs can go, and their going
exporting   runs as an archive for somebody else
comparing   two runs, side by side
"""
