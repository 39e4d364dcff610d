"""The pages about config.toml: forms, text, history, two admins at once; over a real socket and in a real browser."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from publisher.config.masking import MASK
from publisher.store import audit
from tests.browsing import browser as browser
from tests.browsing import whole
from tests.desk_stand import Stand, desk_stand
from tests.test_config_edits import EXAMPLE

HOSTILE = "<script>alert(1)</script>\"'&{{ 7 * 7 }}"


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with desk_stand(tmp_path_factory.mktemp("config")) as stand:
        yield stand


@pytest.fixture
def stand(opened: Stand) -> Stand:
    """With the example's config.toml, whatever was done to it before."""
    opened.house.file.path.write_bytes(EXAMPLE.encode())
    return opened


def now(stand: Stand) -> str:
    return stand.house.file.path.read_bytes().decode()


def form_of(page: str, action: str) -> dict[str, Any]:
    """What a browser would send of a form of a page, untouched."""
    form = next(one for one in re.findall(r"<form\b.*?</form>", page, re.S) if f'{action}"' in one)
    fields: dict[str, Any] = {}
    for found in re.finditer(r"<input\b[^>]*>|<select\b.*?</select>|<textarea\b.*?</textarea>", form, re.S):
        one = found[0]
        name = re.search(r'\bname="([^"]*)"', one)
        if name and not ('type="checkbox"' in one and " checked" not in one):
            fields.setdefault(html.unescape(name[1]), []).append(html.unescape(value_in(one)))
    return fields


def value_in(control: str) -> str:
    if control.startswith("<textarea"):
        text = control.partition(">")[2].removesuffix("</textarea>").replace("\r\n", "\n")  # as HTML is read
        return text.removeprefix("\n").replace("\n", "\r\n")
    if control.startswith("<select"):
        chosen = re.search(r"<option(?: value=\"([^\"]*)\")? selected>([^<]*)", control)
        return (chosen[1] if chosen[1] is not None else chosen[2]) if chosen else ""
    value = re.search(r'\bvalue="([^"]*)"', control)
    return value[1] if value else "on" if 'type="checkbox"' in control else ""


def sent(stand: Stand, path: str, **changes: Any) -> Any:
    """A form as it is shown at a path, with some fields changed."""
    fields = form_of(stand.get("owner", path).text, path)
    fields.pop("proof")
    return stand.send("owner", path, fields | {name.replace("__", "."): value for name, value in changes.items()})


def look_and_save(stand: Stand, text: str, digest: str, **more: str) -> Any:
    looked = stand.send("owner", "/config/text/look", {"text": text.replace("\n", "\r\n"), "digest": digest})
    assert looked.status_code == 200, looked.text
    fields = form_of(looked.text, "/config/text/save")
    fields.pop("proof")
    return stand.send("owner", "/config/text/save", fields | more)


def digest(stand: Stand) -> str:
    return str(form_of(stand.get("owner", "/config/text").text, "/config/text/look")["digest"][0])


# ── Forms ──


def test_every_form_of_the_example_that_is_sent_untouched_changes_nothing(stand: Stand) -> None:
    overview = stand.get("owner", "/config").text
    paths = re.findall(r'href="[^"]*/desk(/config/forms/[a-z]+)"', overview)
    assert len(paths) == 19
    tables = [path for one in paths for path in re.findall(rf'"[^"]*/desk({one}/[^"]+)"', stand.get("owner", one).text)]
    assert len(tables) == 8
    one_of_each = {path.split("/")[3]: path for path in tables}
    forms = [*(path for path in paths if "config-form" in stand.get("owner", path).text), *one_of_each.values()]
    assert len(forms) == 9 + 5
    for path in forms:
        assert sent(stand, path).status_code == 303, path
    assert now(stand) == EXAMPLE


def test_a_field_is_changed_and_all_else_in_the_file_is_as_it_was(stand: Stand) -> None:
    answer = sent(
        stand, "/config/forms/newsletters/morning", v__greeting="Good morning", v__schedule__weekly="Fri 12:00"
    )
    assert answer.status_code == 303
    line = 'schedule = { daily = "daily 07:00" }     #'
    wanted = EXAMPLE.replace(line, 'schedule = { daily = "daily 07:00", weekly = "Fri 12:00" }     #')
    at = wanted.index("# template =")
    assert now(stand) == f'{wanted[:at]}greeting = "Good morning"\n{wanted[at:]}'
    with stand.house.store.read() as conn:
        (change,) = audit.newest(conn, only=audit.Only(act="config.save"), limit=1)
    assert (change.who, change.subject) == ("Owner", "config.toml")
    assert 'greeting = "Good morning"' in change.after
    assert "greeting =" not in change.before.replace("# greeting", "")


def test_a_mistake_stands_at_its_field_and_what_was_typed_is_kept(stand: Stand) -> None:
    answer = sent(stand, "/config/forms/newsletters/morning", v__grace="soon", v__maximum="many", v__name=HOSTILE)
    assert answer.status_code == 422
    for name, words in (("grace", "length of time"), ("maximum", "Is not a whole number")):
        problem = re.search(rf'id="field-{name}-problem">([^<]*)<', answer.text)
        assert problem, name
        assert words.lower() in problem[1].lower()
    assert 'value="soon"' in answer.text
    assert 'value="many"' in answer.text
    assert re.search(r'<input id="field-grace"[^>]*aria-invalid="true"', answer.text)
    assert HOSTILE not in answer.text
    assert html.escape(HOSTILE, quote=True).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in answer.text
    assert now(stand) == EXAMPLE


def test_a_table_is_added_and_taken_out_again(stand: Stand) -> None:
    taken = sent(stand, "/config/add/columns", name="night-desk")
    assert taken.status_code == 422
    assert "There is a night-desk already" in taken.text
    wrong = sent(stand, "/config/add/columns", name="Not A Slug")
    assert wrong.status_code == 422
    assert re.search(r'id="name-problem">[^<]*lower-case', wrong.text)
    assert sent(stand, "/config/add/columns", name="tides", v__name="Tide Tables").status_code == 303
    assert '\n\n[columns.tides]\nname = "Tide Tables"\n\n[authors.mira-voss]' in now(stand)
    page = stand.get("owner", "/config/forms/columns/tides").text
    fields = form_of(page, "/config/remove/columns/tides") | {"sure": "on"}
    fields.pop("proof")
    assert stand.send("owner", "/config/remove/columns/tides", fields).status_code == 303
    assert now(stand) == EXAMPLE


def test_a_column_gets_another_name_wherever_it_is_named_and_keeps_the_old_one_as_an_alias(stand: Stand) -> None:
    path, fields = "/config/rename/columns/night-desk", {"digest": digest(stand)}
    taken = stand.send("owner", path, fields | {"name": "harbour-notes"})
    assert "is there already" in taken.text
    assert stand.send("owner", path, fields | {"name": "Not a slug"}).status_code == 422
    assert now(stand) == EXAMPLE
    assert stand.send("owner", path, fields | {"name": "nights"}).status_code == 303
    wanted = EXAMPLE.replace("[columns.night-desk]", "[columns.nights]").replace(
        'column = "night-desk"', 'column = "nights"'
    )
    wanted = wanted.replace('["harbour-notes", "night-desk"]', '["harbour-notes", "nights"]')
    wanted = wanted.replace('authors = ["ilse-okafor"]\n', 'authors = ["ilse-okafor"]\naliases = ["night-desk"]\n')
    assert now(stand) == wanted
    assert "Another name" not in stand.get("owner", "/config/forms/newsletters/morning").text


def test_a_table_that_others_name_cannot_go_and_who_names_it_is_told(stand: Stand) -> None:
    fields = {"digest": digest(stand), "sure": "on"}
    answer = stand.send("owner", "/config/remove/columns/night-desk", fields)
    assert answer.status_code == 422
    assert "sources.night-desk.column" in answer.text
    assert now(stand) == EXAMPLE


def test_a_secret_is_shown_as_where_it_is_found_and_never_itself(stand: Stand) -> None:
    saved = sent(stand, "/config/add/relays", name="post", v__url="smtps://desk@mail.example",
                 where__password="env", v__password="SMTP_PASSWORD")  # fmt: skip
    assert saved.status_code == 303, saved.text
    assert 'password = { env = "SMTP_PASSWORD" }' in now(stand)
    overview = stand.get("owner", "/config").text
    assert "relays.post.password: environment variable SMTP_PASSWORD is not set" in overview
    assert "not in force yet" in overview
    refused = sent(stand, "/config/forms/relays/post", v__url="smtps://desk:hunter2@mail.example")
    assert refused.status_code == 422
    assert "Holds a password" in refused.text
    assert now(stand).count("hunter2") == 0
    path = stand.house.file.path
    path.write_text(now(stand) + "# old: smtp://desk:hunter3@mail.example\n", "utf-8")
    page = stand.get("owner", "/config/text").text
    assert "hunter3" not in page
    text = now(stand).replace("desk:hunter3@", f"desk:{MASK}@").replace('name = "Night Desk"', 'name = "Night"')
    assert look_and_save(stand, text, digest(stand)).status_code == 303
    assert "hunter3" in now(stand), "a line that was shown masked and came back so is as it was"


def test_only_tables_that_are_there_have_a_form(stand: Stand) -> None:
    for path in ("nothing", "columns/nothing", "site/name", "columns/%2e%2e", "columns/__class__"):
        assert stand.get("owner", f"/config/forms/{path}").status_code == 404
    assert stand.send("owner", "/config/forms/columns", {}).status_code == 404
    assert stand.send("owner", "/config/add/site", {"name": "x"}).status_code == 404


# ── Text ──


def test_text_is_saved_after_its_diff_was_seen_with_a_note(stand: Stand) -> None:
    new = EXAMPLE.replace('name = "The Courier"', f'name = "{HOSTILE[:8]}"')
    began = digest(stand)
    looked = stand.send("owner", "/config/text/look", {"text": new, "digest": began})
    assert "&lt;script&gt;" in looked.text
    assert 'class="less">− name = &#34;The Courier&#34;' in looked.text
    assert now(stand) == EXAMPLE, "looking saves nothing"
    assert look_and_save(stand, new, began, note="A new name").status_code == 303
    assert now(stand) == new
    history = stand.get("owner", "/config/history").text
    assert "A new name" in history
    assert "Owner" in history


def test_mistakes_in_text_are_told_at_their_lines_and_nothing_is_lost(stand: Stand) -> None:
    new = EXAMPLE.replace('language = "en"', 'language = "english language"').replace("[mail]", "[male]")
    answer = stand.send("owner", "/config/text/look", {"text": new, "digest": digest(stand)})
    assert answer.status_code == 422
    line = new.split("\n").index('language = "english language"') + 1
    assert f'data-line="{line}">Line {line}</button>: site.language: ' in answer.text
    assert "did you mean" in answer.text
    assert "english language" in answer.text.partition("<textarea")[2]
    broken = stand.send("owner", "/config/text/save", {"text": "[site", "digest": digest(stand)})
    assert broken.status_code == 422
    assert "Line 1" in broken.text
    assert now(stand) == EXAMPLE


def test_line_ends_of_windows_stay_through_a_browser(stand: Stand) -> None:
    windows = EXAMPLE.replace("\n", "\r\n")
    stand.house.file.path.write_bytes(windows.encode())
    new = EXAMPLE.replace('name = "The Courier"', 'name = "The Other"\nrights = "All"')
    assert look_and_save(stand, new, digest(stand)).status_code == 303
    assert now(stand) == new.replace("\n", "\r\n")


def test_a_file_that_somebody_broke_is_told_on_all_pages_and_can_be_mended(stand: Stand) -> None:
    stand.house.file.path.write_text(EXAMPLE.replace("[site]", "[site"), "utf-8")
    assert "cannot be used as it is" in stand.get("owner", "/config").text
    assert stand.get("owner", "/config/forms/site").status_code == 422
    assert "not valid TOML" in stand.get("owner", "/config/text").text
    assert stand.get("owner", "/config/schema.json").status_code == 200
    assert look_and_save(stand, EXAMPLE, digest(stand)).status_code == 303
    assert now(stand) == EXAMPLE


# ── Two at once; history ──


def test_two_admins_at_once_the_second_sees_the_conflict_and_saves_on_top(stand: Stand) -> None:
    began = digest(stand)
    theirs = EXAMPLE.replace('name = "Night Desk"', 'name = "The Night Desk"')
    assert look_and_save(stand, theirs, began, note="by the first").status_code == 303
    mine = EXAMPLE.replace('name = "Night Desk"', 'name = "Nights"').replace('language = "en"', 'language = "de"')
    answer = stand.send("owner", "/config/text/save", {"text": mine, "digest": began})
    assert answer.status_code == 409
    assert now(stand) == theirs
    for words in ("The Night Desk", "Nights", "What both changed", "Owner"):
        assert words in answer.text
    fields = form_of(answer.text, "/config/text/save")
    fields.pop("proof")
    assert stand.send("owner", "/config/text/save", fields).status_code == 303
    assert now(stand) == mine


def test_a_form_that_began_before_another_save_fits_in_or_shows_both(stand: Stand) -> None:
    path = "/config/forms/columns/night-desk"
    fields = form_of(stand.get("owner", path).text, path)
    fields.pop("proof")
    assert sent(stand, "/config/forms/site", v__language="de").status_code == 303
    answer = stand.send("owner", path, fields | {"v.tagline": "After midnight."})
    assert answer.status_code == 409
    assert "both fit together" in answer.text
    on_top = form_of(answer.text, "/config/text/save")
    on_top.pop("proof")
    assert stand.send("owner", "/config/text/save", on_top).status_code == 303
    assert 'language = "de"' in now(stand)
    assert 'tagline = "After midnight."' in now(stand)


def test_every_version_is_kept_and_each_can_come_back(stand: Stand) -> None:
    assert look_and_save(stand, EXAMPLE + "# one\n", digest(stand)).status_code == 303
    assert look_and_save(stand, EXAMPLE + "# two\n", digest(stand)).status_code == 303
    numbers = [
        int(number) for number in re.findall(r"/config/history/(\d+)\"", stand.get("owner", "/config/history").text)
    ]
    assert numbers == sorted(numbers, reverse=True)
    one = stand.get("owner", f"/config/history/{numbers[1]}").text
    assert "− # two" in one
    fields = form_of(one, f"/config/history/{numbers[1]}/restore")
    fields.pop("proof")
    assert stand.send("owner", f"/config/history/{numbers[1]}/restore", fields).status_code == 303
    assert now(stand) == EXAMPLE + "# one\n"
    assert stand.get("owner", "/config/history/999999").status_code == 404


# ── In a browser ──


@pytest.fixture
def page(browser: Browser, stand: Stand) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        context.add_cookies([stand.cookie("owner")])
        page = context.new_page()
        page.goto(f"{stand.url}/config/text")
        yield page


def test_a_mistake_is_made_found_and_mended_by_keyboard(page: Page, stand: Stand) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    field = page.locator("#text")
    start = EXAMPLE.index('language = "en"')
    field.evaluate(f"field => {{ field.focus(); field.setSelectionRange({start}, {start + 15}) }}")
    page.keyboard.type('language = "no language"')
    page.get_by_role("button", name="Look at the changes").press("Enter")
    line = EXAMPLE[:start].count("\n") + 1
    page.get_by_role("button", name=f"Line {line}").press("Enter")
    chosen = field.evaluate("field => field.value.slice(field.selectionStart, field.selectionEnd)")
    assert chosen.startswith('language = "no language"')
    assert page.locator(".gutter .wrong").inner_text() == str(line)
    page.keyboard.type('language = "nb"')
    page.get_by_role("button", name="Look at the changes").press("Enter")
    page.get_by_label("What is it for?").fill("In Norwegian")
    page.get_by_role("button", name="Save").press("Enter")
    page.get_by_text("The site takes it up within a few seconds").wait_for()
    assert 'language = "nb"' in now(stand)
    assert [one for one in said if "422" not in one] == []


def test_keys_and_values_are_offered_while_one_types(page: Page) -> None:
    field = page.locator("#text")
    at = EXAMPLE.index("# template")
    field.evaluate(f"field => {{ field.focus(); field.setSelectionRange({at}, {at}) }}")
    page.keyboard.type("wel")
    page.get_by_role("option", name="welcome").wait_for()
    assert "1 suggestion;" in page.locator(".offers + [role=status]").inner_text()
    page.keyboard.press("Alt+ArrowDown")
    assert "What a new reader gets" in page.locator(".offers .help").inner_text()
    page.keyboard.press("Enter")
    page.get_by_role("option", name='"latest"').wait_for()
    page.keyboard.press("Alt+ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert 'welcome = "latest"# template' in field.input_value()
    page.keyboard.press("Enter")
    page.keyboard.type("audi")
    page.get_by_role("option", name="audience").wait_for()
    page.keyboard.press("Alt+ArrowDown")
    page.keyboard.press("Escape")
    assert field.evaluate("field => field === document.activeElement")


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_pages_that_tell_of_a_change_or_refuse_it_are_whole(
    browser: Browser, stand: Stand, width: int, scheme: Any
) -> None:
    """Those that one only goes to are looked at in tests/test_desk_tour.py."""
    with browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme) as context:
        context.add_cookies([stand.cookie("owner")])
        page = context.new_page()
        page.goto(f"{stand.url}/config/text")
        page.locator("#text").press("End")
        page.keyboard.type(" # x")
        page.get_by_role("button", name="Look at the changes").click()
        whole(page, width)
        stand.house.file.path.write_text(EXAMPLE + "# by another\n", "utf-8")
        page.get_by_role("button", name="Save").click()
        assert "Somebody else changed" in page.title()
        whole(page, width)
