"""It is taken out when it is done."""


class Job:
    pass


class Queue:
    def __init__(self) -> None:
        self.jobs: dict[int, Job] = {}

    def put(self, job: Job) -> None:
        self.jobs[id(job)] = job

    def done(self, job: Job) -> None:
        del self.jobs[id(job)]


QUEUE = Queue()


def op() -> None:
    job = Job()
    QUEUE.put(job)
    QUEUE.done(job)
