# tries: to get another student's notebook back with its feedback, by links beside its own notebook
# %% file
(folder / "notes.txt").symlink_to(folder.parents[1] / "zzz_after" / "spiral" / "spiral.ipynb")
(folder / "figure.png").symlink_to("../../zzz_after/spiral/spiral.ipynb")
# %% file
(folder / "pictures").symlink_to(folder.parents[1] / "zzz_after")
(folder / "more").symlink_to(folder.parents[1] / "zzz_after" / "spiral", target_is_directory=True)
