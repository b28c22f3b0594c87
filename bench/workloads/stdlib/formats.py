"""Data read and written: JSON, mail, XML, archives, databases, configuration."""

from __future__ import annotations

import ast
import configparser
import csv
import email
import gzip
import io
import json
import pickle
import shelve
import sqlite3
import string
import tarfile
import tempfile
import xml.sax
import zipfile
from contextlib import closing, suppress
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser
from pathlib import Path
from xml.dom import minidom, pulldom
from xml.etree import ElementTree

DATA = {"name": "a", "list": [1, 2.5, None, True], "inner": {"x": ["y"]}}
XML = "<a><b c='d'>text</b><e/></a>"
MAIL = b"From: a@example.org\nTo: b@example.org\nSubject: =?utf-8?q?h=C3=A9?=\n\ntext\n"


# JSON and other notations


def dumps_json() -> None:
    """``json.dumps``, by the encoder in C."""
    json.dumps(DATA)


def dumps_json_indented() -> None:
    """``json.dumps`` with ``indent``."""
    json.dumps(DATA, indent=2)


def dump_json() -> None:
    """``json.dump`` to a file."""
    json.dump(DATA, io.StringIO())


def loads_json() -> None:
    """``json.loads`` of a text, and of one that is wrong."""
    json.loads('{"a": [1, 2, {"b": null}]}')
    with suppress(ValueError):
        json.loads('{"a": ')


def literal() -> None:
    """``ast.literal_eval``."""
    ast.literal_eval("{'a': [1, -2]}")


def pickled() -> None:
    """Pickled and unpickled in C."""
    pickle.loads(pickle.dumps(DATA))


def pickled_in_python() -> None:
    """Pickled and unpickled by the classes in Python."""
    file = io.BytesIO()
    pickle._Pickler(file).dump(DATA)
    pickle._Unpickler(io.BytesIO(file.getvalue())).load()


def csv_rows() -> None:
    """Rows by ``csv.DictReader``."""
    list(csv.DictReader(io.StringIO("a,b\n1,2\n")))


def csv_sniffed() -> None:
    """The dialect of a text, by ``csv.Sniffer``."""
    csv.Sniffer().sniff("a,b\n1,2\n")


def configuration() -> None:
    """A ``ConfigParser`` that reads a text."""
    parser = configparser.ConfigParser()
    parser.read_string("[a]\nb = 1\n")
    parser["a"].getint("b")


def formatted() -> None:
    """``string.Formatter`` and ``string.Template``."""
    string.Formatter().format("{0:>{1}} {a.real}", 1, 5, a=2)
    string.Template("$a").substitute(a=1)


# Mail


def mail_parsed() -> None:
    """A message parsed, its headers as strings."""
    email.message_from_bytes(MAIL)


def mail_parsed_by_default_policy() -> None:
    """A message parsed with ``policy.default``, two headers of it read."""
    message = email.message_from_bytes(MAIL, policy=default)
    str(message["subject"] + message["to"])


def mail_written() -> None:
    """An ``EmailMessage`` made and written."""
    message = EmailMessage()
    message["Subject"] = "hé"
    message["To"] = "b@example.org"
    message.set_content("text")
    message.as_bytes()


# XML and HTML


def minidom_parsed() -> None:
    """A ``minidom`` document, not unlinked."""
    minidom.parseString(XML)


def minidom_unlinked() -> None:
    """A ``minidom`` document, unlinked."""
    with minidom.parseString(XML) as document:
        document.toxml()


def pulldom_read() -> None:
    """The events of ``pulldom``."""
    list(pulldom.parseString(XML))


def etree_parsed() -> None:
    """An ``ElementTree``, read and written."""
    ElementTree.tostring(ElementTree.fromstring(XML))


def etree_indented() -> None:
    """An ``ElementTree`` with ``indent``."""
    ElementTree.indent(ElementTree.fromstring(XML))


def etree_wrong() -> None:
    """An ``ElementTree`` of a text that is wrong."""
    with suppress(ElementTree.ParseError):
        ElementTree.fromstring("<a><b>")


def etree_iterated() -> None:
    """``iterparse`` to the end."""
    list(ElementTree.iterparse(io.StringIO(XML)))


def etree_iterated_in_part() -> None:
    """``iterparse``, left after the first element."""
    next(ElementTree.iterparse(io.StringIO(XML)))


def sax() -> None:
    """``xml.sax`` with a handler that does nothing."""
    xml.sax.parseString(XML, xml.sax.ContentHandler())


def sax_wrong() -> None:
    """``xml.sax`` of a text that is wrong."""
    with suppress(xml.sax.SAXParseException):
        xml.sax.parseString("<a><b>", xml.sax.ContentHandler())


def html() -> None:
    """An ``HTMLParser``, closed."""
    parser = HTMLParser()
    parser.feed("<a href='x'>b</a>")
    parser.close()


# Files and archives


def temporary_files() -> None:
    """A temporary file with a name, and a temporary folder."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"x")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "x").touch()


def zipped() -> None:
    """A zip archive written and read in memory."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a", "text")
    with zipfile.ZipFile(file) as archive, archive.open("a") as member:
        member.read()


def tar_written() -> None:
    """A tar archive with a file added from disk."""
    with tarfile.open(fileobj=io.BytesIO(), mode="w") as archive:
        archive.add(__file__)


def tar_read() -> None:
    """A tar archive written without the disk, and read."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a"))
    file.seek(0)
    with tarfile.open(fileobj=file) as archive:
        archive.getnames()


def gzip_written() -> None:
    """A ``GzipFile`` written and closed."""
    with gzip.GzipFile(fileobj=io.BytesIO(), mode="w") as file:
        file.write(b"x")


def gzip_compressed() -> None:
    """``gzip.compress`` and back."""
    gzip.decompress(gzip.compress(b"x"))


def sqlite() -> None:
    """An SQLite connection, closed."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("select 1").fetchall()


def sqlite_not_closed() -> None:
    """An SQLite connection that ``with`` commits and does not close."""
    with sqlite3.connect(":memory:") as connection:
        connection.execute("select 1").fetchall()


def shelf() -> None:
    """A shelf with writeback."""
    with shelve.Shelf[list[int]]({}, writeback=True) as values:
        values["a"] = [1]
