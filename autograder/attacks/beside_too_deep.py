# tries: to lead whoever lists its folder down more levels than a program can go
# says: more than 20 folders in each other
# %% file
folder.joinpath(*["d"] * 100).mkdir(parents=True)
