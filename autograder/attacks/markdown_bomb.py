# tries: to keep the feedback page busy with text that takes long to lay out
# %% file
from nbformat.v4 import new_markdown_cell

for number, text in enumerate(["[" * 3000, ">" * 3000 + "x", "*a **b " * 2000, "![[](" * 2000, "- " * 300, "`" * 3001]):
    notebook["cells"].append(new_markdown_cell(text, id=f"bomb-{number}"))
