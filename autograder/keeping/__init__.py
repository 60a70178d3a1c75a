"""A running course: back up, restore, forget a student, and which version judged."""
