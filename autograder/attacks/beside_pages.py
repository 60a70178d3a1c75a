# tries: to have formgrader serve its own page, and to stand in the way of the page that says what it got
# says: data:,text.html, lecture.xhtml, more/plot.svg, page.html, 2 more.
# %% file
PAGE = "<html xmlns='http://www.w3.org/1999/xhtml'><script>HACKED</script></html>"
for name in ("page.html", "lecture.xhtml", "more/plot.svg", "query.mjs", "data:,text.html", "spiral.html/x", "\x1b[2J.htm"):
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(PAGE)
