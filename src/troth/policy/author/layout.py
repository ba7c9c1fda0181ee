"""A tree as text, in one form: two spaces, a line for each entry, brackets that do not fit opened, comments kept.

Only what stands between values changes. A value keeps its quotes, and a text over several lines keeps its lines.
"""

from troth.policy.author.tree import Entry, File, Group, Leaf

WIDTH = 100
_STEP = "  "


def render(file: File) -> str:
    """The whole file; empty where nothing stands in it."""
    head = file.head[1:] if file.head[:1] == [""] else file.head
    lines = [*head, *_block(file.root, "", is_root=bool(head))]
    while lines and not lines[-1]:
        lines.pop()
    return "".join(f"{line}\n" for line in lines)


def _block(group: Group, indent: str, *, is_root: bool = False) -> list[str]:
    """Each entry on lines of its own. A blank line before the first one is dropped, except below a file's head."""
    lines: list[str] = []
    for number, entry in enumerate(group.entries):
        above = entry.above if number or is_root else _without_blank(entry.above)
        lines += [indent + comment if comment else "" for comment in above]
        lines += _entry(entry, group.mapping, indent)
    return lines + [indent + comment if comment else "" for comment in group.below]


def _without_blank(above: list[str]) -> list[str]:
    return above[1:] if above[:1] == [""] else above


def _entry(entry: Entry, mapping: bool, indent: str) -> list[str]:  # noqa: FBT001 - the kind of its group
    start = f"{indent}{entry.key}:" if mapping else f"{indent}-"
    value, remark = (
        entry.value,
        "".join(f"  {text}" for text in entry.beside[:1]) + "".join(f" {text}" for text in entry.beside[1:]),
    )
    if isinstance(value, Leaf):
        return _leaf(value, start, indent, remark)
    room = WIDTH - len(start) - 1
    short = _inline(value) if value.flow or not value.entries else None
    if short is not None and len(short) <= room:
        return [f"{start} {short}{remark}"]
    if value.flow and not value.remarked and not value.mapping and all(map(_is_short, value.entries)):
        return _filled(value, start, indent, remark)
    inner = _block(value, indent + _STEP)
    if not mapping and not remark and not value.entries[0].above:
        return [start + inner[0][len(start) :], *inner[1:]]
    return [start + remark, *inner]


def _leaf(leaf: Leaf, start: str, indent: str, remark: str) -> list[str]:
    first, *rest = leaf.lines
    if not rest:
        return [f"{start} {first}{remark}" if first else f"{start}{remark}"]
    if leaf.block:
        margin = min((len(line) - len(line.lstrip(" ")) for line in rest if line.strip()), default=0)
        body = [f"{indent}{_STEP}{line[margin:]}" if line.strip() else "" for line in rest]
        return [f"{start} {first}", *body]
    body = [f"{indent}{_STEP}{line.strip()}" if line.strip() else "" for line in rest]
    return [f"{start} {first.rstrip()}", *body[:-1], body[-1] + remark]


def _is_short(entry: Entry) -> bool:
    return isinstance(entry.value, Leaf) and len(entry.value.lines) == 1


def _inline(group: Group) -> str | None:
    """In brackets on one line; None where that cannot be."""
    if group.remarked:
        return None
    parts = []
    for entry in group.entries:
        if isinstance(entry.value, Group):
            inner = _inline(entry.value)
        else:
            inner = entry.value.lines[0] if len(entry.value.lines) == 1 and not entry.value.block else None
        if inner is None:
            return None
        parts.append(f"{entry.key}: {inner}" if group.mapping else inner)
    return f"{{{', '.join(parts)}}}" if group.mapping else f"[{', '.join(parts)}]"


def _filled(group: Group, start: str, indent: str, remark: str) -> list[str]:
    """A long list of single values, over as few lines as they need."""
    words = [entry.value.lines[0] for entry in group.entries if isinstance(entry.value, Leaf)]
    lines, line = [], f"{start} ["
    for number, word in enumerate(words):
        piece = word + ("," if number < len(words) - 1 else "]")
        space = "" if line.endswith("[") or not line.strip() else " "
        if len(line) + len(space) + len(piece) > WIDTH and line.strip():
            lines.append(line)
            line, space = indent + _STEP, ""
        line += space + piece
    return [*lines, line + remark]
