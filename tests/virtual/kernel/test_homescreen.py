from __future__ import annotations

from harness.virtual.kernel.display.homescreen import FIRST_DOCK, PAGE_MOST, Folder, HomeScreen


def screen(*installed: str) -> tuple[HomeScreen, list[str]]:
    there = list(installed)
    return HomeScreen(lambda: there), there


def test_what_is_installed_is_somewhere_and_in_the_order_of_installation() -> None:
    home, there = screen(*FIRST_DOCK, "a", "b")
    assert home.layout == (FIRST_DOCK, ("a", "b"))
    there.append("c")
    there.remove("a")
    assert home.layout == (FIRST_DOCK, ("b", "c"))


def test_a_full_page_is_followed_by_another() -> None:
    names = [f"app{number}" for number in range(PAGE_MOST + 1)]
    home, _ = screen(*names)
    assert home.layout == ((), tuple(names[:PAGE_MOST]), (names[PAGE_MOST],))


def test_an_icon_has_one_place_and_one_that_is_left_out_goes_behind_the_last() -> None:
    home, _ = screen("a", "b", "c", "d")
    home.arrange((("c",), (Folder("F", (("a", "c"), ("gone",))), "gone"), ()))
    assert home.layout == (("c",), (Folder("F", (("a",),)), "b", "d"))


def test_a_folder_goes_with_its_last_app() -> None:
    home, there = screen("a", "b")
    home.arrange(((), (Folder("F", (("a",),)), "b")))
    there.remove("a")
    assert home.layout == ((), ("b",))


def test_an_empty_layout_leaves_every_app_on_one_page() -> None:
    home, _ = screen("a", "b")
    home.arrange(())
    assert home.layout == ((), ("a", "b"))
