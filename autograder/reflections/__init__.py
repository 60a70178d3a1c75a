"""Reflections, marked by people: one question across the class, by the rubric in the assignment's text."""
