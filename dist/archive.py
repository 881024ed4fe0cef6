#!/usr/bin/env python3
"""Makes the archive of an executable: `dist/archive.py EXECUTABLE DIRECTORY [NATIVE]`.

It has the manual pages and the completions too. NATIVE is a devshell of the same version that runs here, if EXECUTABLE
does not. Once all packages are in the directory, `dist/sums.py` lists their hashes.
"""

import sys

sys.dont_write_bytecode = True

import package

COMPLETIONS = {"bash": "devshell.bash", "fish": "devshell.fish", "zsh": "_devshell"}


def archive(executable, native):
    """The name and the bytes of the archive."""
    stem = f"{package.NAME}-{package.VERSION}-{executable.platform}"
    files = [
        package.File(f"{stem}/{package.COMMAND}", executable.content, 0o755),
        package.File(f"{stem}/README.md", (package.ROOT / "docs/install.md").read_bytes()),
        *package.licenses(f"{stem}/"),
    ]
    files += [package.File(f"{stem}/man1/{page.path}", page.content) for page in package.manual(native)]
    for shell, script in package.completions(native).items():
        files.append(package.File(f"{stem}/completions/{COMPLETIONS[shell]}", script))
    return f"{stem}.tar.gz", package.gzipped(package.tar(files))


if __name__ == "__main__":
    _, path, directory, *native = sys.argv
    package.write(directory, *archive(package.executable(path), native[0] if native else path))
