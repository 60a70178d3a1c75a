# tries: to bring modules that the grader, nbgrader or pytest would import from beside the notebook
# %% file
code = """
import os, sys
for place in ("/tmp", "@COURSE@", os.path.dirname(__file__)):
    try:
        open(os.path.join(place, "attack-was-here"), "w").close()
    except OSError:
        pass
print("LEAK" "ED:", __name__)
"""
names = "conftest pytest jsonschema nbgrader_config sitecustomize usercustomize numpy torch nbformat json course_config"
for name in names.split():
    (folder / f"{name}.py").write_text(code)
(folder / "autograder").mkdir()
(folder / "autograder" / "__init__.py").write_text(code)
(folder / "pytest.ini").write_text("[pytest]\naddopts = -p conftest\n")
(folder / "pyproject.toml").write_text("[tool.pytest.ini_options]\naddopts = '-p conftest'\n")
(folder / "x.pth").write_text("import conftest\n")
(folder / "startup").mkdir()
(folder / "startup" / "00.py").write_text(code)
