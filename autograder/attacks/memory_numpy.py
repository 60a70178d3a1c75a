# tries: to use all memory with one array after the other
# %% last
import numpy as np

HOARD = []
while len(HOARD) < 60:
    HOARD.append(np.ones(12_500_000))
print("LEAK" "ED: 6 GB of memory")
