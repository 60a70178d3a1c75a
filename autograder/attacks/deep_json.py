# tries: to overflow the grader's stack with a notebook nested without end
# says: what could be read was graded
# %% file
import json

text = json.dumps(notebook)
deep = "[" * 100_000 + "]" * 100_000
(folder / "spiral.ipynb").write_text(text[:-1] + f', "deep": {deep}}}')
written = True
