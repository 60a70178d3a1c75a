# tries: to make folders so deep, and so closed, that nobody can remove them
# %% last
import os

for _ in range(3000):
    os.mkdir("d")
    os.chdir("d")
os.mkdir("closed", 0)
os.chmod(".", 0)
