"""What a course decides beside its checks: dates, lateness, who is dropped, what a TODO is worth."""
