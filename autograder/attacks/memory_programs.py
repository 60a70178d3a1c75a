# tries: to use memory with programs of its own, each below what a fork has from its parent and is not charged for
# %% last
import subprocess
import sys
import time

code = "import time\nx = bytearray(130 * 2**20)\nx[::4096] = b'x' * len(x[::4096])\nprint(flush=True)\ntime.sleep(60)"
programs = [subprocess.Popen([sys.executable, "-S", "-c", code], stdout=subprocess.PIPE) for _ in range(26)]
for program in programs:
    program.stdout.readline()
time.sleep(0.5)
print("LEAK" "ED:" if all(program.poll() is None for program in programs) else "not", "3.4 GB of memory")
