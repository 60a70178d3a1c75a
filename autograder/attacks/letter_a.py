# tries: to leave its answers where a friend who is graded later finds them
# %% last
import os

for folder in ("/dev/shm", "/tmp", "/var/tmp", "..", "/run", "@COURSE@/tmp", os.path.expanduser("~")):
    try:
        with open(os.path.join(folder, "attack-was-here-letter"), "w") as letter:
            letter.write("the answers")
    except OSError as error:
        print(error)
