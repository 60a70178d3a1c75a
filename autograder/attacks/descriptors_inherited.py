# tries: to find a descriptor of the warm parent, the warden or another submission among its own
# %% last
import fcntl
import os
import stat

kinds = []
for number in range(1000):
    try:
        kinds.append((number, stat.S_IFMT(os.fstat(number).st_mode), fcntl.fcntl(number, fcntl.F_GETFL)))
    except OSError:
        pass
sockets = [number for number, kind, _ in kinds if kind == stat.S_IFSOCK]
others = [number for number, kind, _ in kinds if kind in (stat.S_IFIFO, stat.S_IFDIR, stat.S_IFBLK)]
print("LEAK" "ED:" if len(sockets) > 1 or others else "only its own:", sockets, others)
