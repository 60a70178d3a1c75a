"""The student's side: runs cells and answers questions, locked in. It holds no check, expected value or solution."""
