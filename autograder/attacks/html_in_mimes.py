# tries: to break out of the markup around a picture, or to be shown as some other kind of thing
# %% last
from IPython.display import display

script = '"><script>HACKED = 1</script><img src="'
for mime in (
    "image/png",
    "image/jpeg",
    "image/svg+xml",
    "text/latex",
    "text/markdown",
    "application/javascript",
    "application/vnd.jupyter.widget-view+json",
    "application/pdf",
    script,
):
    display({mime: script, "text/plain": "x"}, raw=True)
