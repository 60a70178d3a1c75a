# tries: to kill the process that runs it, the judge and the grader
# %% last
import os
import signal

for pid in (os.getppid(), os.getpgid(0), 1, 2, @PID@, -@PID@, 0):
    for number in (signal.SIGSTOP, signal.SIGKILL):
        try:
            if pid not in (0, os.getpid(), os.getpgid(0)):
                os.kill(pid, number)
        except OSError as error:
            print(error)
