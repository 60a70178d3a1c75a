# tries: to share limits with whoever is graded at the same time, as the same user of the machine
# %% last
import os

print("LEAK" "ED: every worker has this number" if os.getuid() == 60_001 else os.getuid())
