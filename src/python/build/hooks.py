"""Asks the build backend of a package (PEP 517): hooks.py TASK SOURCE OUT BACKEND [PATH...]

The answers are files in OUT: `requires` leaves a list in requires.json, `wheel` a wheel, and its name in wheel.json, and
`metadata` the file METADATA.
"""

import importlib
import json
import os
import sys
import zipfile


def backend(name, paths):
    # In the place of the directory of this script.
    sys.path[:1] = paths
    module, _, attributes = name.partition(":")
    found = importlib.import_module(module)
    for attribute in attributes.split(".") if attributes else []:
        found = getattr(found, attribute)
    return found


def leave(out, name, answer):
    with open(os.path.join(out, name), "w", encoding="utf-8") as file:
        json.dump(answer, file)


def metadata(found, out):
    prepare = getattr(found, "prepare_metadata_for_build_wheel", None)
    if prepare is None:
        wheel = zipfile.ZipFile(os.path.join(out, found.build_wheel(out)))
        (name,) = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA") and name.count("/") == 1]
        return wheel.read(name)
    with open(os.path.join(out, prepare(out), "METADATA"), "rb") as file:
        return file.read()


def main(task, source, out, name, *paths):
    # Whatever builds print goes one way, so that it stays in order.
    os.dup2(2, 1)
    os.chdir(source)
    found = backend(name, [os.path.join(source, path) for path in paths])
    if task == "requires":
        ask = getattr(found, "get_requires_for_build_wheel", None)
        leave(out, "requires.json", [] if ask is None else list(ask()))
    elif task == "wheel":
        leave(out, "wheel.json", found.build_wheel(out))
    else:
        text = metadata(found, out)
        with open(os.path.join(out, "METADATA"), "wb") as file:
            file.write(text)


main(*sys.argv[1:])
