"""What students wrote is shown as they meant it, and does nothing."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser

import matplotlib.pyplot as plt
import pytest
from matplotlib.animation import FuncAnimation

from autograder.gradebook import filters, harmless
from autograder.gradebook.budget import NO_ROOM, Budget
from autograder.gradebook.outputs import TOO_MUCH, clean_outputs
from autograder.gradebook.read import HTML, WAITING


@pytest.mark.parametrize(
    "html",
    [
        "<script>x()</script>",
        "<img src=x onerror=x()>",
        "<a href='javascript:x()'>a</a>",
        "<a href=' &#106;avascript:x()'>a</a>",
        "<a href='data:text/html,x'>a</a>",
        "<iframe srcdoc='x'></iframe>",
        "<svg onload=x()></svg>",
        "<details ontoggle=x() open>a</details>",
        "<p style='position:fixed'>a</p>",
        "<img src='https://elsewhere.org/seen.png'>",
        "<a class='modal-backdrop' href='https://elsewhere.org'>a</a>",
    ],
)
def test_nothing_acts_or_reaches_outside(html):
    for page in (harmless.page(html), filters.markdown({}, html)):
        seen = Tags(page)
        assert seen.tags <= harmless.TAGS
        assert {name for name, _ in seen.attributes} <= {"href", "id", "open", "alt"}
        for name, value in seen.attributes:
            assert name != "href" or value.startswith(("https://", "#"))


class Tags(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs


def test_what_students_write_looks_as_they_meant_it():
    page = filters.markdown({}, "# A\n\n**b** `c` $a<b$\n\n| x | y |\n|---|---|\n| 1 | 2 |\n\n```python\nx = 1\n```\n")
    for part in ("<h1", "<strong>b</strong>", "<code>c</code>", "$a&lt;b$", "<td>1</td>", 'class="n"'):
        assert part in page
    picture = '<img alt="a" src="data:image/gif;base64,R0lGODlhAQ==">'
    assert harmless.page(picture) == picture
    assert 'class="k"' in filters.code({}, "def f(): pass", metadata={})


# ---- pictures ---------------------------------------------------------------------------------------------

PNG = "iVBORw0KGgo="


def shown(source: str, **attachments: dict[str, str]) -> str:
    """A markdown cell on a page."""
    return filters.markdown({"cell": {"attachments": attachments}}, source)


@pytest.mark.parametrize(
    "source",
    ["![c](attachment:x%20y.png)", "![c](<attachment:x y.png>)", "<img alt='c' src='attachment:x y.png'>"]
    + ["![c](<x y.png>)", "![c](./x%20y.png)", "![c](<C:\\me\\x y.png>)", "![c][1]\n\n[1]: /content/x%20y.png"],
)
def test_a_picture_is_found_by_its_name_however_that_is_written(source):
    page = shown(source, **{"x y.png": {"image/png": PNG}})
    assert f'src="data:image/png;base64,{PNG}"' in page and 'alt="c"' in page


@pytest.mark.parametrize("kind", ["image/svg+xml", "image/webp", "image/jpeg", "image/gif"])
def test_any_kind_of_picture_that_does_nothing_may_be_pasted(kind):
    assert f'src="data:{kind};base64,{PNG}"' in shown("![c](attachment:x)", x={kind: PNG})


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("![c](attachment:x%20y.png)", "x y.png"),
        ("<img src='attachment:x.png'>", "x.png"),
        ("![c](plots/x.png)", "plots/x.png"),
        ("![c](https://elsewhere.org/x.png)", "https://elsewhere.org/x.png"),
        ("![c](attachment:%3Cb%3E.png)", "&lt;b&gt;.png"),
        ("<img alt='c'>", ""),
    ],
)
def test_a_picture_that_is_not_there_is_named(source, name):
    page = shown(f"Before {source} after", **{"other.png": {"image/png": PNG}, "x.png": {"text/html": "<b>"}})
    assert f"Before [picture missing: {name}] after" in page


def test_pasted_addresses_count_as_pictures_not_as_text():
    address = "data:image/png;base64," + "A" * 2 * filters.MOST_CHARS
    page = shown(f"**So** it is: ![p]({address}) and <img src='{address}'>.")
    assert "<strong>So</strong>" in page and page.count(f'<img src="{address}"') == 2


def test_many_copies_of_one_picture_do_not_fill_the_memory():
    page = shown("![p](attachment:x) " * 400, x={"image/png": "A" * 2**20})
    assert len(page) < 2 * harmless.MOST_PICTURES and "[picture missing: x]" in page


def test_a_text_that_the_libraries_stumble_over_is_shown_as_text(monkeypatch):
    monkeypatch.setattr(filters.MarkdownWithMath, "render", lambda *_: 1 / 0)
    assert shown("**a** <b>") == filters.WRITTEN + "<pre>**a** &lt;b&gt;</pre>"


# ---- what code showed -------------------------------------------------------------------------------------

TABLE = '<table border="1" class="dataframe"><tr><th>x</th></tr><tr><td>1</td></tr></table>'
PANDAS = f"<div><style scoped>.dataframe tbody tr th {{ top: 0; }}</style>{TABLE}<p>5 rows</p></div>"
COLAB = (
    f'<div id="df-1" class="colab-df-container"><div>{PANDAS}</div><div class="colab-df-buttons">'
    "<button class='colab-df-convert' onclick=\"convert('df-1')\"><svg><path d='M0'/></svg></button>"
    "<style>.colab-df-convert {}</style><script>const b = '<b>';</script></div></div>"
)
VIDEO = f'<video width="200" controls><source type="video/mp4" src="data:video/mp4;base64,{PNG}">No.</video>'


@pytest.mark.parametrize("html", [PANDAS, COLAB])
def test_a_table_stays_without_its_style_and_buttons(html):
    page = harmless.output(html)
    assert {"table", "th", "td"} < Tags(page).tags <= harmless.TAGS
    assert "<td>1</td>" in page and "5 rows" in page
    for part in ("{", "&lt;", "convert", "M0", "const"):
        assert part not in page


def test_an_animation_and_a_video_leave_a_word():
    figure, axes = plt.subplots(figsize=(1, 1))
    (line,) = axes.plot([0, 1])
    html = FuncAnimation(figure, lambda n: line.set_ydata([0, n]), frames=2).to_jshtml()
    plt.close(figure)
    text = " ".join(re.sub("<[^<>]*>", " ", harmless.output(html)).split())
    assert text == "[an animation stood here]"
    assert harmless.output(f"<p>a</p>{VIDEO}<p>b</p>") == "<p>a</p>[a video stood here]<p>b</p>"
    assert harmless.page(VIDEO.replace(PNG, "A" * 2 * harmless.MOST_HTML)) == "[a video stood here]"


def test_of_html_that_shows_nothing_or_too_much_the_plain_text_is_shown():
    assert harmless.output("<div id='plot'><script>draw()</script></div>") == ""
    assert harmless.output("<td>1</td>" * harmless.MOST_TAGS) is None


def test_a_drawing_becomes_the_address_of_a_picture():
    page = harmless.drawing("<svg xmlns='http://www.w3.org/2000/svg'><script>x()</script></svg>")
    assert re.fullmatch('<img src="data:image/svg.xml;base64,[A-Za-z0-9+/=]+">', page)
    assert harmless.page(page) == page


# ---- a page's ids, and a student's -----------------------------------------------------------------------


@pytest.mark.parametrize("show", [harmless.page, harmless.output, lambda html: filters.markdown({}, html)])
def test_a_students_ids_and_what_refers_to_them_never_meet_a_pages(show):
    html = """<h1 id="check_double">a</h1> <a href="#check_double">b</a> <p id='&#99;heck' name="check_double">c</p>
    <label for="check_double">d</label> <input id="e" list="check_double" form="f"> <img usemap="#check_double">
    <td headers="check_double">g</td> <output for="check_double">h</output> <p aria-labelledby="check_double">i</p>
    <form id="check_double"><input type="submit" formaction="/x"></form> <map name="check_double"></map>"""
    page = Tags(show(html))
    assert {name for name, _ in page.attributes} <= {"id", "href"}
    assert all(re.match(f"#?{harmless.OWN}", value) for _, value in page.attributes)
    assert ("id", f"{harmless.OWN}check_double") in page.attributes
    assert ("href", f"#{harmless.OWN}check_double") in page.attributes
    assert page.tags.isdisjoint({"label", "input", "form", "map", "output", "button", "select", "textarea"})


def test_headings_get_no_ids():
    assert filters.markdown({}, "# check_double\n\nnotebook\n===\n") == "<h1>check_double</h1>\n<h1>notebook</h1>\n"


def test_a_link_that_leads_out_shows_where_and_leads_nowhere():
    page = filters.markdown(
        {}, "[the paper](https://elsewhere.org/?a=1&b=2), https://elsewhere.org and [me](mailto:a@b.c)"
    )
    assert "the paper [https://elsewhere.org/?a=1&amp;b=2]</a>, <a>https://elsewhere.org</a> and" in page
    assert "me [a@b.c]</a>" in page and "href" not in page


def test_a_task_is_ticked_without_an_input():
    assert filters.markdown({}, "- [x] a\n- [ ] b") == "<ul>\n<li>☑ a</li>\n<li>☐ b</li>\n</ul>\n"


# ---- what a notebook may cost -----------------------------------------------------------------------------


def test_long_texts_are_shown_as_text():
    assert filters.markdown({}, "<b>" * 10_000).startswith(filters.WRITTEN + "<pre>&lt;b&gt;")
    assert filters.code({}, "<" * 10_000).startswith("<pre>&lt;")
    assert harmless.page("<b>" * 10_000) is None
    assert harmless.output("&" * 2 * harmless.MOST_ENTITIES) is None


def on_a_page(seconds: float = 3, chars: int = 100) -> dict:
    """What a filter is told of a page whose budget is this."""
    return {"resources": {"budget": Budget(seconds, chars)}}


def test_past_the_budget_texts_are_shown_as_they_were_written():
    assert filters.markdown(on_a_page(0), "**a**") == filters.WRITTEN + "<pre>**a**</pre>"
    assert filters.code(on_a_page(0), "x < 1") == "<pre>x &lt; 1</pre>"
    assert filters.printed(on_a_page(0), "\x1b[31ma<\x1b[0m") == "a&lt;"
    assert "ansi-red" in filters.printed(on_a_page(), "\x1b[31ma<\x1b[0m")


@pytest.mark.parametrize("show", [filters.markdown, filters.code, filters.printed, filters.raw])
def test_all_texts_of_a_page_share_its_budget(show):
    page = on_a_page(chars=10)
    first, second = (re.sub("<[^<>]*>", "", show(page, text)) for text in ("x = 1234", "y = 1234"))
    assert NO_ROOM.strip() not in first and NO_ROOM.strip() in second
    assert page["resources"]["budget"].chars == -6


def test_the_time_that_is_spent_is_counted():
    page = on_a_page(seconds=0.05)
    for _ in range(1000):
        if filters.markdown(page, "*a* `b`").startswith(filters.WRITTEN):
            break
    assert page["resources"]["budget"].is_spent
    page["resources"].clear()
    assert "<em>" in filters.markdown(page, "*a* `b`")


def showing(*outputs: dict[str, str]) -> tuple[list[dict[str, str]], list[str]]:
    """What a cell's outputs are once they are cleaned, and what is said of them."""
    cell = {"outputs": [{"data": data} for data in outputs] + [{"output_type": "stream", "text": "x"}]}
    said = clean_outputs([cell, {"source": "words"}])
    return [output["data"] for output in cell["outputs"][:-1]], said


def test_html_that_waits_is_cleaned_and_what_is_too_much_is_plain_text():
    assert showing({WAITING: "<b id=a onclick=x()>1</b>"}) == ([{HTML: '<b id="student:a">1</b>'}], [])
    much = "<b>1</b>" * harmless.MOST_TAGS
    outputs, said = showing({WAITING: much}, {WAITING: much, "text/plain": "1"}, {WAITING: "<b>2</b>"})
    assert outputs == [{"text/plain": much}, {"text/plain": "1"}, {HTML: "<b>2</b>"}] and said == [TOO_MUCH]


def test_all_outputs_of_a_notebook_share_one_budget(monkeypatch):
    monkeypatch.setattr("autograder.gradebook.outputs.Budget", lambda: Budget(0.05))
    html = "<i><p>x" * (harmless.MOST_TAGS // 2)
    start = time.thread_time()
    outputs, said = showing(*({WAITING: html, "text/plain": "1"} for _ in range(200)))
    assert time.thread_time() - start < 2  # one takes 0.1 s
    assert outputs[0].keys() == {HTML, "text/plain"} and outputs[-1] == {"text/plain": "1"} and said == [TOO_MUCH]


@pytest.mark.parametrize(
    "piece",
    ["<b>", "<a b='", "a ", " ", "&", "&lt;", "`", "[", "*a ", "> ", "\\(", "$", "\n ", "a.", "...", "b='' "]
    + ["<img ", "<img src=", "<script>", "<video></video", "![a](b)", "<style", "data:image/png;base64,A "],
)
def test_no_text_takes_long(piece):
    """Each takes less than 1 s here, on busy cores; without the bounds some take minutes."""
    source = "a" + piece * (200_000 // len(piece)) + "b"
    for text in (source, source[: filters.MOST_CHARS - 1], source[: filters.MOST_CODE - 1]):
        start = time.process_time()
        harmless.page(text), harmless.output(text), filters.markdown({}, text), filters.code({}, text)
        assert time.process_time() - start < 3


def test_a_line_holds_nothing_that_a_terminal_obeys():
    assert harmless.line("a\x1b[2Jb\r\nc\x9bd\u202ee") == "a [2Jb  c d e"
