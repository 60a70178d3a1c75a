# tries: to find the folders that other submissions, the judge or the class use
# %% last
import os

for folder in ("..", "../..", "@COURSE@/tmp", "/tmp", "/dev/shm", "/run", "/var/tmp"):
    try:
        names = [name for name in os.listdir(folder) if os.path.join(os.path.abspath(folder), name) != os.getcwd()]
        inside = {name: os.listdir(os.path.join(folder, name)) for name in names if name.startswith(("course-", "sub"))}
        print("LEAK" "ED:" if any(inside.values()) else "empty", folder, inside)
    except OSError as error:
        print(error)
