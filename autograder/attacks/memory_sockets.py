# tries: to use memory in the buffers of sockets that nobody reads
# %% last
import contextlib
import os
import socket
import time

MB, FULL = 2**20, os.pipe()
for _ in range(16):
    if os.fork() == 0:
        pairs = [socket.socketpair() for _ in range(80)]
        held = 0
        for end in (end for pair in pairs for end in pair):
            with contextlib.suppress(PermissionError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MB)
            end.setblocking(False)
            try:
                while True:
                    held += end.send(bytes(2**15))
            except BlockingIOError:
                pass
        os.write(FULL[1], held.to_bytes(8))
        time.sleep(60)
        os._exit(0)
# %% last
held = sum(int.from_bytes(os.read(FULL[0], 8)) for _ in range(16))
time.sleep(0.5)
print("LEAK" "ED:" if held > 2**31 else "no more than", held >> 20, "MB of memory")
