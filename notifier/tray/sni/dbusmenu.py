"""`com.canonical.dbusmenu`: our menu as the panel reads it, with ids that stay true while a menu is open.

An item keeps its id for as long as the program runs, whatever moves around it: a click on a line of a menu that was
drawn before an update still means that line, and an update of words alone leaves an open menu open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from notifier.tray.actions import Action
from notifier.tray.menu import Item
from notifier.tray.sni.bus import Answer, Variant
from notifier.tray.sni.introspection import MENU_XML

ROOT = 0
Properties = dict[str, Variant]


@dataclass(frozen=True, slots=True)
class Node:
    """An item in its place."""

    id: int
    item: Item
    children: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """What a new menu means for panels: parents whose lines differ, and lines whose properties do."""

    parents: tuple[int, ...] = ()
    properties: tuple[tuple[int, Properties], ...] = ()
    removed: tuple[tuple[int, tuple[str, ...]], ...] = ()


@dataclass
class Ids:
    """Gives every item its lasting id: by its parent, what it does, and which of several equals it is."""

    known: dict[tuple[int, object, int], int] = field(default_factory=dict)

    def place(self, items: tuple[Item, ...], parent: int = ROOT) -> tuple[Node, ...]:
        seen: dict[object, int] = {}
        nodes = []
        for item in items:
            sense = _sense(item)
            number = seen[sense] = seen.get(sense, -1) + 1
            own = self.known.setdefault((parent, sense, number), len(self.known) + 1)
            nodes.append(Node(own, item, self.place(item.children, own)))
        return tuple(nodes)


def _sense(item: Item) -> object:
    """What the line is for, apart from its words and its state: toggles keep theirs when toggled."""
    if item.separator:
        return "separator"
    if item.children:
        return ("submenu", next((_sense(child) for child in item.children if child.action), ""))
    if item.action is None:
        return "said"
    return (type(item.action), getattr(item.action, "account", None), getattr(item.action, "kind", None))


def properties_of(item: Item) -> Properties:
    """The properties of a line that differ from dbusmenu's defaults."""
    if item.separator:
        return {"type": ("s", "separator")}
    properties: Properties = {"label": ("s", escaped(item.label))}
    if not item.enabled:
        properties["enabled"] = ("b", False)
    if item.checked is not None:
        properties["toggle-type"] = ("s", "checkmark")
        properties["toggle-state"] = ("i", int(item.checked))
    if item.children:
        properties["children-display"] = ("s", "submenu")
    return properties


def escaped(label: str) -> str:
    """`label` with its underscores doubled: a single one would mark an access key and vanish."""
    return label.replace("_", "__")


def walk(nodes: tuple[Node, ...]) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from walk(node.children)


def changes(before: tuple[Node, ...], after: tuple[Node, ...]) -> Changes:
    """What panels must be told when `after` takes the place of `before`."""
    old = {node.id: node for node in walk(before)}
    parents = [] if _line_up(before) == _line_up(after) else [ROOT]
    differing, removed = [], []
    for node in walk(after):
        was = old.get(node.id)
        if was is None:
            continue
        if _line_up(was.children) != _line_up(node.children):
            parents.append(node.id)
        then, now = properties_of(was.item), properties_of(node.item)
        if changed := {key: value for key, value in now.items() if then.get(key) != value}:
            differing.append((node.id, changed))
        if gone := tuple(key for key in then if key not in now):
            removed.append((node.id, gone))
    return Changes(tuple(parents), tuple(differing), tuple(removed))


def _line_up(nodes: tuple[Node, ...]) -> tuple[int, ...]:
    return tuple(node.id for node in nodes)


class MenuObject:
    """The menu on the bus. Panels read it in the bus's thread while the program changes it in another."""

    path = "/MenuBar"
    interface = "com.canonical.dbusmenu"
    introspection = MENU_XML

    def __init__(self, on_action: Callable[[Action], None]) -> None:
        self._on_action = on_action
        self._ids = Ids()
        self._nodes: tuple[Node, ...] = ()
        self._by_id: dict[int, Node] = {}
        self._lock = Lock()
        self.revision = 1

    def update(self, items: tuple[Item, ...]) -> Changes:
        """Takes a new menu; what it returns goes to `signals`."""
        with self._lock:
            nodes = self._ids.place(items)
            found = changes(self._nodes, nodes)
            self._nodes, self._by_id = nodes, {node.id: node for node in walk(nodes)}
            if found.parents:
                self.revision += 1
            return found

    def signals(self, found: Changes) -> Iterator[tuple[str, str, tuple[Any, ...]]]:
        """The signals that tell panels of `found`: member, signature, values."""
        if found.properties or found.removed:
            body = (list(found.properties), [(number, list(names)) for number, names in found.removed])
            yield "ItemsPropertiesUpdated", "a(ia{sv})a(ias)", body
        for parent in found.parents:
            yield "LayoutUpdated", "ui", (self.revision, parent)

    def properties(self) -> dict[str, Variant]:
        return {
            "Version": ("u", 3),
            "Status": ("s", "normal"),
            "TextDirection": ("s", "ltr"),
            "IconThemePath": ("as", []),
        }

    def call(self, member: str, body: tuple[Any, ...]) -> Answer | None:
        methods: dict[str, Callable[..., Answer | None]] = {
            "GetLayout": self._get_layout,
            "GetGroupProperties": self._get_group_properties,
            "GetProperty": self._get_property,
            "Event": self._event,
            "EventGroup": self._event_group,
            "AboutToShow": self._about_to_show,
            "AboutToShowGroup": self._about_to_show_group,
        }
        method = methods.get(member)
        return None if method is None else method(*body)

    def _get_layout(self, parent: int, depth: int, names: list[str]) -> Answer | None:
        with self._lock:
            revision, nodes, node = self.revision, self._nodes, self._by_id.get(parent)
        if parent == ROOT:
            root = (ROOT, {"children-display": ("s", "submenu")}, _children(nodes, depth, names))
            return "u(ia{sv}av)", (revision, root)
        return None if node is None else ("u(ia{sv}av)", (revision, _laid_out(node, depth, names)))

    def _get_group_properties(self, numbers: list[int], names: list[str]) -> Answer:
        with self._lock:
            known = self._by_id
        wanted = [known[n] for n in numbers if n in known] if numbers else list(known.values())
        return "a(ia{sv})", ([(node.id, _only(properties_of(node.item), names)) for node in wanted],)

    def _get_property(self, number: int, name: str) -> Answer | None:
        with self._lock:
            node = self._by_id.get(number)
        value = None if node is None else properties_of(node.item).get(name)
        return None if value is None else ("v", (value,))

    def _event(self, number: int, kind: str, _data: Variant, _time: int) -> Answer:
        with self._lock:
            node = self._by_id.get(number)
        if kind == "clicked" and node is not None and node.item.enabled and node.item.action is not None:
            self._on_action(node.item.action)
        return "", ()

    def _event_group(self, events: list[tuple[int, str, Variant, int]]) -> Answer:
        with self._lock:
            missing = [event[0] for event in events if event[0] != ROOT and event[0] not in self._by_id]
        for event in events:
            self._event(*event)
        return "ai", (missing,)

    @staticmethod
    def _about_to_show(_number: int) -> Answer:
        return "b", (False,)  # what panels know is always current: every change was signalled

    def _about_to_show_group(self, numbers: list[int]) -> Answer:
        with self._lock:
            missing = [n for n in numbers if n != ROOT and n not in self._by_id]
        return "aiai", ([], missing)


def _laid_out(node: Node, depth: int, names: list[str]) -> tuple[int, Properties, list[Variant]]:
    return (node.id, _only(properties_of(node.item), names), _children(node.children, depth, names))


def _children(nodes: tuple[Node, ...], depth: int, names: list[str]) -> list[Variant]:
    """`depth` 0: no children, -1: all of them."""
    return [("(ia{sv}av)", _laid_out(node, depth - 1, names)) for node in nodes] if depth else []


def _only(properties: Properties, names: list[str]) -> Properties:
    return {key: value for key, value in properties.items() if key in names} if names else properties
