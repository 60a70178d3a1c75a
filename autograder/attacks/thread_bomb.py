# tries: to start threads until the machine has no more
# %% last
import threading
import time

for _ in range(100_000):
    threading.Thread(target=time.sleep, args=(300,), daemon=True).start()
