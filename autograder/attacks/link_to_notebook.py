# tries: to hand in another student's notebook by a link
# honest: make_linear_beta_schedule=0 q_sample=0
# says: No notebook was found
# %% file
(folder / "spiral.ipynb").symlink_to(folder.parents[1] / "zzz_after" / "spiral" / "spiral.ipynb")
written = True
