"""Blocks of a terminal: the command is bold, and paler are the prompt before it and a comment after it."""

import html
import re

TYPED = re.compile(r"((?:\([^()\s]+\) )?(?:~[\w/.-]*)? ?\$ )(.*?)( {2,}# .*)?")


def line(text):
    parts = TYPED.fullmatch(text)
    if not parts:
        return html.escape(text, quote=False)
    prompt, command, comment = (html.escape(part, quote=False) for part in parts.groups(""))
    return f'<span class="pale">{prompt}</span><span class="typed">{command}</span><span class="pale">{comment}</span>'


def fence(source, language, class_name, options, md, **kwargs):
    """What pymdownx.superfences calls for a fence with this language."""
    lines = "\n".join(line(text) for text in source.split("\n"))
    return f'<div class="language-{language} highlight"><pre><code>{lines}\n</code></pre></div>'
