"""Another file than the notebook, or the notebook in another place than it should be."""

from __future__ import annotations

import gzip
import io
import os
import zipfile

from nbformat.v4 import new_notebook

from autograder.gradebook.mend import SETTINGS
from autograder.tests import toy
from autograder.tests.damaged import ALL, alone, becomes, dump, refused

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


# ---- things beside the notebook ---------------------------------------------------------------------------


@becomes("left out: device.txt, gone.csv, loop, pipe.txt, up.", *ALL)
def pipes_and_links_beside(nb):
    def fill(folder):
        alone("toy.ipynb")(folder)
        os.mkfifo(folder / "pipe.txt")
        for name, to in {"device.txt": "/dev/null", "gone.csv": "nowhere.csv", "loop": "loop", "up": ".."}.items():
            (folder / name).symlink_to(to)

    return fill


@becomes("Nothing but toy.ipynb was looked for: the folder holds more than 1,000 files", *ALL)
def too_many_files(nb):
    return lambda folder: [alone("toy.ipynb")(folder), [(folder / f"{number}.txt").touch() for number in range(1000)]]


@refused("more than 1,000 files and folders. No notebook was found")
def too_many_files_and_the_notebook_elsewhere(nb):
    def fill(folder):
        (folder / "work").mkdir()
        alone("work/toy.ipynb")(folder)
        for number in range(1000):
            (folder / f"{number}.txt").touch()

    return fill


@becomes("more than 20 folders in each other", *ALL)
def too_deep(nb):
    return lambda folder: [alone("toy.ipynb")(folder), folder.joinpath(*["d"] * 21).mkdir(parents=True)]


@becomes("more than 300 MB", *ALL)
def a_large_file_with_nothing_in_it(nb):
    def fill(folder):
        alone("toy.ipynb")(folder)
        with (folder / "weights.pt").open("wb") as file:
            file.truncate(301 * 2**20)

    return fill


@becomes("", *ALL)
def names_that_are_no_text(nb):
    def fill(folder):
        alone("toy.ipynb")(folder)
        for name in ("a\nb.txt", "\x1b[2J.png", " ", os.fsdecode(b"\xfc.png"), os.fsdecode(b"\xff.py")):
            (folder / name).write_bytes(b"\x89PNG")

    return fill


@becomes("", *ALL)
def a_folder_as_a_date(nb):
    return lambda folder: [alone("toy.ipynb")(folder), (folder / "timestamp.txt").mkdir()]


@refused("link to another folder. No notebook was found")
def a_link_to_another_folder(nb):
    def fill(folder):
        (folder.parent / "other").mkdir()
        alone("toy.ipynb")(folder.parent / "other")
        folder.rmdir()
        folder.symlink_to("other")

    return fill


@becomes("since a browser would run it: page.html, plot.svg, toy.html/x.", *ALL)
def what_a_browser_would_run(nb):
    """And in the place of the feedback page a folder."""

    def fill(folder):
        alone("toy.ipynb")(folder)
        (folder / "toy.html").mkdir()
        for name in ("page.html", "plot.svg", "toy.html/x"):
            (folder / name).write_text("<p>mine</p>")

    return fill
