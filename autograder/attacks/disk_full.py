# tries: to fill the disk, and to use up its inodes
# %% last
import os

for number in range(20):
    try:
        with open(f"large-{number}", "wb") as file:
            for _ in range(190):
                file.write(b"x" * 2**20)
    except OSError as error:
        print(error)
        break
else:
    print("LEAK" "ED: 4 GB of disk")
for number in range(200_000):
    os.mkdir(f"small-{number}")
