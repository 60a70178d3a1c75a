# tries: to keep the grader busy with a cell of 300,000 outputs
# %% file
import json

for cell in notebook["cells"]:
    if cell["metadata"].get("nbgrader", {}).get("grade_id") == "p_sample":
        cell["outputs"] = ["OUTPUTS"]
data = '{"output_type": "display_data", "data": {"text/plain": "x"}, "metadata": {}}'
text = json.dumps(notebook).replace('"OUTPUTS"', ", ".join([data] * 300_000))
(folder / "spiral.ipynb").write_text(text)
written = True
