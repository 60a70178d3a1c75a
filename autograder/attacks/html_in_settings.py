# tries: to run a script through the names, marks and metadata of cells and of the notebook
# says: changed
# %% file
script = "<script>HACKED = 1</script>"
notebook["metadata"] = {"title": script, "kernelspec": {"name": script, "display_name": script, "language": script}}
notebook["metadata"] |= {"language_info": {"name": script, "pygments_lexer": script, "codemirror_mode": script}}
notebook["metadata"]["authors"] = [{"name": script}]
for cell in notebook["cells"]:
    cell["metadata"]["tags"] = [script]
    cell["metadata"]["name"] = script
    if cell["metadata"].get("nbgrader", {}).get("grade_id", "").startswith("check_"):
        cell["metadata"]["nbgrader"]["cell_type"] = script
        cell["metadata"]["nbgrader"]["points"] = script
