"""C code takes a reference and never gives it back."""

import ctypes


class Buffer:
    pass


def op() -> None:
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(Buffer()))
