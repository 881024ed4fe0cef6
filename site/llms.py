"""llms.txt and llms-full.txt: the site for programs that read text, as https://llmstxt.org describes it. Both follow from
the navigation alone, so the same pages give the same bytes.
"""

import re


def title(text):
    return re.search(r"^# (.+)$", text, re.MULTILINE).group(1)


def summary(text):
    """The first sentence below the title, as plain text."""
    body = text.split("\n", 1)[1]
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", body)]
    prose = next(part for part in paragraphs if part and not part.startswith(("#", "!", "```", "<", "|")))
    plain = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", " ".join(prose.split()))
    sentence = re.match(r".*?[.:?](?= |$)", plain.replace("**", ""))
    return (sentence.group() if sentence else plain).rstrip(":")


def index(name, description, groups, pages):
    """llms.txt: each page of the navigation with its first sentence."""
    lines = [f"# {name}", "", f"> {description}"]
    for group, entries in groups:
        lines += ["", f"## {group}", ""]
        lines += [f"- [{title(pages[path])}]({path}): {summary(pages[path])}" for path in entries]
    return "\n".join(lines) + "\n"


def full(groups, pages):
    """llms-full.txt: all pages, in the order of the navigation."""
    texts = [pages[path].strip() for _, entries in groups for path in entries]
    return "\n\n---\n\n".join(texts) + "\n"
