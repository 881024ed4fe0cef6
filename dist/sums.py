#!/usr/bin/env python3
"""Lists the hashes of a release: `dist/sums.py DIRECTORY` writes SHA256SUMS there.

Besides the packages it lists the executables in the archives. `sha256sum --check --ignore-missing SHA256SUMS` finds them
once an archive is unpacked, and `devshell generate launcher` pins them: wherever a launcher gets devshell from, it is one
of these executables.
"""

import sys

sys.dont_write_bytecode = True

import hashlib
import tarfile
from pathlib import Path

import package


def sums(directory):
    hashes = {}
    for path in Path(directory).glob("devshell*cli*"):
        hashes[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
        if path.name.endswith(".tar.gz"):
            name = f"{path.name.removesuffix('.tar.gz')}/{package.COMMAND}"
            with tarfile.open(path) as archive:
                hashes[name] = hashlib.sha256(archive.extractfile(name).read()).hexdigest()
    return "".join(f"{hashes[name]}  {name}\n" for name in sorted(hashes))


if __name__ == "__main__":
    _, directory = sys.argv
    package.write(directory, "SHA256SUMS", sums(directory).encode())
