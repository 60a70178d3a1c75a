# tries: to bring its own check cells, which give points without asking
# says: Locked cells that had been changed
# %% file
for cell in notebook["cells"]:
    if cell["metadata"].get("nbgrader", {}).get("grade_id", "").startswith("check_"):
        cell["source"] = "10.0"
        cell["outputs"] = [
            {"output_type": "execute_result", "data": {"text/plain": "10.0"}, "metadata": {}, "execution_count": 1}
        ]
