"""The trusted side: holds the hidden checks, and asks a student's process, which it never runs in."""
