# tries: to change answers from threads, to hold locks across the fork, to keep every core busy
# %% last
import logging
import threading
import time

WRONG = {"n": 0}


def meddle():
    with logging._lock:
        while True:
            WRONG["n"] += 1
            time.sleep(0.001)


threading.Thread(target=meddle, daemon=True).start()
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
