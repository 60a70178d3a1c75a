# tries: to leave a program that has cut every tie to its parent, listens on a port and writes a file
# %% last
import subprocess
import sys

program = """
import os, signal, socket, time
for number in range(1, 60):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
door = socket.socket()
try:
    door.bind(("127.0.0.1", @PORT@))
    door.listen()
except OSError:
    pass
time.sleep(1)
for folder in ("/tmp", "/dev/shm", "@COURSE@"):
    try:
        open(folder + "/attack-was-here", "w").close()
    except OSError:
        pass
time.sleep(300)
"""
subprocess.Popen([sys.executable, "-c", program, "attack-was-here"], start_new_session=True, cwd="/", env={})
# %% todo p_sample
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    subprocess.Popen(["sleep", "300"], start_new_session=True, cwd="/", env={})
    return x_t
