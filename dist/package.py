"""What all packages have in common: what they are called, what is in them, and bytes that depend on nothing else.

The same executable gives the same package, byte for byte, wherever and by whichever user it is made. The time in it is
SOURCE_DATE_EPOCH, or else 1980-01-01. Only another zlib or liblzma may compress differently.
"""

import gzip
import io
import os
import struct
import subprocess
import tarfile
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CARGO = tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]

# The plain name is taken on other registries.
NAME = "devshell-cli"
COMMAND = "devshell"
VERSION = CARGO["version"]
SUMMARY = CARGO["description"]
LICENSE = CARGO["license"]
LICENSES = ["LICENSE-APACHE", "LICENSE-MIT"]

# The oldest time that a zip file can hold.
EPOCH = max(int(os.environ.get("SOURCE_DATE_EPOCH") or "0"), 315532800)


@dataclass(frozen=True)
class Executable:
    """devshell for one platform, such as `x86_64-linux`."""

    path: Path
    platform: str
    content: bytes

    @property
    def arch(self):
        return self.platform.split("-")[0]

    @property
    def system(self):
        return self.platform.split("-")[1]


def executable(path):
    """Reads an executable. Its header says which platform it is for."""
    content = Path(path).read_bytes()
    return Executable(Path(path), platform_of(content, path), content)


def platform_of(content, path):
    if content[:6] == b"\x7fELF\x02\x01":
        (machine,) = struct.unpack_from("<H", content, 18)
        archs = {62: "x86_64", 183: "aarch64"}
        if machine in archs:
            # One package serves both C libraries, since the executable needs neither.
            if is_dynamic(content):
                raise SystemExit(f"{path} needs a C library: build it with `dist/build`")
            return f"{archs[machine]}-linux"
    if content[:4] == b"\xcf\xfa\xed\xfe":
        (machine,) = struct.unpack_from("<I", content, 4)
        archs = {0x01000007: "x86_64", 0x0100000C: "aarch64"}
        if machine in archs:
            return f"{archs[machine]}-darwin"
    raise SystemExit(f"{path} is no executable for Linux or macOS on x86_64 or aarch64")


def is_dynamic(content):
    """Whether an ELF executable names a program that loads it (PT_INTERP)."""
    (table,) = struct.unpack_from("<Q", content, 32)
    size, count = struct.unpack_from("<HH", content, 54)
    kinds = [struct.unpack_from("<I", content, table + index * size)[0] for index in range(count)]
    return 3 in kinds


@dataclass(frozen=True)
class File:
    path: str
    content: bytes
    mode: int = 0o644


def licenses(prefix):
    return [File(prefix + name, (ROOT / name).read_bytes()) for name in LICENSES]


def tar(files):
    """A tar file of these files, in the order of their paths, with their directories."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
        known = set()
        for file in sorted(files, key=lambda file: file.path):
            for parent in reversed(Path(file.path).parents[:-1]):
                if parent not in known:
                    known.add(parent)
                    archive.addfile(entry(f"{parent.as_posix()}/", 0o755, tarfile.DIRTYPE))
            information = entry(file.path, file.mode, tarfile.REGTYPE)
            information.size = len(file.content)
            archive.addfile(information, io.BytesIO(file.content))
    return buffer.getvalue()


def entry(path, mode, kind):
    information = tarfile.TarInfo(path)
    information.mode, information.type, information.mtime = mode, kind, EPOCH
    information.uname = information.gname = "root"
    return information


def gzipped(content):
    return gzip.compress(content, 9, mtime=0)


def manual(native):
    """The manual pages, `devshell.1` and so on, as an executable that runs here writes them."""
    with tempfile.TemporaryDirectory() as directory:
        run(native, "man", directory)
        return [File(path.name, path.read_bytes()) for path in sorted(Path(directory).iterdir())]


def completions(native):
    """What completes devshell's command line, by the name of the shell."""
    return {shell: run(native, "completions", shell) for shell in ["bash", "fish", "zsh"]}


def run(native, *arguments):
    with tempfile.TemporaryDirectory() as home:
        environment = {"HOME": home, "PATH": os.environ["PATH"]}
        command = [Path(native).resolve(), *arguments]
        return subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout


def write(directory, name, content):
    path = Path(directory) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    print(path)
