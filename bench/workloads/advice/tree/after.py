"""They refer to them weakly."""

import weakref


class Node:
    def __init__(self, parent: "Node | None") -> None:
        self.parent = weakref.ref(parent) if parent else None
        self.children: list[Node] = []


def op() -> None:
    root = Node(None)
    root.children.append(Node(root))
