# tries: to spoil the work of who comes next, and the course itself
# %% last
import os
import shutil

for path in ("@COURSE@/submitted/zzz_after/spiral/spiral.ipynb", "@COURSE@/release/spiral/spiral.ipynb"):
    for spoil in (lambda p: open(p, "w").write("{}"), os.unlink, os.truncate, lambda p: os.rename(p, p + "x")):
        try:
            spoil(path)
            print("LEAK" "ED: spoilt", path)
        except Exception as error:
            print(type(error).__name__)
for folder in ("@COURSE@", "@COURSE@/tmp", "@HOME@", "@HOME@/autograder", "@USERHOME@", "/tmp", "/var/tmp", "/"):
    try:
        open(os.path.join(folder, "attack-was-here"), "w").close()
    except OSError as error:
        print(error)
shutil.rmtree("@COURSE@/submitted", ignore_errors=True)
shutil.rmtree("/tmp", ignore_errors=True)
