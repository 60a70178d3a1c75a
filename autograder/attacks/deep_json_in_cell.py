# tries: to overflow the grader's stack from inside a cell, in metadata and outputs
# %% file
import json

for cell in notebook["cells"]:
    if cell["metadata"].get("rerun") is False:
        cell["outputs"] = [{"output_type": "display_data", "data": {"application/json": "DEEP"}, "metadata": {}}]
        cell["metadata"]["deep"] = "DEEP"
deep = '{"a":' * 900 + "1" + "}" * 900
(folder / "spiral.ipynb").write_text(json.dumps(notebook).replace('"DEEP"', deep))
written = True
