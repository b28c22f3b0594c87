"""The version of unknot; nowhere else is one."""

__all__ = ["__version__"]

__version__ = "0.2.0"
