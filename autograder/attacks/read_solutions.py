# tries: to execute the solutions that lie beside the course
# %% last
import json
from pathlib import Path

places = [Path("@COURSE@/source"), Path("@HOME@/source"), Path("@HOME@/solutions"), Path("../../../source")]
for place in places:
    try:
        for cell in json.loads((place / "spiral/spiral.ipynb").read_text())["cells"]:
            if cell["cell_type"] == "code" and "def " in "".join(cell["source"]):
                exec("".join(cell["source"]))
        print("LEAK" "ED:", place)
    except OSError as error:
        print(error)
