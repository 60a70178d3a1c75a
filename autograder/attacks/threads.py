# tries: to change answers from a thread that outlives its cell, and to keep every core busy
# %% last
import os
import threading

import numpy as np


def burn(meddle=lambda: None):
    while True:
        meddle()


def meddle():
    globals()["q_sample"] = lambda *_: np.zeros(3)
    globals()["q_sample"] = RIGHT


RIGHT = q_sample
threading.Thread(target=burn).start()
for _ in range(2):
    if os.fork() == 0:
        burn()
