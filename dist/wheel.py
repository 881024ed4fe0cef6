#!/usr/bin/env python3
"""Makes the wheel of an executable: `dist/wheel.py EXECUTABLE DIRECTORY`.

`pip install` and `uv tool install` put the executable on PATH as it is. No Python is needed to run it.
"""

import sys

sys.dont_write_bytecode = True

import base64
import hashlib
import io
import re
import time
import zipfile

import package

# What it runs on. A static executable for Linux runs wherever there is the kernel, so it has the tags of both C
# libraries. For macOS, these are the oldest versions that Rust's own library supports.
TAGS = {
    "aarch64-darwin": ["macosx_11_0_arm64"],
    "aarch64-linux": ["manylinux_2_17_aarch64", "manylinux2014_aarch64", "musllinux_1_1_aarch64"],
    "x86_64-darwin": ["macosx_10_12_x86_64"],
    "x86_64-linux": ["manylinux_2_17_x86_64", "manylinux2014_x86_64", "musllinux_1_1_x86_64"],
}

# One of the two is enough. The text of the other one would be the greater part of what is added to the executable.
LICENSE_FILE = "LICENSE-MIT"

DESCRIPTION = """\
devshell starts your own shell with exactly the tools that a repository pins. `devshell.json` says what the repository
needs, and `devshell.lock` names every artifact by its hash.

```console
$ pip install devshell-cli
$ devshell enter
```
"""


def version():
    """The version as Python's packages write it (PEP 440): 1.2.0-rc.1 is 1.2.0rc1."""
    release, _, pre = package.VERSION.partition("-")
    if not pre:
        return release
    found = re.fullmatch(r"(alpha|beta|rc)\.?(\d+)", pre)
    if not found:
        raise SystemExit(f"{package.VERSION} has no form among Python's versions")
    return release + {"alpha": "a", "beta": "b", "rc": "rc"}[found[1]] + found[2]


def metadata():
    fields = [
        ("Metadata-Version", "2.4"),
        ("Name", package.NAME),
        ("Version", version()),
        ("Summary", package.SUMMARY),
        ("Keywords", ",".join(package.CARGO["keywords"])),
        ("License-Expression", package.LICENSE),
        ("License-File", LICENSE_FILE),
        ("Classifier", "Environment :: Console"),
        ("Classifier", "Operating System :: MacOS"),
        ("Classifier", "Operating System :: POSIX :: Linux"),
        ("Description-Content-Type", "text/markdown"),
    ]
    return "".join(f"{name}: {value}\n" for name, value in fields) + "\n" + DESCRIPTION


def wheel(executable):
    """The name and the bytes of the wheel."""
    stem = f"{package.NAME.replace('-', '_')}-{version()}"
    tags = TAGS[executable.platform]
    about = ["Wheel-Version: 1.0", "Generator: devshell", "Root-Is-Purelib: false"]
    about += [f"Tag: py3-none-{tag}" for tag in tags]
    information = f"{stem}.dist-info"
    files = [
        package.File(f"{stem}.data/scripts/{package.COMMAND}", executable.content, 0o755),
        package.File(f"{information}/METADATA", metadata().encode()),
        package.File(f"{information}/WHEEL", ("\n".join(about) + "\n").encode()),
        package.File(f"{information}/licenses/{LICENSE_FILE}", (package.ROOT / LICENSE_FILE).read_bytes()),
    ]
    record = "".join(f"{file.path},sha256={digest(file.content)},{len(file.content)}\n" for file in files)
    files.append(package.File(f"{information}/RECORD", (record + f"{information}/RECORD,,\n").encode()))
    return f"{stem}-py3-none-{'.'.join(tags)}.whl", zipped(files)


def digest(content):
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def zipped(files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in files:
            information = zipfile.ZipInfo(file.path, time.gmtime(package.EPOCH)[:6])
            information.compress_type = zipfile.ZIP_DEFLATED
            # A regular file of Unix, and its mode.
            information.create_system, information.external_attr = 3, (0o100000 | file.mode) << 16
            archive.writestr(information, file.content)
    return buffer.getvalue()


if __name__ == "__main__":
    _, path, directory = sys.argv
    package.write(directory, *wheel(package.executable(path)))
