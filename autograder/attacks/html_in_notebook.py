# tries: to run a script from text cells, settings, and outputs that the judge keeps because it repeats no long runs
# %% file
from nbformat.v4 import new_markdown_cell

script = "<script>HACKED = 1</script><img src=x onerror=HACKED()>"
picture = {"a.png": {"image/png": '"><script>HACKED = 2</script>'}, "b.png": {'image/png"><script>HACKED</script>': "x"}}
for number, text in enumerate([script, "[x](javascript:HACKED())", "![x](attachment:a.png) ![x](attachment:b.png)"]):
    notebook["cells"].append(new_markdown_cell(text, id=f"own-{number}", attachments=picture))
for cell in notebook["cells"]:
    if cell["metadata"].get("nbgrader", {}).get("grade_id") == "lab_report":
        cell["source"] = script
# %% file
script = "<script>HACKED = 1</script><img src=x onerror=HACKED()>"
for cell in notebook["cells"]:
    if cell["metadata"].get("rerun") is False:
        data = {"text/html": script, "application/javascript": "HACKED = 2", "image/svg+xml": f"<svg>{script}</svg>"}
        cell["outputs"] = [
            {"output_type": "display_data", "data": {mime: text}, "metadata": {}} for mime, text in data.items()
        ]
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
