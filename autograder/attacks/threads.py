# tries: to keep every core busy long after its cell has ended, by a thread and by processes
# %% last
import os
import threading


def burn():
    while True:
        pass


threading.Thread(target=burn).start()
for _ in range(2):
    if os.fork() == 0:
        burn()
