"""`nbgrader zip_collect ASSIGNMENT`: the archives in downloaded/ASSIGNMENT/archive/ are read as `course collect` reads
them, unless the settings say how names are to be read (FileNameCollectorPlugin.named_regexp)."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from nbgrader.plugins import ExtractorPlugin, FileNameCollectorPlugin

from autograder.lms.archive import opened
from autograder.lms.collect import released, unpack
from autograder.lms.owners import LOOKED_FOR, Owners, Unknown, parts_of
from autograder.lms.submission import Left, arrange, choose


class PlatformExtractor(ExtractorPlugin):
    """Unpacks archives into a folder a student, the notebook under its right name."""

    parent: Any  # nbgrader's ZipCollectApp

    def extract(self, archive_path: str, extracted_path: str) -> None:
        if self.config.FileNameCollectorPlugin.get("named_regexp"):
            super().extract(archive_path, extracted_path)
            return
        archives = sorted(path for path in Path(archive_path).iterdir() if path.suffix.lower() == ".zip")
        count = sum(self.extract_one(archive, Path(extracted_path)) for archive in archives)
        if not count:
            names = ", ".join(path.name for path in archives) or "no .zip file"
            self.parent.fail("Nothing was collected from %s: %s. %s", archive_path, names, LOOKED_FOR)

    def extract_one(self, archive: Path, extracted: Path) -> int:
        coursedir = self.parent.coursedir
        releases, scratch, count = released(coursedir), extracted / ".unpacking", 0
        with opened(archive) as contents:
            parts, _ = parts_of(contents.items)
            people = Owners(None, Path(coursedir.root)).of_all(parts)
            for one in unpack(parts, scratch):
                found = people[one.part.owner]
                try:
                    if isinstance(found, Unknown):
                        raise Left(found.why)
                    notebook, _ = choose(one.unpacked, coursedir.assignment_id, releases)
                    arrange(one.unpacked, notebook, coursedir.assignment_id, extracted / found[0].id)
                    count += 1
                except (Left, FileExistsError) as why:
                    self.log.warning("%s: not collected. %s", one.part.owner, why)
        shutil.rmtree(scratch, ignore_errors=True)
        return count


class PlatformCollector(FileNameCollectorPlugin):
    """Finds the student in the folder's name."""

    parent: Any

    def collect(self, submitted_file: str) -> dict[str, str] | None:
        if self.named_regexp:
            found: dict[str, str] | None = super().collect(submitted_file)
            return found
        extracted = self.parent._format_collect_path(self.parent.extracted_directory)
        student, *inside = Path(os.path.relpath(submitted_file, extracted)).parts
        return {"student_id": student, "file_id": str(Path(*inside))} if inside else None
