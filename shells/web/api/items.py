"""The list. PostgreSQL has it, and Redis has a copy until it changes."""

import json

import psycopg
import redis

COPY = "items"
SHOWN = 50
TABLE = "items (id bigint generated always as identity primary key, text text not null)"


def prepare(database: psycopg.Connection) -> None:
    database.execute(f"create table if not exists {TABLE}")


def newest(database: psycopg.Connection, cache: redis.Redis) -> dict:
    """The newest items, and which of the two servers they are from."""
    copy = cache.get(COPY)
    if copy is not None:
        return {"source": "Redis", "items": json.loads(copy)}
    rows = database.execute("select text from items order by id desc limit %s", [SHOWN])
    items = [text for (text,) in rows]
    # A copy that an addition has overtaken does not stay for long.
    cache.set(COPY, json.dumps(items), ex=60)
    return {"source": "PostgreSQL", "items": items}


def add(text: str, database: psycopg.Connection, cache: redis.Redis) -> None:
    with database.transaction():
        database.execute("insert into items (text) values (%s)", [text])
    cache.delete(COPY)
