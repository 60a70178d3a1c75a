# tries: to hang the grader at files that never end: a pipe and a socket beside the notebook
# %% file
import os
import socket

os.mkfifo(folder / "notes.txt")
here = os.getcwd()
os.chdir(folder)
socket.socket(socket.AF_UNIX).bind("socket.txt")
os.chdir(here)
