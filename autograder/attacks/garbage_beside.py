# tries: to stop nbgrader with a date that is none and with many files beside the notebook
# %% file
(folder / "timestamp.txt").write_text("the day after tomorrow \x00")
for number in range(300):
    (folder / f"notes-{number}.txt").write_text("x")
