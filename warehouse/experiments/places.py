"""Where in a YAML file a field stands, for messages."""

from collections.abc import Sequence

import yaml


def line_of(text: str, loc: Sequence[int | str]) -> int:
    """Line, from 1, of the deepest part of a path that the file has; a missing field is told by the line of its parent."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    line = 1
    for part in loc:
        node, at = _step(node, part)
        if node is None:
            break
        line = at
    return line


def _step(node: yaml.Node | None, part: int | str) -> tuple[yaml.Node | None, int]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == part:
                return value, key.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part].start_mark.line + 1
    return None, 0
