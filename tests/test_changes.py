"""The change log and its feeds: every day in the YAML comes up once, in order, and both feeds are what their formats ask for."""

import copy
import json
import re
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree

import pytest
from page_changes import anchor, changes_page, entries, json_feed, rss
from test_pages import POLICY, READ, SURE

ADDRESS = "https://example.org/guide/"
ATOM = "{http://www.w3.org/2005/Atom}"


def told(policy):
    return [(entry.kind, entry.day, entry.known, entry.title) for entry in entries(policy)]


def with_(change) -> dict:
    policy = copy.deepcopy(POLICY)
    change(policy)
    return policy


def test_every_day_is_told_once():
    assert told(POLICY) == [
        ("check", "2026-11-20", "2026-11-20", "The source page read: A page"),
        ("check", "2026-11-20", "2026-11-20", "2 statements read in L10001, version 7"),
        ("check", "2026-11-20", "2026-11-20", "L10003 checked: retired"),
        ("check", "2026-11-20", "2026-11-20", "L10002 checked: in force, version 7"),
        ("check", "2026-11-20", "2026-11-20", "L10001 checked: in force, version 7"),
        ("words", "2024-01-01", "2026-11-20", "About fitness: other words from 2024-01-01"),
        ("words", "2020-01-01", "2026-11-20", "About fitness: these words from 2020-01-01"),
        ("check", "2025-08-08", "2025-08-08", "South MAC checked: no LCD found"),
        ("end", "2023-02-28", "2023-02-28", "L10003 retired: last in force on 2023-02-28"),
        ("version", "2020-01-01", "2020-01-01", "L10003, version 7, in force from 2020-01-01"),
        ("version", "2020-01-01", "2020-01-01", "L10002, version 7, in force from 2020-01-01"),
        ("version", "2020-01-01", "2020-01-01", "L10001, version 7, in force from 2020-01-01"),
    ]


def test_what_is_put_up_before_its_day_is_known_from_the_day_it_was_put_up():
    def ahead(policy):
        policy["lcds"][0]["revisions"].insert(0, {"effective": "2027-03-01", "version": "8", "posted": "2026-11-05", **SURE})
        policy["lcds"][1]["revisions"].insert(0, {"effective": "2027-03-01", "version": "8", **SURE})
        policy["lcds"][1]["last_day"] = "2027-05-31"

    found = {entry.key: entry for entry in entries(with_(ahead))}
    assert found["L10001-version-8"].known == "2026-11-05" and found["L10001-version-8"].body == "Policy L10001. Posted on 2026-11-05."
    assert found["L10002-version-8"].known == found["L10002-last-day-2027-05-31"].known == "2026-11-20"


def test_what_is_not_known_is_said():
    def unknown(policy):
        policy["lcds"][0]["revisions"] = [{"effective": None, "reason": "Only its number was seen.", "version": "8", **SURE},
                                          {"effective": "2020-01-01", "version": None, "version_reason": "No number was seen.", **SURE}]
        policy["lcds"][2] |= {"last_day": None, "gone_by_reason": "It is not listed.", "checked": policy["lcds"][2]["checked"] | {"status": "superseded"}}
        policy["policy"]["statements"][0]["revisions"].insert(0, {"effective": None, "reason": "No day.", "read": READ | {"version": "8"}, "text": "New."})

    policy = with_(unknown)
    said = {(title, entry.body) for entry in entries(policy) for title in [entry.title]}
    assert {("L10001, version 8, from a day not known", "Policy L10001. Only its number was seen."),
            ("L10001, first version known, in force from 2020-01-01", "Policy L10001. No number was seen."),
            ("L10003 superseded: gone by 2023-03-02", "It is not listed."),
            ("About loss: other words from a day not known", "Read in L10001, version 8: New.")} <= said
    assert "not known<br>seen November 20, 2026" in changes_page(policy)


def test_corrections_are_found_wherever_they_stand():
    def corrected(policy):
        policy["policy"]["statements"][2]["revisions"][0]["corrected"] = {"on": "2026-12-01", "why": "A word was missing."}
        policy["lcds"][0]["corrected"] = [{"on": "2026-12-02", "why": "One."}, {"on": "2026-12-02", "why": "Two."}]
        policy["lcds"][0]["revisions"][0]["corrected"] = {"on": "2026-12-03", "why": "The day was misread."}
        policy["contractors"]["contractors"][0]["corrected"] = {"on": "2026-12-04", "why": "A state was left out."}
        policy["rules"][0]["corrected"] = {"on": "2026-12-05", "why": "It cited the wrong words."}

    policy = with_(corrected)
    found = [(entry.key, entry.title, entry.body, entry.to) for entry in entries(policy) if entry.kind == "correction"]
    assert found == [
        ("rule-gain-corrected-2026-12-05", "Corrected: A gain is shown", "It cited the wrong words.", "rules/gain.md"),
        ("north-corrected-2026-12-04", "Corrected: North MAC", "A state was left out.", "contractors.md#north"),
        ("L10001-version-7-corrected-2026-12-03", "Corrected: L10001, version 7", "The day was misread.", "lcds/L10001.md"),
        ("L10001-corrected-2026-12-02-2", "Corrected: L10001", "Two.", "lcds/L10001.md"),
        ("L10001-corrected-2026-12-02", "Corrected: L10001", "One.", "lcds/L10001.md"),
        ("statement-fitness-words-from-2024-01-01-corrected-2026-12-01", "Corrected: About fitness, words from 2024-01-01", "A word was missing.", "guidance/limits.md#fitness"),
    ]
    assert "Nothing so far." in changes_page(POLICY) and "Nothing so far." not in changes_page(policy)


def test_no_two_entries_share_a_name_or_a_place(full_policy):
    for policy in (POLICY, full_policy):
        found = entries(policy)
        assert len({entry.key for entry in found}) == len({anchor(entry) for entry in found}) == len(found)
        assert all(re.fullmatch(r"\d{4}-\d{2}-\d{2}", entry.known) and not re.search(r"None\b(?! was found)", entry.title + entry.body) for entry in found)


def test_every_revision_and_every_check_of_the_real_policy_is_in_it(full_policy):
    page, keys = changes_page(full_policy), {entry.key for entry in entries(full_policy)}
    for lcd in full_policy["lcds"]:
        assert f"{lcd['id']}-checked-{lcd['checked']['on']}" in keys
        for revision in lcd["revisions"]:
            assert f"{lcd['id']}-version-{revision['version'] or 'of-' + revision['effective']}" in keys
    for entry in entries(full_policy):
        assert f'<span id="{anchor(entry)}">' in page
    assert page.index("{#policy}") < page.index("{#corrections}") < page.index("{#checks}")


def test_the_page_has_the_newest_first_and_escapes_what_it_shows():
    page = changes_page(with_(lambda policy: policy["policy"]["statements"][2]["revisions"][0].update(text="<b> & *x*")))
    assert page.index("other words from January 1, 2024") < page.index("these words from January 1, 2020")
    assert "&#60;b&#62; &#38; &#42;x&#42;" in page and "version 2026.11 of the policy" in page
    assert 'href="../feed.xml"' in page and 'href="../feed.json"' in page


# The feeds --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["", ADDRESS])
def test_rss_is_rss(full_policy, address):
    text = rss(full_policy, 'Changes & "more"', address)
    root = ElementTree.fromstring(text.encode())
    assert root.tag == "rss" and root.attrib == {"version": "2.0"} and len(root) == 1
    channel = root[0]
    assert channel.findtext("title") == 'Changes & "more"' and channel.findtext("link") == address + "changes/" and channel.findtext("description")
    own = channel.find(ATOM + "link")
    assert own.attrib == {"href": ADDRESS + "feed.xml", "rel": "self", "type": "application/rss+xml"} if address else own is None
    items, found = channel.findall("item"), entries(full_policy)
    assert [item.findtext("title") for item in items] == [entry.title for entry in found]
    assert [item.findtext("description") for item in items] == [entry.body for entry in found]
    assert [item.findtext("link") for item in items] == [f"{address}changes/#{anchor(entry)}" for entry in found]
    days = [parsedate_to_datetime(item.findtext("pubDate")) for item in items]
    assert days == sorted(days, reverse=True) and [f"{day:%Y-%m-%d}" for day in days] == [entry.known for entry in found]
    assert parsedate_to_datetime(channel.findtext("lastBuildDate")) == days[0]
    guids = [item.find("guid") for item in items]
    assert all(guid.attrib == {"isPermaLink": "false"} for guid in guids) and len({guid.text for guid in guids}) == len(items)


@pytest.mark.parametrize("address", ["", ADDRESS])
def test_json_feed_is_json_feed(full_policy, address):
    feed = json.loads(json_feed(full_policy, "Changes", address))
    assert feed["version"] == "https://jsonfeed.org/version/1.1" and feed["title"] == "Changes"
    assert ({"home_page_url": ADDRESS + "changes/", "feed_url": ADDRESS + "feed.json"}.items() <= feed.items()) if address else "feed_url" not in feed
    assert set(feed) <= {"version", "title", "home_page_url", "feed_url", "description", "language", "items"}
    for item, entry in zip(feed["items"], entries(full_policy), strict=True):
        assert item == {"id": f"97110:{entry.key}", "url": f"{address}changes/#{anchor(entry)}", "title": entry.title, "content_text": entry.body or entry.title,
                        "date_published": f"{entry.known}T00:00:00Z", "tags": [entry.kind]}
        assert item["content_text"]


def test_both_feeds_name_the_same_and_nothing_hangs_on_the_day_or_the_address(full_policy):
    def ids(address):
        channel = ElementTree.fromstring(rss(full_policy, "x", address).encode())
        return [guid.text for guid in channel.iter("guid")], [item["id"] for item in json.loads(json_feed(full_policy, "x", address))["items"]]

    assert ids("") == ids(ADDRESS) and ids("")[0] == ids("")[1]
    assert rss(full_policy, "x", "") == rss(copy.deepcopy(full_policy), "x", "")
