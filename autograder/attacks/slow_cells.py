# tries: to take as long as it may in each of very many cells, each of which ends the process
# honest: make_linear_beta_schedule=0 q_sample=0
# %% file
from nbformat.v4 import new_code_cell

for number in range(100):
    source = f"import os, time\ntime.sleep(2.5)\nos._exit({number})"
    notebook["cells"].insert(0, new_code_cell(source, id=f"slow-{number}"))
