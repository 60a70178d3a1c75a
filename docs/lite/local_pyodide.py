"""A pyodide without its public server: the kernel from npm, and what starts it from PyPI. NumPy is on neither.

    python docs/lite/local_pyodide.py FOLDER

Run by the Python that `make lite` installed JupyterLite for; needs npm.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from jupyterlite_pyodide_kernel.constants import PYODIDE_VERSION

STARTS = ("micropip", "ipython", "jedi")  # what the kernel asks pyodide for
COMM = "0.2.3"  # the kernel asks PyPI for it


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def needed(packages: dict[str, Any]) -> set[str]:
    """The packages that start the kernel, and those they need."""
    found: set[str] = set()
    open_names = list(STARTS)
    while open_names:
        name = normal(open_names.pop())
        if name not in found:
            found.add(name)
            open_names += packages[name]["depends"]
    return found


def fetch_kernel(folder: Path) -> None:
    """Unpack npm's package of the pyodide that this JupyterLite is made for."""
    with TemporaryDirectory() as temporary:
        npm = ["npm", "pack", f"pyodide@{PYODIDE_VERSION}", "--silent"]
        archive = subprocess.run(npm, check=True, cwd=temporary, capture_output=True, text=True).stdout.strip()
        with tarfile.open(Path(temporary, archive)) as package:
            for member in package.getmembers():
                member.name = member.name.removeprefix("package/")
                package.extract(member, folder, filter="data")


def fetch_wheels(folder: Path) -> None:
    """Put PyPI's wheels beside the kernel, and their hashes in its lock: pyodide's server packs the same files anew."""
    lock = folder / "pyodide-lock.json"
    told = json.loads(lock.read_text("utf-8"))
    packages = {normal(name): entry for name, entry in told["packages"].items()}
    names = needed(packages)
    wanted = [f"{packages[name]['name']}=={packages[name]['version']}" for name in sorted(names)]
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    pip += ["--only-binary", ":all:", "--platform", "any", "--python-version", "3.14", "--dest", str(folder)]
    subprocess.run([*pip, *wanted, f"comm=={COMM}"], check=True)
    wheels = {normal(path.name.split("-")[0]): path for path in folder.glob("*.whl")}
    packages["comm"] = packages["six"] | {
        "name": "comm",
        "version": COMM,
        "imports": ["comm"],
        "depends": ["traitlets"],
    }
    for name in names | {"comm"}:
        data = wheels[name].read_bytes()
        packages[name] |= {"file_name": wheels[name].name, "sha256": hashlib.sha256(data).hexdigest()}
    told["packages"] = packages
    lock.write_text(json.dumps(told), "utf-8")


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True)
    fetch_kernel(target)
    fetch_wheels(target)
