"""`course doctor` says what is there, says what a missing thing means, and never falls over."""

import builtins
import sys

import pytest

from autograder import doctor


@pytest.fixture(scope="module")
def findings():
    return doctor.report()


def by_subject(findings):
    return {finding.subject: finding for finding in findings}


def test_it_looks_at_everything(findings):
    subjects = {
        "Python", "system", "torch", "torchvision", "numpy", "nbgrader", "CPU cores", "CUDA", "isolation",
        "MNIST subset", "full MNIST", "browser", "ffmpeg", "free disk",
        "assignments", "built notebooks", "git checkout",
    }  # fmt: skip
    assert subjects <= set(by_subject(findings))


def test_every_line_says_something_and_what_is_missing_says_what_it_means(findings):
    for finding in findings:
        assert finding.found
        assert finding.ok or finding.note


def test_nothing_that_the_course_needs_is_missing_where_its_tests_run(findings):
    assert [finding for finding in findings if finding.needed and not finding.ok] == []


def test_an_empty_folder_is_reported_not_raised(tmp_path):
    found = by_subject(doctor.report(tmp_path))
    assert not found["MNIST subset"].ok
    assert not found["full MNIST"].ok
    assert not found["assignments"].ok


def test_nothing_on_path_is_reported_not_raised(monkeypatch):
    monkeypatch.setenv("PATH", "")
    found = by_subject(doctor.report())
    assert not found["browser"].ok
    assert not found["git checkout"].ok


def test_an_old_python_is_named(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 13))
    assert not by_subject(doctor.report())["Python"].ok


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

    monkeypatch.setattr(doctor, "_programs", break_down)
    doctor.main()
    printed = capsys.readouterr().out
    assert "could not be found out (no such thing)" in printed
    assert "free disk" in printed
