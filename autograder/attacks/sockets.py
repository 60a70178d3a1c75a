# tries: to reach other programs on this machine and the network: TCP, UDP, Unix and abstract sockets
# %% last
import socket

for family, kind, place in (
    (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", @TCP@)),
    (socket.AF_INET6, socket.SOCK_STREAM, ("::ffff:127.0.0.1", @TCP@)),
    (socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", @UDP@)),
    (socket.AF_UNIX, socket.SOCK_STREAM, "@UNIX@"),
    (socket.AF_UNIX, socket.SOCK_STREAM, "\0@ABSTRACT@"),
    (socket.AF_INET, socket.SOCK_STREAM, ("1.1.1.1", 53)),
):
    try:
        with socket.socket(family, kind) as door:
            door.settimeout(0.5)
            door.connect(place)
            door.send(b"here is the exam")
        if kind == socket.SOCK_STREAM:
            print("LEAK" "ED: reached", place)
    except OSError as error:
        print(error)
