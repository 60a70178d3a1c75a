# tries: to run a script from outputs that the judge keeps because it does not repeat long runs
# %% file
script = "<script>HACKED = 1</script><img src=x onerror=HACKED()>"
for cell in notebook["cells"]:
    if cell["metadata"].get("rerun") is False:
        data = {"text/html": script, "application/javascript": "HACKED = 2", "image/svg+xml": f"<svg>{script}</svg>"}
        cell["outputs"] = [
            {"output_type": "display_data", "data": {mime: text}, "metadata": {}} for mime, text in data.items()
        ]
