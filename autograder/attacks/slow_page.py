# tries: to keep the feedback of the whole class waiting for its page: blanks, formulas and code that take long to lay out
# %% file
from nbformat.v4 import new_code_cell, new_markdown_cell

texts = "a" + " " * 20_000 + "b", "\\\\(" * 6_000, "\\\\[" * 6_000, "\\begin{a}" * 2_000
notebook["cells"] += [new_markdown_cell(text, id=f"slow-{number}") for number, text in enumerate(texts)]
notebook["cells"] += [new_code_cell(text, id=f"code-{number}") for number, text in enumerate(["a." * 5000, "..." * 5000])]
