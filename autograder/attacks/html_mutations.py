# tries: to write HTML that says one thing to the cleaner and another to a browser
# %% file
from nbformat.v4 import new_markdown_cell

texts = [
    '<svg></p><style><a id="</style><img src=1 onerror=HACKED()>">',
    '<noscript><p title="</noscript><img src=x onerror=HACKED()>">',
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=HACKED()&gt;">',
    "<table><title></title><td title='</table><img src=x onerror=HACKED()>'>",
    "$$</script><img src=x onerror=HACKED()>$$ \\begin{align}<img src=x onerror=HACKED()>\\end{align}",
    '```"><img/src=x/onerror=HACKED()>\nx\n```\n\n# "onmouseover=HACKED() <img src=x onerror=HACKED()>',
    "<details ontoggle=HACKED() open>x</details> <javascript:HACKED()> [x](java&#115;cript:HACKED()) [x][r]\n\n[r]: javascript:HACKED()",
    "<a href='\x01javascript:HACKED()'>x</a> <a href='java&#10;script:HACKED()'>y</a> <a href='#' href='javascript:HACKED()'>z</a>",
    "<img src=' data:text/html;base64,HACKED'><img src='data:image/gif;base64,\n AA' onload=HACKED()>",
]
notebook["cells"] += [new_markdown_cell(text, id=f"mutation-{number}") for number, text in enumerate(texts)]
