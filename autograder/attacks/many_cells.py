# tries: to outlast every limit a cell with five thousand cells
# honest: make_linear_beta_schedule=0 q_sample=0
# says: cells, so it cannot be graded
# %% file
from nbformat.v4 import new_code_cell

for number in range(5000):
    notebook["cells"].append(new_code_cell("x = 1", id=f"many-{number}"))
