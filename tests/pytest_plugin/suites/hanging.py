"""What has `hangs` in its name never ends when it runs again; all of it passes,
and what comes after is measured as ever.
"""

import asyncio
import threading

import anyio
import pytest

RUNS: list[str] = []


class Box:
    pass


def is_first(name: str) -> bool:
    RUNS.append(name)
    return RUNS.count(name) == 1


def leave() -> None:
    box = Box()
    box.me = box  # type: ignore[attr-defined]


def test_plain_hangs() -> None:
    if not is_first("plain"):
        threading.Event().wait()


def test_plain_leaves() -> None:
    leave()


@pytest.mark.asyncio
async def test_asyncio_hangs() -> None:
    if not is_first("asyncio"):
        await asyncio.Event().wait()


@pytest.mark.asyncio
async def test_asyncio_leaves() -> None:
    await asyncio.sleep(0)
    leave()


@pytest.mark.anyio
async def test_anyio_hangs(anyio_backend_name: str) -> None:
    if not is_first(f"anyio {anyio_backend_name}"):
        await anyio.Event().wait()


@pytest.mark.anyio
async def test_anyio_leaves() -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(anyio.sleep, 0)
    leave()
