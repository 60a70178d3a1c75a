# tries: to read keys and settings of the account that grades
# %% last
import glob
import os

for pattern in ("@USERHOME@/.*", "@USERHOME@/*", "/home/*/*", "/root/.*", "/etc/shadow", "/etc/passwd", "@HOME@/.git/*"):
    for path in glob.glob(pattern):
        try:
            print("LEAK" "ED:", path, os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(100))
        except OSError as error:
            print(error)
