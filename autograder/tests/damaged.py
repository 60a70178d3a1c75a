"""Files and folders as they arrive from students when something went wrong on the way, and what must become of each.

Every kind is a function of the toy assignment's perfect submission, `nb`, as plain JSON. It returns a notebook to be
written as JSON, or the very bytes of the file, or a function that fills the submission's folder. `@becomes` says what
must be told to the student, and which answers must be found in the mended notebook; `refused` means none of it.
"""

from __future__ import annotations

import copy
import gzip
import io
import json
import os
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nbformat.v4 import new_notebook

from autograder.gradebook.mend import COPIES, EMPTY, MISSING, MOVED_ANSWER, SETTINGS, TYPE
from autograder.tests import toy

ALL = ("double", "counter", "reflection_1")
REST = ("counter", "reflection_1")
UMLAUT = "Weil es so schön ist – „fast“ immer."


@dataclass(frozen=True)
class Kind:
    """One kind of damage: what it makes of a submission, what is said, and which answers are saved."""

    make: Callable
    says: str  # a regular expression; "" means that nothing at all is said
    saved: tuple[str, ...] | None  # None: refused
    elsewhere: dict[str, str]  # code that must survive, by the name of its answer, where it is not the toy's own

    def fill(self, folder: Path) -> None:
        """The submission's folder as it arrives."""
        made = self.make(json.loads(json.dumps(toy.submission())))
        folder.mkdir(parents=True, exist_ok=True)
        if callable(made):
            made(folder)
        else:
            (folder / "toy.ipynb").write_bytes(made if isinstance(made, bytes) else dump(made))


KINDS: dict[str, Kind] = {}


def becomes(says: str, *saved: str, **elsewhere: str) -> Callable:
    def enter(make: Callable) -> Callable:
        KINDS[make.__name__] = Kind(make, says, (*saved, *elsewhere), elsewhere)
        return make

    return enter


def refused(says: str) -> Callable:
    def enter(make: Callable) -> Callable:
        KINDS[make.__name__] = Kind(make, says, None, {})
        return make

    return enter


def dump(nb: object) -> bytes:
    """As Jupyter writes it: keys in order, one line of text a line."""
    return json.dumps(nb, indent=1, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")


def cell(nb: dict, name: str) -> dict:
    return next(cell for cell in nb["cells"] if cell["id"] == name)


def listed(nb: dict) -> dict:
    """Sources as lists of lines, as Jupyter writes them."""
    for each in nb["cells"]:
        each["source"] = each["source"].splitlines(keepends=True)
    return nb


def worded(nb: dict, words: str = UMLAUT) -> dict:
    """With a reflection that ASCII cannot hold."""
    cell(nb, "reflection_1")["source"] = words
    return nb


def marks(nb: dict, name: str) -> dict:
    return cell(nb, name)["metadata"]["nbgrader"]


def alone(name: str) -> Callable:
    """The submission under this name, and no other file."""
    return lambda folder: (folder / name).write_bytes(dump(toy.submission()))


# ---- files that break off ---------------------------------------------------------------------------------


@becomes(
    f"damaged after cell 7.*{MISSING}.*check_counter, reflection_1", "double", counter="class Counter:\n    def __i"
)
def cut_inside_a_line_of_code(nb):
    raw = dump(listed(nb))
    return raw[: raw.index(b"    def __init__") + 11]


@becomes("damaged after cell 7", "double", "counter")
def cut_inside_an_output(nb):
    """Colab writes the source before the outputs, so the code of the broken cell is whole."""
    nb["cells"] = nb["cells"][:7] + [cell(nb, "counter")]
    cell(nb, "counter")["outputs"] = [{"output_type": "stream", "text": "7" * 999, "name": "stdout"}]
    order = ("cell_type", "id", "source", "metadata", "outputs")
    nb["cells"][-1] = {key: nb["cells"][-1][key] for key in order}
    return json.dumps(nb).encode()[:-500]


@refused("damaged from the start")
def cut_after_the_first_brace(nb):
    return b"{"


@refused("damaged from the start")
def cut_before_the_first_cell(nb):
    return b'{\n "cells": [\n  {\n   "cell_type": "mark'


@becomes("characters.*damaged after cell 10", *ALL[:2], reflection_1="Weil es so sch")
def cut_inside_a_character(nb):
    raw = dump(worded(nb))
    return raw[: raw.index("ö".encode()) + 1]


@becomes("damaged after cell 10", *ALL[:2], reflection_1="Weil es")
def cut_inside_an_escape(nb):
    nb = json.dumps(worded(nb)).encode()
    return nb[: nb.index(b"\\u00f6") + 3]


@becomes("damaged after cell 12", *ALL)
def cut_behind_the_cells(nb):
    raw = dump(nb)
    return raw[: raw.index(b'"kernelspec"')]


@becomes("damaged at its beginning", *ALL)
def head_lost(nb):
    return dump(nb)[30:]


@becomes("damaged after cell 3", *REST, double="def double(x):\n    return ")
def hole_in_the_code(nb):
    """A bad sector: a cell loses its end, the next one its beginning."""
    raw = dump(nb)
    start = raw.index(b"x + helper")
    return raw[:start] + bytes(100) + raw[start + 100 :]


@becomes(f"damaged after cell 3.*{MOVED_ANSWER}: double", *ALL)
def hole_in_the_marks(nb):
    raw = dump(nb)
    start = raw.index(b'"id": "double"')
    return raw[:start] + bytes(100) + raw[start + 100 :]


# ---- encodings --------------------------------------------------------------------------------------------


@becomes("saved as utf-16", *ALL[:2], reflection_1=UMLAUT)
def utf16_le_with_a_mark(nb):
    return b"\xff\xfe" + dump(worded(nb)).decode().encode("utf-16-le")


@becomes("saved as utf-16", *ALL[:2], reflection_1=UMLAUT)
def utf16_be_with_a_mark(nb):
    return b"\xfe\xff" + dump(worded(nb)).decode().encode("utf-16-be")


@becomes("saved as utf-16-le", *ALL[:2], reflection_1=UMLAUT)
def utf16_le_without(nb):
    return dump(worded(nb)).decode().encode("utf-16-le")


@becomes("saved as utf-16-be", *ALL[:2], reflection_1=UMLAUT)
def utf16_be_without(nb):
    return dump(worded(nb)).decode().encode("utf-16-be")


@becomes("saved as utf-16.*damaged after", "double")
def utf16_cut(nb):
    raw = dump(nb).decode().encode("utf-16")
    return raw[: len(raw) * 2 // 3 + 1]


@becomes("", *ALL[:2], reflection_1=UMLAUT)
def utf8_with_a_mark(nb):
    return b"\xef\xbb\xbf" + dump(worded(nb))


@becomes("", *ALL[:2], reflection_1=UMLAUT)
def utf8_with_two_marks(nb):
    return b"\xef\xbb\xbf" * 2 + dump(worded(nb))


@becomes("saved as cp1252", *ALL[:2], reflection_1="schön")
def latin_1(nb):
    return dump(worded(nb, "schön")).decode().encode("latin-1")


@becomes("saved as cp1252", *ALL[:2], reflection_1=UMLAUT)
def windows_quotes(nb):
    return dump(worded(nb)).decode().encode("cp1252")


@becomes("saved as cp1252", "double", "counter")
def shift_jis(nb):
    return dump(worded(nb, "これはソースです")).decode().encode("shift-jis")


@becomes("Some characters", *ALL[:2], reflection_1="Weil es so sch\ufffdn ist – „fast“ immer.")
def one_byte_scratched(nb):
    return dump(worded(nb)).replace("ö".encode(), b"\xff")


# ---- format versions, and a notebook that is none ---------------------------------------------------------


@becomes("", *ALL)
def format_3(nb):
    cells = [{("input" if key == "source" else key): value for key, value in c.items()} for c in nb["cells"]]
    return {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": cells}]}


@becomes("", *ALL)
def format_99(nb):
    return nb | {"nbformat": 99, "nbformat_minor": 10**9}


@becomes("", *ALL)
def format_negative(nb):
    return nb | {"nbformat": -4, "nbformat_minor": -1}


@becomes("", *ALL)
def format_in_words(nb):
    return nb | {"nbformat": "four", "nbformat_minor": None}


@becomes("", *ALL)
def only_cells(nb):
    return {"cells": nb["cells"]}


@becomes("", *ALL)
def a_bare_list_of_cells(nb):
    return dump(nb["cells"])


@becomes("", *ALL)
def cells_as_a_dict(nb):
    return json.dumps(nb | {"cells": dict(enumerate(nb["cells"]))}).encode()


@becomes("", *ALL)
def words_among_the_cells(nb):
    return nb | {"cells": ["cell", None, 7, [], *nb["cells"], "end"]}


@refused("0 cells")
def cells_missing(nb):
    del nb["cells"]
    return nb


@refused("0 cells")
def cells_null(nb):
    return nb | {"cells": None}


@refused("0 cells")
def cells_are_words(nb):
    return nb | {"cells": ["import numpy", "print(1)"]}


@becomes("", *ALL)
def metadata_null(nb):
    for each in nb["cells"]:
        if each["id"] not in toy.ROLES:
            each["metadata"] = None
    return nb | {"metadata": None}


# ---- cells ------------------------------------------------------------------------------------------------


@becomes(f"{MISSING}: check_double, check_counter", *ALL)
def checks_deleted(nb):
    return nb | {"cells": [each for each in nb["cells"] if not each["id"].startswith("check")]}


@becomes(f"{EMPTY}: double", *REST)
def source_missing(nb):
    del cell(nb, "double")["source"]
    return nb


@becomes(f"{EMPTY}: double", *REST)
def source_null(nb):
    cell(nb, "double")["source"] = None
    return nb


@becomes(f"{EMPTY}: double", *REST)
def source_a_number(nb):
    cell(nb, "double")["source"] = 42
    return nb


@becomes(f"{EMPTY}: double", *REST)
def source_numbers(nb):
    cell(nb, "double")["source"] = [1, 2, 3]
    return nb


@becomes("", *ALL)
def source_with_numbers_between(nb):
    listed(nb)
    cell(nb, "double")["source"][1:1] = [None, 5, {}]
    return nb


@becomes("", *ALL)
def ids_all_alike(nb):
    for each in nb["cells"]:
        each["id"] = "a"
    return nb


@becomes(f"{COPIES}: double, check_double", *ALL)
def graded_cells_copied(nb):
    nb["cells"] += [copy.deepcopy(cell(nb, name)) for name in ("double", "check_double")]
    return nb


@becomes(f"{SETTINGS}: double, check_counter", *ALL)
def grade_ids_renamed(nb):
    marks(nb, "double")["grade_id"], marks(nb, "check_counter")["grade_id"] = "twice", "mine"
    return nb


@becomes(f"{SETTINGS}: double, counter", *ALL)
def grade_ids_swapped(nb):
    marks(nb, "double")["grade_id"], marks(nb, "counter")["grade_id"] = "counter", "double"
    return nb


@becomes(f"{MOVED_ANSWER}: double, counter", *ALL)
def grade_ids_swapped_and_no_ids(nb):
    grade_ids_swapped(nb)
    for each in nb["cells"]:
        del each["id"]
    return nb


@becomes(f"{SETTINGS}: double, counter, check_counter", *ALL)
def grade_ids_of_wrong_types(nb):
    for name, wrong in (("double", ""), ("counter", ["counter"]), ("check_counter", 3.5)):
        marks(nb, name)["grade_id"] = wrong
    return nb


@becomes(f"{SETTINGS}: given_helpers, double", *ALL)
def marks_are_words(nb):
    for name in toy.ROLES:
        cell(nb, name)["metadata"]["nbgrader"] = "yes"
    return nb


@becomes(f"{TYPE}: double, reflection_1", *ALL)
def types_turned(nb):
    cell(nb, "double")["cell_type"], cell(nb, "reflection_1")["cell_type"] = "markdown", "code"
    return nb


@becomes("", *ALL)
def types_missing(nb):
    for name in ("double", "mine"):
        cell(nb, name).pop("cell_type")
    return nb


@becomes("", "counter", "reflection_1", double="def double(x):")
def a_todo_split_in_two(nb):
    own = cell(nb, "double")
    body = {"cell_type": "code", "source": own["source"].partition("\n")[2], "metadata": {}, "outputs": [], "id": "b"}
    own["source"] = own["source"].partition("\n")[0]
    nb["cells"].insert(nb["cells"].index(own) + 1, body)
    return nb


@becomes(f"{MOVED_ANSWER}: counter", *ALL)
def two_todos_in_one_cell(nb):
    other = cell(nb, "counter")
    cell(nb, "double")["source"] += "\n\n" + other["source"]
    nb["cells"].remove(other)
    return nb


@becomes(f"{MOVED_ANSWER}: double, counter", *ALL)
def answers_in_each_others_cells(nb):
    one, other = cell(nb, "double"), cell(nb, "counter")
    one["source"], other["source"] = other["source"], one["source"]
    return nb


@becomes(f"{MOVED_ANSWER}: double, counter.*{MISSING}.*reflection_1", "double", "counter")
def everything_in_one_cell(nb):
    code = "\n\n".join(each["source"] for each in nb["cells"] if each["cell_type"] == "code")
    return nb | {"cells": [{"cell_type": "code", "source": code, "metadata": {}, "outputs": []}]}


@becomes("", "counter", "reflection_1", double=toy.SOURCE["double"])
def solution_markers_added(nb):
    cell(nb, "double")["source"] = toy.SOURCE["double"]
    return nb


@becomes("changed places", *ALL)
def upside_down(nb):
    nb["cells"].reverse()
    return nb


@becomes("", *ALL)
def counts_as_words(nb):
    for n, each in enumerate(nb["cells"]):
        each["execution_count"] = str(n)
    return nb


@becomes("", *ALL)
def outputs_of_wrong_types(nb):
    junk = [None, "text", {"output_type": "stream"}, {"output_type": "display_data", "data": []}, {"output_type": 5}]
    junk += [{"output_type": "error", "ename": 1, "evalue": None, "traceback": "t"}, {"output_type": []}]
    cell(nb, "plot")["outputs"], cell(nb, "imports")["outputs"] = junk, "42"
    return nb


@becomes("", *ALL)
def a_hundred_thousand_outputs(nb):
    cell(nb, "plot")["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "step\n"}] * 100_000
    return nb


@becomes("", *ALL)
def attachments_broken(nb):
    cell(nb, "title")["attachments"] = {"image.png": "base64", "b.png": {"image/png": [1]}, "c.png": None}
    cell(nb, "reflection_1")["attachments"] = [1]
    return nb


# ---- JSON that is none ------------------------------------------------------------------------------------


@becomes("", *ALL[:2], reflection_1="half ? of it")
def half_a_character(nb):
    return json.dumps(worded(nb, "half \ud83d of it")).encode()


@becomes("", *ALL)
def numbers_that_are_none(nb):
    nb["metadata"] = {"a": float("nan"), "b": float("inf"), "c": -float("inf")}
    cell(nb, "plot")["execution_count"] = float("inf")
    return json.dumps(nb).encode()


@becomes("", *ALL)
def huge_numbers(nb):
    return dump(nb).replace(b'"execution_count": null', b'"execution_count": ' + b"9" * 50_000, 3)


@becomes("", *ALL[:2], reflection_1="a\x00b\x1b[0m\tc\x7f")
def control_characters(nb):
    return dump(worded(nb, "a\0b\x1b[0m\tc\x7f")).replace(b"\\u0000", b"\0").replace(b"\\u001b", b"\x1b")


@becomes(f"{MOVED_ANSWER}: double, counter", *ALL)
def windows_line_ends(nb):
    for each in nb["cells"]:
        each["source"] = each["source"].replace("\n", "\r\n")
        each["metadata"], each["id"] = {}, None
    return dump(nb).replace(b"\n", b"\r\n")


@becomes(f"{MOVED_ANSWER}: double, counter", *ALL)
def old_mac_line_ends(nb):
    for each in nb["cells"]:
        each["source"] = each["source"].replace("\n", "\r")
        each["metadata"], each["id"] = {}, None
    return dump(nb).replace(b"\n", b"\r")


@becomes("", *ALL)
def keys_twice(nb):
    return dump(nb).replace(b'"cell_type": "code"', b'"cell_type": "raw", "source": "", "cell_type": "code"')


@becomes("", *ALL)
def commas_too_many(nb):
    return re.sub(rb"\n( *)\]", rb",\n\1]", re.sub(rb"\n( *)\}", rb",\n\1}", dump(listed(nb))))


@becomes("", *ALL)
def comments(nb):
    return dump(nb).replace(b'"cells": [', b'// my notebook, see http://x "y"\n"cells": [ // here')


@becomes("behind the end", *ALL)
def rubbish_behind(nb):
    return dump(nb) + b"\n}\n<script>alert(1)</script>"


@becomes(f"damaged after cell 12.*{COPIES}", *ALL)
def pasted_twice(nb):
    return dump(nb) * 2


@becomes("damaged at its beginning", *ALL)
def rubbish_before(nb):
    return b"undefined" + dump(nb)


@becomes("", *ALL)
def printed_by_python(nb):
    return repr(nb).encode()


@becomes("damaged after cell 12", *ALL)
def a_comma_missing(nb):
    return dump(nb).replace(b'],\n "metadata"', b']\n "metadata"')


@becomes("damaged after cell 0", *ALL)
def a_bracket_too_many(nb):
    return dump(nb).replace(b'"cells": [', b'"cells": [[')


@becomes("damaged after cell 6", *ALL)
def a_cell_without_its_end(nb):
    """What stands behind is valid JSON in the wrong place: all other cells became outputs of this one."""
    return re.sub(rb'"output_type": "stream",\s*"text": "42.n"\s*\}\s*\],', b"", dump(nb))


@becomes("damaged after cell 3", *ALL)
def a_comma_missing_in_the_code(nb):
    nb = listed(nb)
    return dump(nb).replace(rb'"def double(x):\n",', rb'"def double(x):\n"')


@becomes("damaged after cell 3", *REST, double='def double(x):\n    return "\\d" or x + helper(x)')
def an_escape_that_is_none(nb):
    cell(nb, "double")["source"] = 'def double(x):\n    return "\\d" or x + helper(x)'
    return dump(nb).replace(rb"\\d", rb"\d")


@becomes("damaged after cell 0", *ALL)
def very_deep(nb):
    deep = b'"metadata": {"x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    return json.dumps(nb).encode().replace(b'"metadata": {}', deep, 1)


@refused("holds something else")
def nothing_but_depth(nb):
    return b"[" * 1_000_000


@becomes("git merge", *REST, double="def double(x):\n    return 2 * x")
def a_merge_conflict(nb):
    raw = dump(listed(nb))
    line = next(line for line in raw.splitlines(keepends=True) if b"return x + helper(x)" in line)
    ours = line.replace(b"x + helper(x)", b"2 * x")
    return raw.replace(line, b"<<<<<<< HEAD\n" + ours + b"=======\n" + line + b">>>>>>> main\n", 1)


@becomes("git merge", *ALL)
def a_merge_conflict_of_three_in_the_counts(nb):
    conflict = b'<<<<<<< HEAD\n"execution_count": 4,\n||||||| base\n=======\n"execution_count": 7,\n>>>>>>> main\n'
    return dump(nb).replace(b'   "execution_count": null,\n', conflict)


# ---- foreign files ----------------------------------------------------------------------------------------


@refused("right file")
def another_assignment(nb):
    return toy.notebook({"title": "# Other", "imports": "import math", "given_helpers": "def other(): ..."})


@refused("0 cells")
def an_empty_notebook(nb):
    return new_notebook()


@refused("right file")
def one_empty_cell(nb):
    return nb | {"cells": [{"cell_type": "code", "source": "", "metadata": {}, "outputs": [], "execution_count": None}]}


@refused("0 cells")
def any_json(nb):
    return {"name": "package", "version": "1.0.0", "dependencies": {}}


@refused("holds something else")
def a_number(nb):
    return b"42"


@refused("holds something else")
def a_script(nb):
    return b'"""My homework."""\nimport math\n\n\ndef double(x):\n    return 2 * x\n'


@refused("holds something else")
def a_jupytext(nb):
    return b"# ---\n# jupyter:\n#   jupytext: {}\n# ---\n\n# %%\ndef double(x):\n    return 2 * x\n"


@refused("web page")
def a_web_page(nb):
    page = (
        '<!DOCTYPE html>\n<html><head><title>toy - Jupyter</title></head><body class="cells">"cells": [</body></html>'
    )
    return page.encode()


@refused("zip archive")
def a_zip(nb):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("toy.ipynb", dump(nb))
    return file.getvalue()


@refused("gzip")
def a_gzip(nb):
    return gzip.compress(dump(nb))


@refused("a PDF")
def a_pdf(nb):
    return b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"


@refused("a picture")
def a_screenshot(nb):
    return b"\x89PNG\r\n\x1a\n" + bytes(range(256))


@refused("holds something else")
def words_from_a_word_processor(nb):
    return "\ufeffToy – my answers\n\n“def double(x):”\n".encode()


@refused("damaged from the start|0 cells")
def curly_quotes(nb):
    """A notebook's text pasted through a word processor: what was code and what was JSON cannot be told apart."""
    return dump(nb).decode().replace('"', "”").encode()


@becomes("", *ALL)
def colab(nb):
    for each in nb["cells"]:
        each["metadata"] |= {"id": each.pop("id"), "colab": {"base_uri": "x"}, "outputId": "5", "executionInfo": {}}
    return nb | {"nbformat_minor": 0, "metadata": {"colab": {"provenance": []}, "accelerator": "GPU"}}


@becomes(f"{SETTINGS}", *ALL)
def without_any_metadata(nb):
    for each in nb["cells"]:
        del each["metadata"]
    return {"cells": nb["cells"], "nbformat": 4, "nbformat_minor": 5}


# ---- names, folders and other things in the place of a file -----------------------------------------------


@becomes("Toy.ipynb was graded", *ALL)
def name_in_capitals(nb):
    return alone("Toy.ipynb")


@becomes(r"toy \(1\).ipynb was graded", *ALL)
def name_of_a_second_download(nb):
    return alone("toy (1).ipynb")


@becomes("toy-Copy1.ipynb was graded", *ALL)
def name_of_a_copy(nb):
    return alone("toy-Copy1.ipynb")


@becomes("toy.ipynb.txt was graded", *ALL)
def name_with_txt(nb):
    return alone("toy.ipynb.txt")


@becomes("toy.json was graded", *ALL)
def name_with_json(nb):
    return alone("toy.json")


@becomes("toy was graded", *ALL)
def name_without_an_end(nb):
    return alone("toy")


@becomes(r"toy\?.ipynb was graded", *ALL)
def name_that_is_no_text(nb):
    return lambda folder: alone(os.fsdecode(b"toy\xff.ipynb"))(folder)


@becomes("There were 3 notebooks; toy.ipynb was graded", *ALL)
def several_notebooks(nb):
    def fill(folder):
        for name in ("toy.ipynb", "toy (1).ipynb", "scratch.ipynb"):
            alone(name)(folder)

    return fill


@refused("several notebooks.*toy-a.ipynb, toy-b.ipynb")
def several_notebooks_and_none_by_name(nb):
    return lambda folder: [alone(name)(folder) for name in ("toy-a.ipynb", "toy-b.ipynb")]


@refused("There were 2 notebooks; toy.ipynb was graded. The file is empty.")
def an_empty_file_beside_another(nb):
    return lambda folder: [alone("toy (1).ipynb")(folder), (folder / "toy.ipynb").touch()]


@refused("empty")
def an_empty_file(nb):
    return b""


@refused("empty")
def only_blanks(nb):
    return b" \r\n\t" * 1000


@refused("empty")
def only_zeros(nb):
    return bytes(100_000)


@refused("No notebook was found")
def no_file(nb):
    return lambda folder: None


@refused("No notebook was found")
def a_folder_by_that_name(nb):
    return lambda folder: (folder / "toy.ipynb").mkdir()


@becomes(r"toy.ipynb/toy.ipynb was graded", *ALL)
def a_folder_with_the_notebook(nb):
    return lambda folder: [(folder / "toy.ipynb").mkdir(), alone("toy.ipynb/toy.ipynb")(folder)]


@refused("No notebook was found")
def a_pipe(nb):
    return lambda folder: os.mkfifo(folder / "toy.ipynb")


@refused("No notebook was found")
def a_link_to_a_device(nb):
    return lambda folder: (folder / "toy.ipynb").symlink_to("/dev/zero")


@refused("No notebook was found")
def a_link_to_nothing(nb):
    return lambda folder: (folder / "toy.ipynb").symlink_to("gone.ipynb")


@refused("No notebook was found")
def a_link_to_itself(nb):
    return lambda folder: (folder / "toy.ipynb").symlink_to("toy.ipynb")


@refused("cannot be read: Permission denied")
def a_file_that_may_not_be_read(nb):
    return lambda folder: [alone("toy.ipynb")(folder), (folder / "toy.ipynb").chmod(0)]
