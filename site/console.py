"""Blocks of a terminal: a prompt is paler than the command after it, and the command is bold."""

import html
import re

PROMPT = re.compile(r"((?:\([^()\s]+\) )?(?:~[\w/.-]*)? ?\$ )(.*)")


def line(text):
    prompt = PROMPT.fullmatch(text)
    if not prompt:
        return html.escape(text, quote=False)
    before, typed = (html.escape(part, quote=False) for part in prompt.groups())
    return f'<span class="prompt">{before}</span><span class="typed">{typed}</span>'


def fence(source, language, class_name, options, md, **kwargs):
    """What pymdownx.superfences calls for a fence with this language."""
    lines = "\n".join(line(text) for text in source.split("\n"))
    return f'<div class="language-{language} highlight"><pre><code>{lines}\n</code></pre></div>'
