# tries: to confuse the judge by moving to other folders and by taking its own away
# %% last
import os
import shutil

here = os.getcwd()
for name in os.listdir(here):
    shutil.rmtree(name, ignore_errors=True)
    if os.path.lexists(name):
        os.unlink(name)
os.symlink("@COURSE@/submitted", "link")
os.symlink("@COURSE@/gradebook.db", ".output")
try:
    os.rename(here, here + "-moved")
    os.symlink("@COURSE@", here)
except OSError as error:
    print(error)
os.chdir("/")
