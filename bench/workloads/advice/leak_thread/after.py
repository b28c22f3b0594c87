"""The thread is told to stop, and joined."""

import threading


def listen(stop: threading.Event) -> None:
    stop.wait()


def op() -> None:
    stop = threading.Event()
    thread = threading.Thread(target=listen, args=(stop,), daemon=True)
    thread.start()
    stop.set()
    thread.join()
