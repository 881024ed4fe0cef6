"""Binary search, and how few comparisons it needs."""

from collections.abc import Sequence


def binary_search(values: Sequence[int], wanted: int) -> int | None:
    """The index of `wanted` in the sorted `values`, or None."""
    low, high = 0, len(values)
    while low < high:
        middle = (low + high) // 2
        match values[middle]:
            case found if found == wanted:
                return middle
            case smaller if smaller < wanted:
                low = middle + 1
            case _:
                high = middle
    return None


if __name__ == "__main__":
    squares = [n * n for n in range(1_000)]
    for wanted in (144, 145, 998_001):
        index = binary_search(squares, wanted)
        print(f"{wanted}: " + ("not a square" if index is None else f"square of {index}"))
