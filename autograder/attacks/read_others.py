# tries: to read other students' submissions, marks and feedback
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
