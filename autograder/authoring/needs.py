"""What a notebook needs to run. Its text says so in one line, `NEEDS = {...}`; students get requirements.txt of it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping

from nbformat import NotebookNode

REQUIREMENTS = "requirements.txt"
SHIPPED = {*sys.stdlib_module_names, "IPython"}  # IPython comes with whatever opens a notebook
CPU = "https://download.pytorch.org/whl/cpu"

Needs = Mapping[str, str]  # the least version of Python, and of each package
Code = list[tuple[int, ast.Module]]  # the code of a cell, and the line before it


def needs_of(trees: Code) -> tuple[int, Needs] | None:
    """NEEDS and its line; nothing where a text has none."""
    for line, tree in trees:
        for node in tree.body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "NEEDS":
                return line + node.lineno, ast.literal_eval(node.value)
    return None


def requirements(name: str, nb: NotebookNode) -> str | None:
    """The file for students, of a source notebook."""
    found = needs_of(parsed([(0, cell.source) for cell in nb.cells if cell.cell_type == "code"]))
    if not found:
        return None
    needs = dict(found[1])
    python = needs.pop("python")
    torch = f"# torch without the 5 GB of CUDA: first pip install torch torchvision --index-url {CPU}\n"
    return (
        f"# What {name}.ipynb needs, with Python {python} or newer. In a terminal, in this folder:\n"
        f"#   pip install -r {REQUIREMENTS}\n"
        f"#   jupyter lab {name}.ipynb\n"
        f"{torch if 'torch' in needs else ''}"
        "jupyterlab>=4  # opens the notebook; leave it out where something else does (VS Code: ipykernel)\n"
        + "".join(f"{package}>={least}\n" for package, least in needs.items())
    )


def parsed(cells: list[tuple[int, str]]) -> Code:
    """Cells of code; those with IPython's magics are left out."""
    found = []
    for line, source in cells:
        try:
            found.append((line, ast.parse(source)))
        except SyntaxError:
            continue
    return found


def problems(cells: list[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """NEEDS and imports that do not agree, and imports that nothing uses: each with the line of a text.

    `cells` are those of code, each with the number of its `# %%` line.
    """
    trees = parsed(cells)
    lines = {line + n: text for line, source in cells for n, text in enumerate(source.split("\n"), 1)}
    used = {node.id for _, tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)}
    imported = dict[str, int]()
    for line, tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                at = line + node.lineno
                modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
                imported |= {module.split(".")[0]: at for module in modules}
                bound = {(alias.asname or alias.name).split(".")[0] for alias in node.names}
                if (idle := sorted(bound - used)) and "#" not in lines[at]:
                    yield (
                        at,
                        f"nothing uses {', '.join(idle)}: take the import out, or say why in a comment.",
                    )
    if found := needs_of(trees):
        at, needs = found
        for name in sorted(imported.keys() - SHIPPED - needs.keys()):
            yield imported[name], f"{name} is imported, and NEEDS does not name it with its least version."
        for name in sorted(needs.keys() - imported.keys() - {"python"}):
            yield at, f"NEEDS names {name}, which nothing imports."
