"""`ctypes.cast` has an array keep itself alive for the pointer."""

import ctypes

NUMBERS = ctypes.c_int * 4
POINTER = ctypes.POINTER(ctypes.c_int)


def op() -> None:
    ctypes.cast(NUMBERS(), POINTER)
