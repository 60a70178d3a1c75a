# tries: to keep every core busy long after its cell has ended
# %% last
import os
import threading


def burn():
    while True:
        pass


for _ in range(3):
    threading.Thread(target=burn).start()
for _ in range(3):
    if os.fork() == 0:
        burn()
