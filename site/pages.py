"""The pages of the site: those of docs/, and some of the repository's own, with links that work on the site.

On a forge, a link may lead to any file of the repository. The site has a copy of each file that a page links to, as
plain text; a link to a directory becomes its text. A link to what does not exist is a problem.
"""

import posixpath
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Pages outside docs/, and where the site has them. README.md is not one: the landing page has its place.
OWN = {
    "CHANGELOG.md": "about/changelog.md",
    "CONTRIBUTING.md": "about/contributing.md",
    "SECURITY.md": "about/reporting.md",
}
INSTEAD = {"README.md": "index.md"}

FENCE = re.compile(r"^( *)```.*?^\1``` *$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(([^()\s]+)\)")
COMMENT = re.compile(r"^<!--.*?-->\n", re.MULTILINE | re.DOTALL)


def site_path(path):
    """Where the site has a page of the repository, or None if that is not a page of it."""
    if path in INSTEAD or path in OWN:
        return INSTEAD.get(path) or OWN[path]
    is_page = path.startswith("docs/") and path.endswith((".md", ".svg", ".schema.json"))
    return path.removeprefix("docs/") if is_page else None


def copy_path(path):
    """Where the site has a copy of a file. No part of it is hidden, and a browser shows it."""
    parts = [part.lstrip(".") for part in path.split("/")]
    is_shown = path.endswith((".txt", ".json", ".svg"))
    return "files/" + "/".join(parts) + ("" if is_shown else ".txt")


class Pages:
    """All files of the site, by path, and the problems that were found."""

    def __init__(self):
        self.files = {}
        self.problems = []
        for path in sorted((ROOT / "docs").rglob("*")):
            name = path.relative_to(ROOT).as_posix()
            if path.suffix == ".md":
                self.add_page(name)
            elif path.is_file():
                self.files[site_path(name) or name.removeprefix("docs/")] = path.read_bytes()
        for name in OWN:
            self.add_page(name)
        # The README is not on the site, but its links have to work as well.
        self.linked("README.md", (ROOT / "README.md").read_text())
        for path in sorted((ROOT / "site/assets").iterdir()):
            self.files[f"assets/{path.name}"] = path.read_bytes()

    def add_page(self, name):
        self.files[site_path(name)] = self.linked(name, (ROOT / name).read_text()).encode()

    def linked(self, name, text):
        """The text with the site's links, and without comments. Code stays as it is."""
        done, end = [], 0
        for fence in FENCE.finditer(text):
            done += [self.in_prose(name, text[end : fence.start()]), fence.group()]
            end = fence.end()
        return "".join([*done, self.in_prose(name, text[end:])])

    def in_prose(self, name, prose):
        return LINK.sub(lambda link: self.link(name, *link.groups()), COMMENT.sub("", prose))

    def link(self, name, mark, text, target):
        whole = f"{mark}[{text}]({target})"
        path, hash_sign, anchor = target.partition("#")
        if not path or re.match(r"[a-z]+:", target):
            return whole
        path = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
        file = ROOT / path
        if path.startswith("../") or not file.exists():
            self.problems.append(f"{name}: `{target}` does not exist")
            return whole
        if file.is_dir():
            return text
        there = site_path(path)
        if there is None:
            there, hash_sign, anchor = copy_path(path), "", ""
            self.files[there] = file.read_bytes()
        here = posixpath.dirname(site_path(name))
        return f"{mark}[{text}]({posixpath.relpath(there, here or '.')}{hash_sign}{anchor})"
