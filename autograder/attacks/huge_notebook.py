# tries: to fill the grader's memory with a notebook of more than 100 MB
# honest: make_linear_beta_schedule=0 q_sample=0
# says: is larger than
# %% file
with open(folder / "spiral.ipynb", "wb") as file:
    file.write(b'{"cells": [')
    file.truncate(150 * 2**20)
written = True
