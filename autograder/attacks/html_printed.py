# tries: to run a script in the reader's browser from printed text
# %% last
import sys

print("<script>HACKED = 1</script><img src=x onerror='HACKED()'>")
print("</pre></div><script>HACKED = 2</script>", file=sys.stderr)
print("\x1b[31m<script>HACKED = 3</script>\x1b[0m \x1b]8;;javascript:HACKED()\x07click\x1b]8;;\x07")
"<script>HACKED = 4</script>"
