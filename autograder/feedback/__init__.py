"""What people read of graded notebooks: the page of a student, the report on a class, and who learns alone."""
