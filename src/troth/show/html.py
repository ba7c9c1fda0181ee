"""Blocks on a page: semantic HTML that works without scripts, on a phone, by keyboard and by screen reader.

One small stylesheet, inline under its own hash, and no third-party request: the page can be saved and read years later.
"""

import base64
import hashlib
from collections.abc import Callable, Sequence
from html import escape
from importlib.resources import files

import nh3
from markdown_it import MarkdownIt

from troth.catalog.languages import phrases
from troth.show.blocks import Block, Blocks, Button, Heading, Line, Lines, Links, Pairs, Para, Rich, Table

STYLE = files("troth.show").joinpath("page.css").read_text(encoding="utf-8")
STYLE_HASH = "sha256-" + base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()


def content_policy(*, forms: bool = False) -> str:
    """The policy of a page of ours; `forms`: whether it may send one, and then to us alone."""
    to = "'self'" if forms else "'none'"
    return (
        f"default-src 'none'; style-src '{STYLE_HASH}'; img-src 'self'; form-action {to}; "
        "base-uri 'none'; frame-ancestors 'none'"
    )


CONTENT_POLICY = content_policy()
_MARKDOWN = MarkdownIt("commonmark", {"html": False})
_BIDI = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
"""Direction overrides could make a value read as another one."""


def page(title: str, blocks: Blocks, *, language: str = "en", navigation: Sequence[tuple[str, str]] = ()) -> str:
    """A whole page: (label, address) pairs of `navigation` stand above the artefact."""
    say = phrases(language)
    links = "".join(f'<li><a href="{_text(address)}">{_text(label)}</a></li>' for label, address in navigation)
    menu = f'<nav aria-label="{_text(say("pages"))}"><ul>{links}</ul></nav>' if links else ""
    return (
        f'<!doctype html>\n<html lang="{_text(language)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_text(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f'<a class="skip" href="#main">{_text(say("skip"))}</a>\n<header>{menu}</header>\n'
        f'<main id="main">\n{fragment(blocks)}\n</main>\n</body>\n</html>\n'
    )


def fragment(blocks: Blocks) -> str:
    """The blocks alone."""
    return "\n".join(_RENDER[type(block)](block) for block in blocks)


def _text(value: str) -> str:
    return escape(value.translate(_BIDI), quote=True)


def _heading(block: Heading) -> str:
    anchor = f' id="{_text(block.anchor)}"' if block.anchor else ""
    return f"<h{block.level}{anchor}>{_text(block.text)}</h{block.level}>"


def _para(block: Para) -> str:
    return f'<p class="{block.tone.value}">{_text(block.text)}</p>'


def _pairs(block: Pairs) -> str:
    rows = "".join(f"<div><dt>{_text(label)}</dt><dd>{_text(value)}</dd></div>" for label, value in block.rows)
    return f"<dl>{rows}</dl>"


def _table(block: Table) -> str:
    def cells(row: Sequence[str]) -> str:
        return "".join(
            f'<td role="cell" data-label="{_text(block.columns[i])}"{_number(block, i)}>{_text(cell)}</td>'
            for i, cell in enumerate(row)
        )

    head = "".join(f'<th role="columnheader" scope="col">{_text(name)}</th>' for name in block.columns)
    body = "".join(f'<tr role="row">{cells(row)}</tr>' for row in block.rows)
    # The roles are said aloud: on a phone rows are set as blocks, and browsers then take a table for none.
    return (
        f'<table role="table"><caption>{_text(block.caption)}</caption><thead role="rowgroup"><tr role="row">{head}'
        f'</tr></thead><tbody role="rowgroup">{body}</tbody></table>'
    )


def _number(block: Table, index: int) -> str:
    return ' class="number"' if index in block.numeric else ""


def _lines(block: Lines) -> str:
    return f'<ul class="lines">{"".join(_line(line) for line in block.items)}</ul>'


def _line(line: Line) -> str:
    says = f'<span class="unseen">{_text(line.says)}: </span>' if line.says else ""
    details = "".join(f"<li>{_text(detail)}</li>" for detail in line.details)
    under = f"<ul>{details}</ul>" if details else ""
    return (
        f'<li class="{line.tone.value}"><span class="glyph" aria-hidden="true">{_text(line.glyph)}</span>'
        f'<div>{says}<span class="words">{_text(line.text)}</span>{under}</div></li>'
    )


def _links(block: Links) -> str:
    items = (
        f'<li><a href="{_text(address)}">{_text(label)}</a> {_text(says)}</li>' for label, address, says in block.items
    )
    return f'<ul class="links">{"".join(items)}</ul>'


def _rich(block: Rich) -> str:
    return nh3.clean(_MARKDOWN.render(block.markdown), tags={"p", "ul", "ol", "li", "em", "strong", "a", "br", "code"})


def _button(block: Button) -> str:
    return f'<form method="post"><button type="submit">{_text(block.text)}</button></form>'


_RENDER: dict[type[Block], Callable[..., str]] = {
    Heading: _heading,
    Para: _para,
    Pairs: _pairs,
    Table: _table,
    Lines: _lines,
    Links: _links,
    Rich: _rich,
    Button: _button,
}
