"""In and out: what students handed in to Moodle or Canvas, who they are, and the marks that go back there."""
