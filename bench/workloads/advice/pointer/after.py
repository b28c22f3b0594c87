"""The pointer is made from the array's first item, at its address."""

import ctypes

NUMBERS = ctypes.c_int * 4
POINTER = ctypes.POINTER(ctypes.c_int)


def op() -> None:
    numbers = NUMBERS()
    POINTER(ctypes.c_int.from_buffer(numbers))
