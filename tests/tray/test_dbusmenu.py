"""Our menu as dbusmenu: ids that last, changes that leave an open menu open, clicks that mean what was drawn."""

from __future__ import annotations

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from notifier.overview import AccountState, Overview
from notifier.tray import Action, CheckNow, Compose, Item, MarkSeen, Mute, Quit, menu
from notifier.tray.sni.dbusmenu import ROOT, Changes, MenuObject, escaped, properties_of

WORK = AccountState("Work", 41, 9000, 3, percent=40.0)
HOME = AccountState("Home", 2, 90)
CLUB = AccountState("Club", 7, 70)


def shown(*accounts: AccountState, paused: bool = False) -> tuple[Item, ...]:
    return menu(Overview(accounts, paused_until=float("inf") if paused else None), 0.0)


def labels(menu_object: MenuObject) -> dict[str, int]:
    """Label -> id of the first level, as a panel reads it."""
    answer = menu_object.call("GetLayout", (ROOT, 1, []))
    assert answer is not None
    _, (_, _, children) = answer[1]
    return {child[1][1]["label"][1]: child[1][0] for child in children if "label" in child[1][1]}


def click(menu_object: MenuObject, number: int) -> None:
    assert menu_object.call("Event", (number, "clicked", ("i", 0), 0)) == ("", ())


def test_same_menu_is_no_change() -> None:
    menu_object = MenuObject(lambda _: None)
    menu_object.update(shown(WORK, HOME))
    assert menu_object.update(shown(WORK, HOME)) == Changes()


def test_new_words_change_properties_only() -> None:
    menu_object = MenuObject(lambda _: None)
    menu_object.update(shown(WORK, HOME))
    revision, before = menu_object.revision, labels(menu_object)
    found = menu_object.update(shown(dataclasses.replace(WORK, unseen=4), HOME))
    assert found.parents == ()
    assert found.properties == (
        (before["Work: 3 unseen, 41 messages, at least 40 % full"],
         {"label": ("s", "Work: 4 unseen, 41 messages, at least 40 % full")}),
    )  # fmt: skip
    assert menu_object.revision == revision
    assert next(iter(menu_object.signals(found)))[0] == "ItemsPropertiesUpdated"


def test_a_line_that_may_be_chosen_again_loses_its_property() -> None:
    menu_object = MenuObject(lambda _: None)
    menu_object.update((Item("Mark", MarkSeen(), enabled=False),))
    found = menu_object.update((Item("Mark", MarkSeen()),))
    assert (found.parents, found.removed) == ((), ((1, ("enabled",)),))


def test_toggle_keeps_its_id() -> None:
    menu_object = MenuObject(lambda _: None)
    menu_object.update((Item("Mute", Mute("Work", True), checked=False),))
    found = menu_object.update((Item("Mute", Mute("Work", False), checked=True),))
    assert found == Changes(properties=((1, {"toggle-state": ("i", 1)}),))


def test_another_account_is_a_new_layout_with_the_old_ids() -> None:
    menu_object = MenuObject(lambda _: None)
    menu_object.update(shown(WORK, HOME))
    before = labels(menu_object)
    found = menu_object.update(shown(CLUB, WORK, HOME))
    assert found.parents == (ROOT,)
    after = labels(menu_object)
    assert {label: after[label] for label in before} == before
    assert list(menu_object.signals(found)) == [("LayoutUpdated", "ui", (menu_object.revision, ROOT))]


def test_a_click_on_an_old_drawing_means_what_was_drawn() -> None:
    chosen: list[Action] = []
    menu_object = MenuObject(chosen.append)
    menu_object.update(shown(WORK, HOME))
    drawn = labels(menu_object)
    menu_object.update(shown(CLUB, WORK, paused=True))
    click(menu_object, drawn["Write a mail…"])
    click(menu_object, drawn["Quit"])
    click(menu_object, drawn["Home: 2 messages"])  # gone meanwhile: nothing happens
    assert chosen == [Compose(), Quit()]


def test_only_clicks_on_lines_that_can_be_chosen_act() -> None:
    chosen: list[Action] = []
    menu_object = MenuObject(chosen.append)
    menu_object.update(
        (Item("Check", CheckNow()), Item("Mark", MarkSeen(), enabled=False), Item("Said", enabled=False))
    )
    menu_object.call("Event", (1, "hovered", ("s", ""), 0))
    for number in (2, 3, ROOT, 99):
        click(menu_object, number)
    assert chosen == []
    assert menu_object.call("EventGroup", ([(1, "clicked", ("s", ""), 0), (99, "clicked", ("s", ""), 0)],)) == (
        "ai",
        ([99],),
    )
    assert chosen == [CheckNow()]


def test_layout_depth_and_property_filter() -> None:
    menu_object = MenuObject(lambda _: None)
    menu_object.update((Item("Pause", children=(Item("Hour", CheckNow()),)), Item(separator=True)))
    assert menu_object.call("GetLayout", (ROOT, 1, ["label"])) == (
        "u(ia{sv}av)",
        (2, (0, {"children-display": ("s", "submenu")}, [
            ("(ia{sv}av)", (1, {"label": ("s", "Pause")}, [])),
            ("(ia{sv}av)", (3, {}, [])),
        ])),
    )  # fmt: skip
    whole = menu_object.call("GetLayout", (1, -1, []))
    assert whole is not None
    assert whole[1][1][2] == [("(ia{sv}av)", (2, {"label": ("s", "Hour")}, []))]
    assert menu_object.call("GetLayout", (77, -1, [])) is None
    assert menu_object.call("GetGroupProperties", ([2, 77], [])) == ("a(ia{sv})", ([(2, {"label": ("s", "Hour")})],))
    assert menu_object.call("GetProperty", (2, "label")) == ("v", (("s", "Hour"),))
    assert menu_object.call("GetProperty", (2, "toggle-state")) is None
    assert menu_object.call("AboutToShow", (ROOT,)) == ("b", (False,))
    assert menu_object.call("AboutToShowGroup", ([ROOT, 77],)) == ("aiai", ([], [77]))
    assert menu_object.call("NoSuchMethod", ()) is None


def test_checks_and_separators() -> None:
    assert properties_of(Item("Login", CheckNow(), checked=True)) == {
        "label": ("s", "Login"),
        "toggle-type": ("s", "checkmark"),
        "toggle-state": ("i", 1),
    }
    assert properties_of(Item(separator=True)) == {"type": ("s", "separator")}


@given(st.text(max_size=80))
def test_panels_read_the_very_label(label: str) -> None:
    """A panel takes a single underscore for an access key and two for one (dbusmenu, "label")."""
    read, rest = "", escaped(label)
    while rest:
        if rest.startswith("_"):
            assert rest.startswith("__")
            rest = rest[1:]
        read, rest = read + rest[0], rest[1:]
    assert read == label


names = st.sampled_from("ABCDEF")


@given(st.lists(st.lists(names, max_size=5, unique=True), min_size=1, max_size=6))
def test_an_id_never_changes_its_meaning(menus: list[list[str]]) -> None:
    chosen: list[Action] = []
    menu_object = MenuObject(chosen.append)
    meaning: dict[int, str] = {}
    for accounts in menus:
        menu_object.update(tuple(Item(name, CheckNow(name)) for name in accounts))
        for label, number in labels(menu_object).items():
            assert meaning.setdefault(number, label) == label
            click(menu_object, number)
            assert chosen.pop() == CheckNow(label)
