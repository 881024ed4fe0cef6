"""Serves the list as JSON on the loopback interface, at the port $PORT_API."""

import json
import os
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg
import redis

from api import items

LONGEST = 1000


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path != "/items":
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        with connected() as database:
            self.answer(HTTPStatus.OK, items.newest(database, CACHE))

    def do_POST(self) -> None:
        body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), LONGEST))
        text = body.decode(errors="replace").replace("\0", "").strip()
        if self.path != "/items" or not text:
            self.send_error(HTTPStatus.BAD_REQUEST)
            return
        with connected() as database:
            items.add(text, database, CACHE)
        self.answer(HTTPStatus.CREATED, {})

    def answer(self, status: HTTPStatus, value: dict) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def connected() -> psycopg.Connection:
    # Where the server is, libpq finds in PGHOST and its other variables.
    return psycopg.connect(autocommit=True)


CACHE = redis.Redis.from_url(os.environ["REDIS_URL"])

if __name__ == "__main__":
    with connected() as database:
        items.prepare(database)
    with ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT_API"])), Handler) as server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass
