"""One Celery task that is retried once, run in this process by ``apply``."""

from celery import Celery

app = Celery("tasks")


@app.task(bind=True, max_retries=1)
def fetch(self, number):
    try:
        if not self.request.retries:
            raise ConnectionError("busy")
        return number
    except ConnectionError as error:
        raise self.retry(exc=error, countdown=0)


def op():
    assert fetch.apply(args=(7,)).get() == 7
