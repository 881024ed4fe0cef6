"""Builds the site into target/site: `devshell run -e docs site`. With --serve, it serves the site on port 8000 and follows
what you write: `devshell run -e docs serve`.

zensical.toml at the top has the navigation and the settings. Everything that is made is in target/: pages/, from which
zensical builds, and site/.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib

import llms
from pages import ROOT, Pages

TARGET = ROOT / "target"
PAGES = TARGET / "pages"


def entries(nav):
    """The paths in a part of the navigation, in its order."""
    for entry in nav:
        values = entry.values() if isinstance(entry, dict) else [entry]
        for value in values:
            yield from entries(value) if isinstance(value, list) else [value]


def groups(project):
    return [(name, list(entries(inside))) for entry in project["nav"] for name, inside in entry.items()]


def unlisted(project, pages):
    """Pages that the navigation does not have, and the reverse."""
    listed = {path for _, paths in groups(project) for path in paths}
    there = {path for path in pages.files if path.endswith(".md")}
    yield from (f"zensical.toml: no entry of `nav` is `{path}`" for path in sorted(there - listed))
    yield from (f"zensical.toml: `{path}` of `nav` does not exist" for path in sorted(listed - there))


def write(path, content):
    """Writes a file, unless it is the same already: zensical would build the site again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file() or path.read_bytes() != content:
        path.write_bytes(content)


def prepare():
    """Writes all that zensical reads, and gives the settings, the pages and the problems."""
    settings = (ROOT / "zensical.toml").read_bytes()
    project = tomllib.loads(settings.decode())["project"]
    pages = Pages()
    for path in [path for path in PAGES.rglob("*") if path.is_file()]:
        if path.relative_to(PAGES).as_posix() not in pages.files:
            path.unlink()
    for name, content in pages.files.items():
        write(PAGES / name, content)
    write(TARGET / "zensical.toml", settings)
    return project, pages, [*pages.problems, *unlisted(project, pages)]


def zensical(verb, *options):
    """A process of zensical, which finds console.py."""
    path = os.pathsep.join(filter(None, [str(ROOT / "site"), os.environ.get("PYTHONPATH")]))
    command = ["zensical", verb, "--config-file", str(TARGET / "zensical.toml"), *options]
    settings = {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.Popen(command, env={**os.environ, **settings})


def build():
    project, pages, problems = prepare()
    if problems:
        sys.exit("\n".join(problems))
    shutil.rmtree(TARGET / "site", ignore_errors=True)
    # Without --clean, a page from the cache would keep its warnings to itself.
    if status := zensical("build", "--clean", "--strict").wait():
        sys.exit(f"site/build.py: zensical ended with {status}")
    texts = {path: content.decode() for path, content in pages.files.items() if path.endswith(".md")}
    for path, text in texts.items():
        (TARGET / "site" / path).write_text(text)
    index = llms.index(project["site_name"], project["site_description"], groups(project), texts)
    (TARGET / "site/llms.txt").write_text(index)
    (TARGET / "site/llms-full.txt").write_text(llms.full(groups(project), texts))
    print(f"site/build.py: {len(texts)} pages in {(TARGET / 'site').relative_to(ROOT)}")


def serve():
    # At the end, the server has to end too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    shown = None
    server = None
    try:
        while server is None or server.poll() is None:
            problems = prepare()[2]
            if problems != shown:
                shown = problems
                print("\n".join(problems) or "site/build.py: no problems", flush=True)
            server = server or zensical("serve")
            time.sleep(0.5)
    except KeyboardInterrupt:
        pass
    finally:
        if server:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    serve() if sys.argv[1:] == ["--serve"] else build()
