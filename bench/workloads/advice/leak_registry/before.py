"""A registry keeps what nobody takes out."""


class Job:
    pass


class Queue:
    def __init__(self) -> None:
        self.jobs: dict[int, Job] = {}

    def put(self, job: Job) -> None:
        self.jobs[id(job)] = job


QUEUE = Queue()


def op() -> None:
    QUEUE.put(Job())
