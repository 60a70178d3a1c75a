# tries: to get another student's folder back with its feedback, by a link to the folder
# %% file
(folder / "pictures").symlink_to(folder.parents[1] / "zzz_after")
(folder / "more").symlink_to(folder.parents[1] / "zzz_after" / "spiral", target_is_directory=True)
