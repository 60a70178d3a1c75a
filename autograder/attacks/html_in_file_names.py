# tries: to run a script, or to take over a terminal, through the name of its file
# says: was graded as spiral.ipynb
# %% file
import json

name = "spiral<script>HACKED = 1<|script>\x1b[2J\x1b]0;owned\x07\r\n.ipynb"
(folder / name).write_text(json.dumps(notebook))
(folder / "<img src=x onerror=HACKED()>.txt").write_text("x")
written = True
