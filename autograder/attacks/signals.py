# tries: to survive being told to end
# %% last
import atexit
import os
import signal
import time

for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, lambda *_: time.sleep(0.01))
atexit.register(lambda: time.sleep(600))
atexit.register(os.system, "touch /tmp/attack-was-here @COURSE@/attack-was-here")
