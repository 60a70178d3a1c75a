# tries: to keep the grader busy with a picture of ten thousand attributes
# %% last
from IPython.display import HTML, display

display(HTML("<img " + " ".join(f"a{number}=1" for number in range(10_000)) + ">"))
