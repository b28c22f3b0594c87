"""Nodes of a tree refer to their parents."""


class Node:
    def __init__(self, parent: "Node | None") -> None:
        self.parent = parent
        self.children: list[Node] = []


def op() -> None:
    root = Node(None)
    root.children.append(Node(root))
