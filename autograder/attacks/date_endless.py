# tries: to fill the grader's memory with a date of more than 200 MB
# %% file
with open(folder / "timestamp.txt", "wb") as file:
    file.write(b"2026-01-01")
    file.truncate(200 * 2**20)
