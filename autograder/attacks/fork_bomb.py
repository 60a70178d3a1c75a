# tries: to fork until the machine stops
# %% last
import os
import time

end = time.monotonic() + 60
while time.monotonic() < end:
    try:
        os.fork()
    except OSError:
        time.sleep(0.01)
