"""An object keeps an async generator of its own, and leaves it before its end."""


class Feed:
    def __init__(self) -> None:
        self.items = self.read()

    async def read(self):
        yield 1
        yield 2


async def op() -> None:
    await anext(Feed().items)
