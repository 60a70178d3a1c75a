# tries: to change answers from a thread that outlives its cell, and to hold locks across the fork
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
