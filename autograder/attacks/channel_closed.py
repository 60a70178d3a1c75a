# tries: to make the judge wait for a worker that has closed its door and lives on
# %% last
import gc
import os

for thing in [thing for thing in gc.get_objects() if type(thing).__name__ == "Channel"]:
    thing.sock.close()
os.closerange(3, 500)
