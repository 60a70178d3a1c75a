"""What people read of a graded notebook: the page of a student."""
