# tries: to write elsewhere through names that lead upwards, and to stop nbgrader with a date that is none
# %% file
import json

for name in ("..\\..\\zzz_after\\spiral\\spiral.ipynb", "%2e%2e%2fspiral.ipynb", "~root.ipynb", "$HOME.ipynb", "-rf"):
    (folder / name).write_text(json.dumps({"cells": []}))
for cell in notebook["cells"]:
    cell["id"] = "../../zzz_after/spiral"
    cell["attachments"] = {"../../../attack-was-here": {"text/plain": "x"}}
notebook["metadata"]["name"] = "../../zzz_after/spiral/spiral"
# %% file
(folder / "timestamp.txt").write_text("the day after tomorrow \x00")
for number in range(300):
    (folder / f"notes-{number}.txt").write_text("x")
