"""Reads connection strings (a JSON list on standard input) with libpq's own parser and writes what it read."""

import ctypes
import ctypes.util
import json
import sys


class Option(ctypes.Structure):
    _fields_ = [
        ("keyword", ctypes.c_char_p),
        ("envvar", ctypes.c_char_p),
        ("compiled", ctypes.c_char_p),
        ("val", ctypes.c_char_p),
        ("label", ctypes.c_char_p),
        ("dispchar", ctypes.c_char_p),
        ("dispsize", ctypes.c_int),
    ]


name = ctypes.util.find_library("pq")
if name is None:
    sys.exit(3)
libpq = ctypes.CDLL(name)
libpq.PQconninfoParse.restype = ctypes.POINTER(Option)
libpq.PQconninfoParse.argtypes = [ctypes.c_char_p, ctypes.POINTER(ctypes.c_char_p)]


def read(text):
    error = ctypes.c_char_p()
    options = libpq.PQconninfoParse(text.encode(), ctypes.byref(error))
    if not options:
        return None
    found = {}
    index = 0
    while options[index].keyword:
        if options[index].val is not None:
            found[options[index].keyword.decode()] = options[index].val.decode("utf-8", "replace")
        index += 1
    return found


texts = json.load(sys.stdin)
json.dump({"version": libpq.PQlibVersion(), "read": [read(text) for text in texts]}, sys.stdout)
