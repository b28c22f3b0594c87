"""Each operation starts a thread that waits for ever."""

import threading


def listen(stop: threading.Event) -> None:
    stop.wait()


def op() -> None:
    threading.Thread(target=listen, args=(threading.Event(),), daemon=True).start()
