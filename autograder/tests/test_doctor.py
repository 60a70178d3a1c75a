"""`course doctor` says what is there, says what a missing thing means and what mends it, and never falls over."""

import builtins
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from traitlets.config import Config

from autograder import container, doctor
from course_config import ASSIGNMENTS, LECTURES, ROOT


@pytest.fixture(scope="module")
def findings():
    return doctor.report()


def by_subject(findings):
    return {finding.subject: finding for finding in findings}


def test_it_looks_at_everything(findings):
    subjects = {
        "Python", "system", "torch", "torchvision", "numpy", "nbgrader", "CPU cores", "memory", "CUDA", "isolation",
        "MNIST subset", "full MNIST", "browser", "ffmpeg", "free disk",
        "texts", "built notebooks", "git checkout", "marks",
    }  # fmt: skip
    assert subjects <= set(by_subject(findings))


def test_every_line_says_something_and_what_is_missing_says_what_it_means(findings):
    for finding in findings:
        assert finding.found
        assert finding.ok or finding.note


def test_nothing_is_wrong_where_its_tests_run(findings, capsys):
    assert wrong(findings) == {}
    assert doctor.main() == 0
    printed = capsys.readouterr().out
    assert "✗" not in printed and "The course runs here" in printed


def test_what_is_absent_and_optional_is_not_wrong(monkeypatch, capsys):
    monkeypatch.setattr(doctor.shutil, "which", lambda _: None)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0}, raising=False)
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert doctor.main() == 0
    lines = capsys.readouterr().out.splitlines()
    assert {"CPU cores", "CUDA", "browser", "ffmpeg"} <= {line[2:15].strip() for line in lines if line.startswith("–")}


def wrong(findings):
    """What mends each thing that is marked ✗."""
    return {finding.subject: finding.command for finding in findings if finding.mark == "✗"}


def test_an_empty_folder_is_reported_not_raised(tmp_path):
    found = by_subject(doctor.report(tmp_path))
    assert not found["MNIST subset"].ok
    assert not found["full MNIST"].ok
    assert not found["texts"].ok


def test_nothing_on_path_is_reported_not_raised(monkeypatch):
    monkeypatch.setenv("PATH", "")
    found = by_subject(doctor.report())
    assert found["browser"].mark == found["git checkout"].mark == "–"


def test_an_old_python_is_named(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 13))
    assert wrong(doctor.report()) == {"Python": "rm -rf .venv && make build PYTHON=python3.12"}


@pytest.mark.parametrize("error", [ImportError("no torch here"), RuntimeError("nms does not exist")])
def test_packages_that_do_not_import_are_reported_not_raised(monkeypatch, capsys, error):
    real_import = builtins.__import__

    def broken_import(name, *args, **kwargs):
        if name.split(".")[0] in ("torch", "torchvision"):
            raise error
        return real_import(name, *args, **kwargs)

    def broken_import_module(name):
        if name in ("torch", "torchvision"):
            raise error
        return sys.modules[name]

    monkeypatch.setattr(builtins, "__import__", broken_import)
    monkeypatch.setattr(doctor.importlib, "import_module", broken_import_module)
    assert doctor.main() == 1
    printed = capsys.readouterr().out
    assert str(error) in printed
    assert "does not run yet: torch, torchvision" in printed
    assert "MNIST subset" in printed


def test_a_section_that_breaks_leaves_the_others(monkeypatch, capsys):
    def break_down():
        raise OSError("no such thing")
        yield

    monkeypatch.setattr(doctor, "_programs", break_down)
    doctor.main()
    printed = capsys.readouterr().out
    assert "could not be found out (no such thing)" in printed
    assert "free disk" in printed


# ---- what mends it ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> Path:
    """A clone of the course with a copy of what is not committed yet, in which files can be taken away."""
    home = tmp_path_factory.mktemp("course") / "here"
    left_out = shutil.ignore_patterns("tests", "bank", "attacks", "__pycache__", "ddpm", "mnist_full", "outputs")
    for name in ("autograder", "data", "release", "source", "solutions"):
        shutil.copytree(ROOT / name, home / name, ignore=left_out)
    for name in ("course_config.py", "nbgrader_config.py", *LECTURES.values()):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, home / name)
    (home / ".gitignore").write_text("gradebook.db\n__pycache__\n")
    run("git init -q && git add . && git -c user.name=n -c user.email=e commit -qm all", home)
    return home


def run(command, home) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(command, shell=True, check=True, cwd=home, env=os.environ | {"PATH": path, "PYTHONPATH": str(home)})


@pytest.mark.parametrize(
    ("taken", "subject", "command"),
    [
        *((f"release/{name}/{name}.ipynb", "built notebooks", f"course build {name}") for name in ASSIGNMENTS),
        ("release/mnist/mnist_subset/indices.csv", "built notebooks", "course build mnist"),
        ("data/mnist_subset/indices.csv", "MNIST subset", "git checkout -- data"),
        ("data/SHA256SUMS", "MNIST subset", "git checkout -- data"),
        *((f"source/{name}.py", "texts", "git checkout -- source") for name in (*ASSIGNMENTS, *LECTURES)),
    ],
)
def test_a_file_taken_away_is_wrong_and_the_command_mends_it(taken, subject, command, checkout, monkeypatch, capsys):
    monkeypatch.setattr(doctor, "_isolation", lambda: iter(()))  # takes a second, and is not what this is about
    assert wrong(doctor.report(checkout)) == {}
    (checkout / taken).unlink()
    assert wrong(doctor.report(checkout)) == {subject: command}
    assert doctor.main(checkout) == 1
    printed = capsys.readouterr().out
    assert taken in printed or taken == "data/SHA256SUMS"
    assert f"`{command}` " in printed and f"does not run yet: {subject}." in printed
    run(command, checkout)
    assert wrong(doctor.report(checkout)) == {}
    assert doctor._changed_files(checkout) == 0


def test_a_changed_data_file_is_wrong(checkout):
    labels = checkout / "data/mnist_subset/MNIST/raw/t10k-labels-idx1-ubyte"
    labels.write_bytes(labels.read_bytes()[:-1] + b"\0")
    assert doctor.damaged_files(checkout / "data") == ["mnist_subset/MNIST/raw/t10k-labels-idx1-ubyte"]
    run(wrong(doctor.report(checkout))["MNIST subset"], checkout)
    assert doctor.damaged_files(checkout / "data") == []


def test_a_lecture_taken_away_is_wrong(checkout):
    for name, notebook in LECTURES.items():
        text = (checkout / notebook).read_text()
        (checkout / notebook).unlink()
        assert wrong(doctor.report(checkout)) == {"built notebooks": f"course build {name}"}
        (checkout / notebook).write_text(text)


def test_torchvision_taken_away_is_wrong_and_the_command_names_what_holds_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "torchvision", None)
    (command,) = wrong(doctor.report()).values()
    python, *rest = command.split()
    assert (ROOT / python).samefile(sys.executable)
    assert rest == ["-m", "pip", "install", "-r", "requirements.txt"]
    assert "\ntorchvision==" in (ROOT / "requirements.txt").read_text()


def test_a_person_among_the_workers_users_is_named(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr("pwd.getpwall", lambda: [SimpleNamespace(pw_name="zoe", pw_uid=60_800)])
    (finding,) = doctor._worker_users()
    assert finding.found == "60706 to 61183, and among them zoe" and finding.mark == "–"


# ---- on a hub -------------------------------------------------------------------------------------------


def on_a_hub(root):
    found = by_subject(doctor.report(root))
    return {subject: found[subject] for subject in ("answers", "course root", "exchange", "exchange's mode")}


@pytest.fixture
def shared(monkeypatch):
    """A course and its exchange where other users come by, as pytest's own folders let none."""
    for name in ("_isolation", "_packages", "_devices", "_course_files", "_data"):
        monkeypatch.setattr(doctor, name, lambda *_: iter(()))
    with tempfile.TemporaryDirectory(prefix="course-") as folder:
        Path(folder).chmod(0o755)
        for name in ("course/solutions", "course/autograder/checks", "exchange"):
            (Path(folder) / name).mkdir(parents=True)
        (Path(folder) / "course/nbgrader_config.py").write_text(f"c.Exchange.root = {f'{folder}/exchange'!r}")
        (Path(folder) / "exchange").chmod(0o1777)
        yield Path(folder)


def test_answers_that_other_users_can_read_are_named_until_the_course_is_closed(shared):
    course = shared / "course"
    course.chmod(0o755)
    finding = on_a_hub(course)["answers"]
    assert finding.found == "other users can read solutions, autograder/checks" and finding.mark == "–"
    assert f"`chmod go= {course}`" in finding.note
    run(f"chmod go= {course}", course)
    assert on_a_hub(course)["answers"].ok


def test_course_root_and_exchange_are_named_where_they_are_missing(shared, monkeypatch):
    course = shared / "course"
    course.chmod(0o700)
    assert all(finding.ok for finding in on_a_hub(course).values())
    (shared / "exchange").chmod(0o755)
    finding = on_a_hub(course)["exchange's mode"]
    assert not finding.ok and f"`chmod 1777 {shared}/exchange`" in finding.note
    (shared / "exchange").rmdir()
    for elsewhere in (f"{shared}/nbgrader", None):  # as a hub's servers have it, and a terminal of another kind
        monkeypatch.setenv("JUPYTER_CONFIG_PATH", elsewhere or "")
        if not elsewhere:
            monkeypatch.delenv("JUPYTER_CONFIG_PATH")
        finding = by_subject(doctor.report(course))["exchange"]
        assert (
            finding.found == f"{shared}/exchange is missing" and finding.mark == "–" and "docs/hub.md" in finding.note
        )
        assert ("this terminal has none" in finding.note) == (not elsewhere)


def test_a_course_root_that_is_no_folder_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr("autograder.gradebook.settings.written", lambda _: Config(CourseDirectory={"root": "/nowhere"}))
    finding = next(doctor._exchange(doctor.ROOT))
    assert finding.found == "/nowhere" and not finding.ok and "CourseDirectory.root" in finding.note


# ---- a container's share ----------------------------------------------------------------------------------

GROUP_2, GROUP_1 = "0::/box/inner\n", "4:memory:/box\n3:cpuset:/\n2:cpu,cpuacct:/box\n0::/\n"


@pytest.mark.parametrize(
    ("files", "cpus", "memory"),
    [
        ({}, float("inf"), float("inf")),
        ({"proc/self/cgroup": GROUP_2}, float("inf"), float("inf")),
        ({"proc/self/cgroup": "0::/\n", "cpu.max": "100000 100000", "memory.max": "1073741824"}, 1, 2**30),
        ({"proc/self/cgroup": "0::/\n", "cpu.max": "max 100000", "memory.max": "max"}, float("inf"), float("inf")),
        ({"proc/self/cgroup": GROUP_2, "box/cpu.max": "150000 100000", "box/inner/cpu.max": "max 100000"}, 1.5, None),
        ({"proc/self/cgroup": GROUP_2, "box/memory.max": "5000", "box/inner/memory.max": "9000"}, None, 5000),
        (
            {
                "proc/self/cgroup": GROUP_1,
                "cpu/box/cpu.cfs_quota_us": "200000",
                "cpu/box/cpu.cfs_period_us": "100000",
                "cpu/cpu.cfs_quota_us": "-1",
                "cpu/cpu.cfs_period_us": "100000",
                "memory/memory.limit_in_bytes": "7000",  # the path is the host's, as in Docker
            },
            2,
            7000,
        ),
    ],
)
def test_a_quota_is_read_from_either_version_of_control_groups(files, cpus, memory, tmp_path):
    for name, text in files.items():
        path = tmp_path / (name if name.startswith("proc") else f"sys/fs/cgroup/{name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert cpus in (None, container.cpus(tmp_path))
    assert memory in (None, container.memory(tmp_path))


def test_in_a_container_with_one_cpu_it_says_one(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)), raising=False)
    monkeypatch.setattr(container, "cpus", lambda: 1.0)
    monkeypatch.setattr(container, "memory", lambda: 2**30)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    found = by_subject(doctor.report())
    assert found["CPU cores"].found == "1, a container's share of 16" and found["CPU cores"].mark == "–"
    assert "`export OMP_NUM_THREADS=1`" in found["threads"].note and found["threads"].mark == "–"
    assert found["memory"].found == "1.0 GiB" and found["memory"].mark == "–"
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert by_subject(doctor.report())["threads"].mark == "✓"
