# tries: to have every file of a whole disk read, hashed and copied: more of them than anyone hands in
# says: Nothing but spiral.ipynb was looked for: the folder holds more than 1,000 files and folders.
# %% file
for number in range(1500):
    (folder / f"notes-{number}.txt").write_text("x")
