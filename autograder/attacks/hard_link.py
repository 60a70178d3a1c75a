# tries: to have the grader write through a hard link into the released notebook
# honest: make_linear_beta_schedule=0 q_sample=0
# %% file
release = folder.parents[2] / "release" / "spiral" / "spiral.ipynb"
(folder / "spiral.ipynb").hardlink_to(release)
(folder / "verdict.json").hardlink_to(release)
(folder / "spiral.html").hardlink_to(release)
written = True
