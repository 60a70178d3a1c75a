# tries: to run a script in the reader's browser from what a cell prints and shows
# %% last
import sys

print("<script>HACKED = 1</script><img src=x onerror='HACKED()'>")
print("</pre></div><script>HACKED = 2</script>", file=sys.stderr)
print("\x1b[31m<script>HACKED = 3</script>\x1b[0m \x1b]8;;javascript:HACKED()\x07click\x1b]8;;\x07")
"<script>HACKED = 4</script>"
# %% last
from IPython.display import HTML, SVG, Javascript, Latex, Markdown, display

script = "<script>HACKED = 1</script>"
display(HTML(script + "<img src=x onerror='HACKED()'><a href='javascript:HACKED()'>click</a>"))
display(HTML("<iframe srcdoc='&lt;script&gt;HACKED()&lt;/script&gt;'></iframe><svg onload='HACKED()'></svg>"))
display(Javascript("HACKED = 2"))
display(Latex(script), Markdown(script))
display(SVG("<svg xmlns='http://www.w3.org/2000/svg'><script>HACKED = 3</script></svg>"))
