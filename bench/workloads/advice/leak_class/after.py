"""It is made once, and looked up."""

from functools import lru_cache


@lru_cache(maxsize=128)
def model(name: str) -> type:
    return type(name, (), {})


def op() -> None:
    model("Model")
