# tries: to run a script in the reader's browser from its own text cells
# %% file
from nbformat.v4 import new_markdown_cell

script = "<script>HACKED = 1</script><img src=x onerror=HACKED()>"
picture = {"a.png": {"image/png": '"><script>HACKED = 2</script>'}, "b.png": {'image/png"><script>HACKED</script>': "x"}}
for number, text in enumerate([script, "[x](javascript:HACKED())", "![x](attachment:a.png) ![x](attachment:b.png)"]):
    notebook["cells"].append(new_markdown_cell(text, id=f"own-{number}", attachments=picture))
for cell in notebook["cells"]:
    if cell["metadata"].get("nbgrader", {}).get("grade_id") == "lab_report":
        cell["source"] = script
