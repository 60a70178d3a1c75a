"""Files whose bytes are no longer a notebook's: broken off, in another encoding, no JSON."""

from __future__ import annotations

import json
import re

from autograder.gradebook.mend import COPIES, MISSING, MOVED_ANSWER
from autograder.tests.damaged import ALL, REST, UMLAUT, becomes, cell, dump, listed, refused, worded

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
