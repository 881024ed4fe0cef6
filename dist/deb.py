#!/usr/bin/env python3
"""Makes the Debian package of an executable: `dist/deb.py EXECUTABLE DIRECTORY [NATIVE]`.

NATIVE is a devshell of the same version that runs here, if EXECUTABLE does not: it writes the manual pages and the
completions.
"""

import sys

sys.dont_write_bytecode = True

import hashlib
import lzma

import package

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}

COMPLETIONS = {
    "bash": "usr/share/bash-completion/completions/devshell",
    "fish": "usr/share/fish/vendor_completions.d/devshell.fish",
    "zsh": "usr/share/zsh/vendor-completions/_devshell",
}

COPYRIGHT = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: devshell

Files: *
Copyright: the authors of devshell
License: Apache-2.0 or MIT
 The text of the Apache License is in /usr/share/common-licenses/Apache-2.0.
 .
"""


def version():
    """What precedes a release sorts before it: 1.2.0-rc.1 is 1.2.0~rc.1."""
    return package.VERSION.replace("-", "~", 1)


def installed(executable, native):
    """The files of the package."""
    files = [package.File("usr/bin/devshell", executable.content, 0o755)]
    for page in package.manual(native):
        files.append(package.File(f"usr/share/man/man1/{page.path}.gz", package.gzipped(page.content)))
    for shell, script in package.completions(native).items():
        files.append(package.File(COMPLETIONS[shell], script))
    mit = (package.ROOT / "LICENSE-MIT").read_text().splitlines()
    text = COPYRIGHT + "".join(f" {line}\n" if line else " .\n" for line in mit)
    files.append(package.File(f"usr/share/doc/{package.NAME}/copyright", text.encode()))
    return files


def control(executable, files):
    # In units of 1024 bytes, and a directory or a file has at least one.
    size = sum(len(file.content) // 1024 + 1 for file in files)
    fields = {
        "Package": package.NAME,
        "Version": version(),
        "Architecture": ARCHITECTURES[executable.arch],
        "Maintainer": "the authors of devshell",
        "Installed-Size": size,
        "Section": "devel",
        "Priority": "optional",
        "Description": package.SUMMARY,
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items())


def deb(executable, native):
    """The name and the bytes of the package (deb(5))."""
    if executable.system != "linux":
        raise SystemExit(f"{executable.path} is not for Linux")
    files = installed(executable, native)
    hashes = "".join(f"{hashlib.md5(file.content).hexdigest()}  {file.path}\n" for file in files)
    about = [package.File("control", control(executable, files).encode()), package.File("md5sums", hashes.encode())]
    members = [
        ("debian-binary", b"2.0\n"),
        ("control.tar.xz", lzma.compress(package.tar(about))),
        ("data.tar.xz", lzma.compress(package.tar(files))),
    ]
    name = f"{package.NAME}_{version()}_{ARCHITECTURES[executable.arch]}.deb"
    return name, b"!<arch>\n" + b"".join(member(*each) for each in members)


def member(name, content):
    """A file of an ar archive."""
    header = f"{name:16}{package.EPOCH:<12}{0:<6}{0:<6}{'100644':8}{len(content):<10}`\n"
    return header.encode() + content + b"\n" * (len(content) % 2)


if __name__ == "__main__":
    _, path, directory, *native = sys.argv
    package.write(directory, *deb(package.executable(path), native[0] if native else path))
