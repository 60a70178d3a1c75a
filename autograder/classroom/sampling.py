# ruff: noqa: F811, F821
# Each cell stands in place of a notebook's cell: names come twice, and come from the notebook.

# %% otherwise="standardise"
def standardise(x):
    """In two steps, in float32."""
    centred = x.astype(np.float32) - np.mean(x, dtype=np.float32)
    return centred / np.sqrt(np.mean(centred**2))


# %% wrong="standardise"
def standardise(x):
    return x / np.std(x)


# %% nearly="standardise"
def standardise(x):
    return list((x - x.mean()) / x.std())
