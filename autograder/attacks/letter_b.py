# tries: to find what a friend who was graded before left for it
# %% last
import glob
import os

for folder in ("/dev/shm", "/tmp", "/var/tmp", "..", "../*", "/run", "@COURSE@/tmp/*", os.path.expanduser("~")):
    for path in glob.glob(os.path.join(folder, "attack-was-here-*")):
        print("LEAK" "ED:", path)
