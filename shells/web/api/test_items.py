import os
import unittest

import psycopg
import redis

from api import items


class Items(unittest.TestCase):
    def setUp(self) -> None:
        # A temporary table hides the real one, and database 1 of Redis is not the one that is used.
        self.database = self.enterContext(psycopg.connect(autocommit=True))
        self.database.execute(f"create temporary table {items.TABLE}")
        self.cache = redis.Redis.from_url(os.environ["REDIS_URL"], db=1)
        self.cache.flushdb()

    def newest(self) -> dict:
        return items.newest(self.database, self.cache)

    def test_the_newest_is_first(self) -> None:
        for text in ("bread", "'; drop table items; --"):
            items.add(text, self.database, self.cache)
        self.assertEqual(self.newest()["items"], ["'; drop table items; --", "bread"])

    def test_a_copy_lasts_until_the_list_changes(self) -> None:
        self.assertEqual(self.newest(), {"source": "PostgreSQL", "items": []})
        self.assertEqual(self.newest(), {"source": "Redis", "items": []})
        items.add("milk", self.database, self.cache)
        self.assertEqual(self.newest(), {"source": "PostgreSQL", "items": ["milk"]})


if __name__ == "__main__":
    unittest.main()
