import unittest

from search import binary_search


class BinarySearch(unittest.TestCase):
    def test_finds_every_value(self) -> None:
        values = [1, 3, 5, 7, 11]
        for index, value in enumerate(values):
            self.assertEqual(binary_search(values, value), index)

    def test_finds_nothing_else(self) -> None:
        for value in (0, 2, 12):
            self.assertIsNone(binary_search([1, 3, 5, 7, 11], value))
        self.assertIsNone(binary_search([], 1))
