"""The async generator is closed."""


class Feed:
    def __init__(self) -> None:
        self.items = self.read()

    async def read(self):
        yield 1
        yield 2


async def op() -> None:
    feed = Feed()
    await anext(feed.items)
    await feed.items.aclose()
    feed.items = None
