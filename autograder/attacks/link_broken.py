# tries: to stop nbgrader with links that lead nowhere, or in a circle
# %% file
(folder / "notes.txt").symlink_to("/nowhere/at/all")
(folder / "circle").symlink_to("circle")
(folder / "here").symlink_to(".")
