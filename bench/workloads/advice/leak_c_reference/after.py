"""It is given back."""

import ctypes


class Buffer:
    pass


def op() -> None:
    buffer = ctypes.py_object(Buffer())
    ctypes.pythonapi.Py_IncRef(buffer)
    ctypes.pythonapi.Py_DecRef(buffer)
