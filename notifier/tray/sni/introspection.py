"""The XML by which panels and people learn what our two objects on the bus can do."""

from __future__ import annotations

Members = dict[str, tuple[str, str]]


def _interface(name: str, methods: Members, signals: dict[str, str], properties: dict[str, str]) -> str:
    """One interface: methods with the types they take and give, signals and properties with theirs, blank-separated."""
    lines = [f'<node><interface name="{name}">']
    for method, (takes, gives) in methods.items():
        arguments = _arguments(takes, "in") + _arguments(gives, "out")
        lines.append(f'<method name="{method}">{arguments}</method>')
    lines += [f'<signal name="{signal}">{_arguments(types, "")}</signal>' for signal, types in signals.items()]
    lines += [f'<property name="{n}" type="{kind}" access="read"/>' for n, kind in properties.items()]
    return "".join([*lines, "</interface></node>"])


def _arguments(types: str, direction: str) -> str:
    way = f' direction="{direction}"' if direction else ""
    return "".join(f'<arg type="{kind}"{way}/>' for kind in types.split())


ITEM_XML = _interface(
    "org.kde.StatusNotifierItem",
    {
        "Activate": ("i i", ""),
        "SecondaryActivate": ("i i", ""),
        "ContextMenu": ("i i", ""),
        "Scroll": ("i s", ""),
    },
    {"NewTitle": "", "NewIcon": "", "NewToolTip": "", "NewStatus": "s"},
    {
        "Category": "s",
        "Id": "s",
        "Title": "s",
        "Status": "s",
        "WindowId": "i",
        "IconName": "s",
        "IconThemePath": "s",
        "IconPixmap": "a(iiay)",
        "ToolTip": "(sa(iiay)ss)",
        "ItemIsMenu": "b",
        "Menu": "o",
    },
)

MENU_XML = _interface(
    "com.canonical.dbusmenu",
    {
        "GetLayout": ("i i as", "u (ia{sv}av)"),
        "GetGroupProperties": ("ai as", "a(ia{sv})"),
        "GetProperty": ("i s", "v"),
        "Event": ("i s v u", ""),
        "EventGroup": ("a(isvu)", "ai"),
        "AboutToShow": ("i", "b"),
        "AboutToShowGroup": ("ai", "ai ai"),
    },
    {"LayoutUpdated": "u i", "ItemsPropertiesUpdated": "a(ia{sv}) a(ias)"},
    {"Version": "u", "Status": "s", "TextDirection": "s", "IconThemePath": "as"},
)
