"""GETs through a Django application, over WSGI, without a server or a database."""

import io
import logging

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import Http404, JsonResponse
from django.urls import path

settings.configure(
    ALLOWED_HOSTS=["localhost"],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="only for this measurement",
)


def item(request, number):
    if number > 100:
        raise Http404
    return JsonResponse({"number": number})


urlpatterns = [path("items/<int:number>", item)]


application = get_wsgi_application()
logging.getLogger("django.request").setLevel(logging.ERROR)


def get(path):
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.input": io.BytesIO(),
        "wsgi.url_scheme": "http",
    }
    statuses = []
    response = application(environ, lambda status, headers: statuses.append(status))
    list(response)
    response.close()
    return statuses[0]


def op():
    assert get("/items/7") == "200 OK"


def missing():
    assert get("/items/700") == "404 Not Found"
