# tries: to fill memory and disk with a file that claims to be large and takes no room itself
# says: more than 300 MB
# %% file
with open(folder / "weights.pt", "wb") as file:
    file.truncate(400 * 2**20)
