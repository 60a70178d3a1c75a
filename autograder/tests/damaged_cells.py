"""Notebooks whose cells are not what they were."""

from __future__ import annotations

import copy
import json

from autograder.gradebook.mend import COPIES, EMPTY, MISSING, MOVED_ANSWER, SETTINGS, TYPE
from autograder.tests import toy
from autograder.tests.damaged import ALL, REST, becomes, cell, dump, listed, marks, refused

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
    grade_ids_swapped.make(nb)
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
