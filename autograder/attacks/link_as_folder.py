# tries: to have its whole folder be another student's
# honest: make_linear_beta_schedule=0 q_sample=0
# %% file
folder.rmdir()
folder.symlink_to(folder.parents[1] / "zzz_after" / "spiral")
written = True
