"""A note that goes into PostgreSQL, and comes back on a page over HTTP."""

import os
import sys
import threading
import urllib.request
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import connection

django.setup()

from notes.models import Note  # noqa: E402, it can be imported only now


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing about each request."""


def main() -> None:
    call_command("migrate", verbosity=0)
    note = Note.objects.create(text="Bread, milk and a new bicycle")
    server = connection.cursor().execute("select current_setting('server_version')").fetchone()[0]
    print(f"row {note.pk} written to PostgreSQL {server} in {os.environ['PGHOST']}")
    # Port 0 is any port that is free, and the site listens from here on.
    with make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{site.server_port}/"
        try:
            page = get(address)
        finally:
            site.shutdown()
    shown = [line.strip() for line in page.splitlines() if f'id="note-{note.pk}"' in line]
    if not shown or note.text not in shown[0]:
        sys.exit(f"row {note.pk} is not on the page {address}:\n{page}")
    print(f"GET {address} shows it: {shown[0]}")


def get(address: str) -> str:
    # A proxy of the caller's has no business between this machine and itself.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(address, timeout=30) as answer:
        return answer.read().decode()


if __name__ == "__main__":
    main()
