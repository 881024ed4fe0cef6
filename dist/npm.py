#!/usr/bin/env python3
"""Makes npm's packages: `dist/npm.py DIRECTORY EXECUTABLE...`, with an executable for each platform.

Each platform has a package of its own, and npm installs only that of the machine. The main package depends on all of
them, and its command is a short script that starts the executable.
"""

import sys

sys.dont_write_bytecode = True

import json

import package

# The platforms as npm names them. There is no `libc` among the fields: one executable serves both.
OS = {"linux": "linux", "darwin": "darwin"}
CPU = {"x86_64": "x64", "aarch64": "arm64"}

README = f"""\
# devshell

devshell starts your own shell with exactly the tools that a repository pins: `npm install --global {package.NAME}`, and
then `devshell enter`.
"""


def suffix(executable):
    return f"{OS[executable.system]}-{CPU[executable.arch]}"


def described(name, description, fields):
    description = {"name": name, "version": package.VERSION, "description": description, "license": package.LICENSE}
    return (json.dumps(description | fields, indent=2) + "\n").encode()


def packed(name, description, fields, files):
    """The name and the bytes of a package, as `npm pack` would name it."""
    files = [
        package.File("package/package.json", described(name, description, fields)),
        package.File("package/README.md", README.encode()),
        *package.licenses("package/"),
        *files,
    ]
    return f"{name}-{package.VERSION}.tgz", package.gzipped(package.tar(files))


def of_platform(executable):
    name = f"{package.NAME}-{suffix(executable)}"
    fields = {
        "os": [OS[executable.system]],
        "cpu": [CPU[executable.arch]],
        # Where packages stay packed, this one is unpacked, because a program cannot be started in there.
        "preferUnplugged": True,
        "files": ["bin"],
    }
    files = [package.File(f"package/bin/{package.COMMAND}", executable.content, 0o755)]
    return packed(name, f"devshell for {executable.platform}", fields, files)


def main(executables):
    fields = {
        "keywords": package.CARGO["keywords"],
        "bin": {package.COMMAND: f"bin/{package.COMMAND}"},
        "files": ["bin"],
        "os": sorted({OS[executable.system] for executable in executables}),
        "cpu": sorted({CPU[executable.arch] for executable in executables}),
        "optionalDependencies": {
            f"{package.NAME}-{suffix(executable)}": package.VERSION
            for executable in sorted(executables, key=suffix)
        },
    }
    script = (package.ROOT / "dist/npm-bin.sh").read_bytes()
    return packed(package.NAME, package.SUMMARY, fields, [package.File(f"package/bin/{package.COMMAND}", script, 0o755)])


if __name__ == "__main__":
    _, directory, *paths = sys.argv
    executables = [package.executable(path) for path in paths]
    for executable in executables:
        package.write(directory, *of_platform(executable))
    package.write(directory, *main(executables))
