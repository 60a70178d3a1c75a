"""The gradebook side: submissions read and mended, verdicts into nbgrader, pages, a class."""
