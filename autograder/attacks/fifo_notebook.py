# tries: to hang the grader with a notebook that is a pipe
# honest: make_linear_beta_schedule=0 q_sample=0
# %% file
import os

os.mkfifo(folder / "spiral.ipynb")
written = True
