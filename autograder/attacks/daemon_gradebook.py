# tries: to leave a process that is nobody's child and rewrites the gradebook when grading is over
# %% last
import os
import sqlite3
import time

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.closerange(0, 100)
        for _ in range(600):
            try:
                with sqlite3.connect("@COURSE@/gradebook.db", timeout=0.1) as database:
                    database.execute("update grade set auto_score = 10")
            except sqlite3.Error:
                time.sleep(0.5)
    os._exit(0)
