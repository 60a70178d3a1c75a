# tries: to stop the whole class with a link to something that cannot be read
# %% file
(folder / "notes.txt").symlink_to("/proc/self/mem")
