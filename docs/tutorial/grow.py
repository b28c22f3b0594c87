"""Upload 400 files of 1 MiB (or the number of MiB given) to the service, and watch its memory."""

import asyncio
import resource
import sys
import tempfile

import service


async def main(size):
    body = b"x" * size * 2**20
    with tempfile.TemporaryDirectory() as folder:
        server = await service.start(service.Store(), f"{folder}/socket")
        reader, writer = await asyncio.open_unix_connection(f"{folder}/socket")
        for number in range(401):
            writer.write(b"cat.jpg %d\n" % len(body) + body)
            await writer.drain()
            await reader.readline()
            if number % 100 == 0:
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
                print(f"{number:3} uploads: {peak:5,} MB of memory at most")
        writer.write_eof()
        await reader.read()
        server.close()


asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1))
