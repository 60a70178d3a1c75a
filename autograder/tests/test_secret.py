"""The secret of a course: made once, for its owner alone, the same on every judge, and never to be told from a draw."""

from __future__ import annotations

import stat

import pytest

from autograder.judge import secret
from autograder.sentences import Stopped


def test_it_is_made_once_for_its_owner_alone(tmp_path):
    made = secret.of_course(tmp_path)
    assert len(made) == secret.BYTES and made != secret.PUBLIC
    assert stat.S_IMODE((tmp_path / secret.NAME).stat().st_mode) == 0o600
    assert secret.of_course(tmp_path) == made != secret.of_course(made_folder(tmp_path))


def made_folder(root):
    (root / "another").mkdir()
    return root / "another"


@pytest.mark.parametrize("content", [b"", b"not hex", b"00" * 31, b"\xff" * 64])
def test_what_is_no_secret_is_said_and_what_to_do(tmp_path, content):
    (tmp_path / secret.NAME).write_bytes(content)
    with pytest.raises(Stopped, match="copy it from .* or delete it"):
        secret.of_course(tmp_path)


def test_a_request_names_the_file_and_a_judge_with_another_copy_is_refused(tmp_path):
    made = secret.of_course(tmp_path)
    request = secret.named(tmp_path)
    assert made.hex() not in str(request) and secret.of_request(request) == made
    assert secret.of_request(None) == secret.PUBLIC
    (tmp_path / secret.NAME).unlink()
    secret.of_course(tmp_path)
    with pytest.raises(Stopped, match="another copy"):
        secret.of_request(request)


def test_where_no_class_was_graded_the_public_one_is_taken_and_said(tmp_path):
    assert secret.of_place(tmp_path) == (secret.PUBLIC, "the public one, since no class was graded here")
    made = secret.of_course(tmp_path)
    assert secret.of_place(tmp_path) == (made, "the course's (.course_secret)")


def test_where_draws_start_hangs_on_secret_seed_assignment_and_check():
    of = [(b"a", 1, "spiral", "x"), (b"b", 1, "spiral", "x"), (b"a", 2, "spiral", "x"), (b"a", 1, "mnist", "x")]
    of += [(b"a", 1, "spiral", "y")]
    starts = [secret.start_of_draws(*parts) for parts in of]
    assert len(set(starts)) == len(starts) and all(0 <= start < 2**56 for start in starts)
    assert starts == [secret.start_of_draws(*parts) for parts in of]
