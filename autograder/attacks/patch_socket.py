# tries: to break the worker's own connection from below
# %% last
import socket


class Broken(socket.socket):
    def sendall(self, data, *_):
        return super().sendall(b"\0\0\0\2{}")

    def recv(self, *_):
        return b""


import gc

for thing in [thing for thing in gc.get_objects() if type(thing) is socket.socket]:
    thing.__class__ = Broken
