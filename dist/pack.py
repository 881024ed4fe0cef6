#!/usr/bin/env python3
"""Makes all packages of a release: `dist/pack.py DIRECTORY NATIVE EXECUTABLE...`, with an executable for each platform.

NATIVE is one of them, or another devshell of this version, that runs here: it writes the manual pages and the completions.
"""

import sys

sys.dont_write_bytecode = True

import archive
import deb
import npm
import package
import sums
import wheel


def packages(native, executables):
    """The name and the bytes of each package."""
    for executable in executables:
        yield wheel.wheel(executable)
        yield archive.archive(executable, native)
        yield npm.of_platform(executable)
        if executable.system == "linux":
            yield deb.deb(executable, native)
    yield npm.main(executables)


if __name__ == "__main__":
    _, directory, native, *paths = sys.argv
    for name, content in packages(native, [package.executable(path) for path in paths]):
        package.write(directory, name, content)
    package.write(directory, "SHA256SUMS", sums.sums(directory).encode())
