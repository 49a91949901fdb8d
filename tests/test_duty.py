"""What a user would notice about the gauge: which conditions a loss would meet, how surely, and what would be due."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner import wording
from scanner.duty import CERTAINTIES, Gauge
from scanner.ledger import Ledger
from scanner.media.volumes import VolumeTable
from scanner.media.windows import encrypted
from scanner.model import DocumentResult, Finding, Persons, Volume
from scanner.places import rules_folder
from scanner.policy import duty
from scanner.policy.clauses import load
from scanner.policy.draft import draft
from scanner.policy.duty import MOST_DOCUMENTS, MOST_FOLDERS, Meter, folder_of
from scanner.policy.law import laws
from scanner.report import Report
from scanner.totals import People
from tests.test_volumes import USB, Machine, posix

TODAY = date(2026, 11, 22)
DISK = Volume(identity="A", volume_class="fixed", mount="C:\\")
STICK = Volume(identity="B", volume_class="removable", mount="E:\\")
CLOUD = Volume(identity="C", volume_class="cloud", mount="C:\\Users\\sato\\OneDrive")
POLICY = load(None)
PUBLIC = replace(POLICY, organisation="public")


def found(path: str, persons: int | tuple[int, int, int], confidence: str = "high", **types: int) -> DocumentResult:
    """A document with so many values of each type, which stand in no other."""
    low, best, high = persons if isinstance(persons, tuple) else (persons, persons, persons)
    first = crc32(path.encode()) << 20
    findings = tuple(
        Finding(
            rule=kind, type=kind, confidence=confidence, count=n, distinct=n, masked=(), places=(), places_omitted=0
        )
        for kind, n in types.items()
    )
    return DocumentResult(
        address=path, path=path, format="csv", encoding=None, size=1, modified=None,
        persons=Persons(low=low, best=best, high=high), findings=findings,
        sketches={kind: tuple(range(first, first + n)) for kind, n in types.items()},
    )  # fmt: skip


def volume_of(path: str) -> Volume:
    return STICK if path.startswith("E:") else CLOUD if "OneDrive" in path else DISK


def gauged(*documents: DocumentResult, policy=POLICY, lang="en", volume_of=volume_of) -> tuple[Gauge, ...]:
    meter, people = Meter(policy, TODAY, lang), People()
    for one in documents:
        meter.add(one, volume_of(one.path))
        people.add(one)
    return meter.gauges("PC-1", people.persons(), people.by_type())


def machine(*documents: DocumentResult, **more) -> Gauge:
    return gauged(*documents, **more)[0]


def certainty(gauge: Gauge, id: str) -> str | None:
    return next((one.certainty for one in gauge.conditions if one.id == id), None)


# --- conditions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("persons", "private", "public"),
    [
        (100, "not_seen", "not_seen"),
        (101, "not_seen", "met"),
        (1_000, "not_seen", "met"),
        (1_001, "met", "met"),
        ((90, 120, 900), "not_seen", "likely"),
        ((10, 99, 101), "not_seen", "possible"),
        ((900, 1_100, 1_300), "likely", "met"),
        ((500, 900, 1_001), "possible", "met"),
    ],
)
def test_the_number_of_people_counts_above_1000_and_for_public_bodies_above_100(persons, private, public):
    document = found("C:\\a.csv", persons, person_name=9)
    assert certainty(machine(document), "many") == private
    assert certainty(machine(document, policy=PUBLIC), "public_many") == public
    assert certainty(machine(document), "public_many") is None
    both = machine(document, policy=replace(POLICY, organisation="unknown"))
    assert (certainty(both, "many"), certainty(both, "public_many")) == (private, public)


@pytest.mark.parametrize(
    ("confidence", "persons", "expected"),
    [("high", 1, "met"), ("medium", 1, "likely"), ("low", 1, "possible"), ("high", (0, 1, 3), "likely"),
     ("high", (0, 0, 2), "possible"), ("high", 0, "not_seen")],
)  # fmt: skip
def test_health_data_of_one_person_is_enough_and_an_article_about_an_illness_is_not(confidence, persons, expected):
    gauge = machine(found("C:\\a.csv", persons, confidence, medical_info=3, person_name=1))
    assert certainty(gauge, "sensitive") == expected


def test_people_with_health_data_are_counted_and_not_all_that_stand_beside_them():
    gauge = machine(found("C:\\a.csv", 800, medical_info=3, person_name=800))
    condition = next(one for one in gauge.conditions if one.id == "sensitive")
    assert (condition.persons, condition.types, condition.law) == (3, ("medical_info",), "appi")
    assert condition.article == "APPI Rules art. 7(i)"


def test_cards_count_by_themselves_passwords_perhaps_and_accounts_not():
    assert certainty(machine(found("C:\\a", 0, credit_card_number=1)), "property") == "met"
    assert certainty(machine(found("C:\\a", 5, password_hash=5)), "property") == "possible"
    assert certainty(machine(found("C:\\a", 50, bank_account=50)), "property") == "not_seen"


def test_more_than_100_my_numbers_count_for_everybody_and_a_shared_folder_makes_exposure_possible():
    assert certainty(machine(found("C:\\a", 100, my_number=100)), "specific_many") == "not_seen"
    for policy in (POLICY, PUBLIC):
        assert certainty(machine(found("C:\\a", 101, my_number=101), policy=policy), "specific_many") == "met"
    assert certainty(machine(found("C:\\a", 1, my_number=1)), "specific_exposed") == "not_seen"
    assert certainty(machine(found(CLOUD.mount + "\\a", 1, my_number=1)), "specific_exposed") == "possible"


def test_without_my_numbers_the_my_number_act_asks_nothing():
    gauge = machine(found(CLOUD.mount + "\\a", 2_000, person_name=2_000, passport_number=2_000), policy=PUBLIC)
    assert {one.certainty for one in gauge.conditions if one.law == "my_number_act"} == {"not_seen"}
    held = machine(found("C:\\a", 2_000, person_name=2_000, my_number=150), policy=PUBLIC)
    assert {one.persons for one in held.conditions if one.law == "my_number_act"} == {0, 150}


def test_how_it_was_lost_is_never_more_than_possible_and_sets_no_deadline():
    gauge = machine(found("C:\\a", 1, person_name=1, address=1))
    assert certainty(gauge, "malicious") == gauge.certainty == "possible"
    assert gauge.preliminary is gauge.final is None
    assert certainty(machine(found("C:\\a", 0, corporate_number=5)), "malicious") == "not_seen"


def test_what_an_ordinance_protects_counts_where_the_policy_names_it():
    document = found("C:\\a", 1, residence_status=1, person_name=1)
    assert certainty(machine(document, policy=PUBLIC), "public_ordinance") is None
    named = replace(PUBLIC, ordinance=("residence_status",))
    assert certainty(machine(document, policy=named), "public_ordinance") == "met"


def test_the_days_count_from_today_which_is_the_first():
    gauge = machine(found("C:\\a", 1, medical_info=1, person_name=1))
    assert (gauge.preliminary_from, gauge.preliminary) == (date(2026, 11, 24), date(2026, 11, 26))
    assert (gauge.final, gauge.final_malicious) == (date(2026, 12, 21), date(2027, 1, 20))


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2_000), st.integers(0, 500), st.integers(0, 500), st.sampled_from(["low", "medium", "high"]),
            st.dictionaries(st.sampled_from(["medical_info", "my_number", "credit_card_number"]), st.integers(1, 300)),
        ),
        max_size=6,
    )
)  # fmt: skip
def test_more_data_never_makes_a_condition_less_certain(drawn):
    documents = [
        found(f"C:\\{number}", (low, low + more, low + more + most), confidence, **types)
        for number, (low, more, most, confidence, types) in enumerate(drawn)
    ]
    before = machine(*documents[:-1], policy=replace(POLICY, organisation="unknown"))
    after = machine(*documents, policy=replace(POLICY, organisation="unknown"))
    for one, other in zip(before.conditions, after.conditions, strict=True):
        assert CERTAINTIES.index(other.certainty) <= CERTAINTIES.index(one.certainty)
        assert other.persons >= one.persons


# --- the incidents ----------------------------------------------------------------------------------------------------

BOTH = replace(POLICY, organisation="unknown")


def test_a_contractors_list_of_800_foreign_workers_is_for_its_client_to_report():
    gauge = machine(
        found("C:\\list.xlsx", 800, person_name=800, birth_date=790, residence_status=6, nationality=9), policy=BOTH
    )
    assert (certainty(gauge, "many"), certainty(gauge, "public_many")) == ("not_seen", "met")
    assert (certainty(gauge, "sensitive"), certainty(gauge, "malicious")) == ("not_seen", "possible")
    assert gauge.preliminary is not None


def test_a_stick_with_all_residents_of_a_city_meets_the_number_on_the_stick_alone():
    shown = gauged(
        found("E:\\all.csv", 465_177, person_name=400_000), found("C:\\a.csv", 3, person_name=3), policy=PUBLIC
    )
    by_place = {gauge.where: certainty(gauge, "public_many") for gauge in shown if gauge.subject == "volume"}
    assert by_place == {"C:\\": "not_seen", "E:\\": "met"}


def test_home_office_extracts_with_600_my_numbers_fall_under_two_laws():
    gauge = machine(found("C:\\a.xlsx", 30_000, person_name=30_000, my_number=600), policy=PUBLIC)
    assert {one.law for one in gauge.conditions if one.certainty == "met"} == {"appi_public", "my_number_act"}


def test_a_certificate_of_one_applicant_is_enough():
    gauge = machine(found("C:\\a.pdf", 1, medical_info=1, person_name=1), policy=PUBLIC)
    assert (certainty(gauge, "public_sensitive"), gauge.certainty) == ("met", "met")


# --- what would be lost together --------------------------------------------------------------------------------------


def test_there_is_a_gauge_for_the_machine_its_volumes_and_the_worst_folders_and_documents():
    documents = [found(f"C:\\data\\{n}\\list.csv", 10 * n, medical_info=n, person_name=10 * n) for n in range(1, 41)]
    documents += [found("E:\\all.csv", 2_000, person_name=2_000), found("C:\\harmless.csv", 5, person_name=5)]
    shown = gauged(*documents)
    by = {
        subject: [one for one in shown if one.subject == subject]
        for subject in ("machine", "volume", "folder", "document")
    }
    assert [one.where for one in by["machine"] + by["volume"]] == ["PC-1", "C:\\", "E:\\"]
    assert (len(by["folder"]), len(by["document"])) == (MOST_FOLDERS, MOST_DOCUMENTS)
    assert (by["folder"][0].where, by["document"][0].where) == ("E:\\", "E:\\all.csv")
    assert by["folder"][1].where == "C:\\data\\40"
    assert "C:\\harmless.csv" not in [one.where for one in by["document"]]
    assert [one.subject for one in shown] == sorted(
        (one.subject for one in shown), key=["machine", "volume", "folder", "document"].index
    )


def test_copies_of_one_list_are_not_twice_as_many_people():
    one = found("C:\\a.csv", 700, my_number=60, person_name=700)
    copies = [one, replace(one, path="C:\\b\\a.csv"), replace(one, path="E:\\a.csv")]
    shown = gauged(*copies)
    assert [gauge.persons for gauge in shown] == [700] * len(shown)
    assert certainty(shown[0], "many") == "possible"
    assert certainty(shown[0], "specific_many") == "not_seen"
    assert certainty(machine(one, found("C:\\c.csv", 700, my_number=60, person_name=700)), "many") == "likely"


def test_a_part_never_holds_more_people_than_the_machine():
    """Lists that overlap are no copies of each other, and a volume adds them up."""
    several = [
        replace(found(f"C:\\{n}.csv", 700, person_name=700), sketches={"person_name": tuple(range(n, 700 + n))})
        for n in range(3)
    ]
    machine, volume, *_ = gauged(*several)
    assert machine.persons == volume.persons == 702
    assert (certainty(machine, "many"), certainty(volume, "many")) == ("possible", "possible")


def test_a_list_with_other_values_beside_it_is_no_copy():
    one = found("C:\\a.csv", 700, person_name=700)
    other = found("C:\\b.csv", 700, my_number=150, person_name=700)
    other = replace(other, sketches=other.sketches | one.sketches)
    assert certainty(machine(one, other), "specific_many") == "met"


def test_the_worst_folders_are_found_among_very_many(monkeypatch):
    monkeypatch.setattr(duty, "_FOLDERS", 40)
    documents = [found(f"C:\\{n:03}\\list.csv", 1 + n, medical_info=1, person_name=1 + n) for n in range(200)]
    assert [one.where for one in gauged(*documents) if one.subject == "folder"] == [
        f"C:\\{n}" for n in range(199, 199 - MOST_FOLDERS, -1)
    ]


def test_a_machine_without_findings_has_a_gauge_that_promises_nothing():
    gauge = machine()
    assert (gauge.certainty, gauge.persons, gauge.preliminary) == ("not_seen", 0, None)
    assert gauge.mitigating == ()


@pytest.mark.parametrize(
    ("path", "folder"),
    [("C:\\a\\b.csv", "C:\\a"), ("C:\\b.csv", "C:\\"), ("/a/b.csv", "/a"), ("/b.csv", "/"), ("b.csv", "")],
)
def test_the_folder_of_a_file_is_said_as_its_system_does(path, folder):
    assert folder_of(path) == folder


# --- encryption -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("disk", "stick", "expected"),
    [(True, True, [True, True, True]), (True, False, [False, True, False]), (True, None, [False, True, False])],
)
def test_encryption_mitigates_where_all_that_holds_data_is_encrypted(disk, stick, expected):
    volumes = {"C": replace(DISK, encrypted=disk), "E": replace(STICK, encrypted=stick)}
    documents = [found("C:\\a", 1, medical_info=1), found("E:\\a", 1, medical_info=1)]
    shown = gauged(*documents, volume_of=lambda path: volumes[path[0]])
    assert [one.mitigating == ("encrypted_volume",) for one in shown[:3]] == expected
    assert shown[0].certainty == "met"


@posix
def test_luks_is_seen_below_lvm_and_a_plain_disk_is_told_from_what_is_not_known(tmp_path):
    linux = Machine(tmp_path)
    for number, name in (("8:17", "sdb"), ("8:33", "sdc")):
        linux.disk(number, f"{USB}/{name}")
    linux.mount(linux.on("253:0", "dm-0", "sdb1"), "/media/secret", "ext4", "/dev/mapper/luks")
    (tmp_path / "sys/devices/virtual/block/dm-0/dm").mkdir()
    (tmp_path / "sys/devices/virtual/block/dm-0/dm/uuid").write_text("CRYPT-LUKS2-0123-luks\n")
    linux._link("sys/class/block", "dm-0", tmp_path / "sys/devices/virtual/block/dm-0")
    linux.mount(linux.on("253:1", "dm-1", "dm-0"), "/data", "xfs", "/dev/mapper/vg-data")
    linux.mount(linux.on("253:2", "dm-2", "sdc1"), "/plain", "xfs", "/dev/mapper/vg-plain")
    linux.mount("8:33", "/media/plain", "vfat", "/dev/sdc1")
    linux.mount("0:50", "/mnt/share", "cifs", "//server/share")
    found_there = {mount: volume.encrypted for mount, volume in linux.volumes().items()}
    assert found_there == {
        "/media/secret": True, "/data": True, "/plain": False, "/media/plain": False, "/mnt/share": None,
    }  # fmt: skip


def test_an_encrypted_disk_says_nothing_about_the_cloud_its_folder_is_synced_with():
    table = VolumeTable([replace(DISK, mount="C:\\", encrypted=True)], home="C:\\Users\\sato", windows=True)
    assert table.of("C:\\Users\\sato\\a.csv").encrypted is True
    assert table.of("C:\\Users\\sato\\OneDrive\\a.csv").encrypted is None


@pytest.mark.parametrize(
    ("protection", "expected"),
    [(None, None), (0, None), (1, True), (2, False), (3, False), (4, False), (5, False), (6, True), (7, None)],
)
def test_bitlocker_protects_when_it_is_on_and_not_while_suspended(protection, expected):
    assert encrypted(protection) is expected


# --- the tables of the law --------------------------------------------------------------------------------------------


def test_each_kind_of_organisation_is_bound_by_its_laws():
    assert [law.id for law in laws("private")] == ["appi", "my_number_act"]
    assert [law.id for law in laws("public")] == ["appi_public", "my_number_act"]
    assert [law.id for law in laws("unknown")] == ["appi", "appi_public", "my_number_act"]


def test_every_condition_and_law_has_words_a_date_and_a_source():
    ids = [term.id for law in laws("unknown") for term in law.terms]
    assert len(ids) == len(set(ids)) == 13
    assert set(ids) == set(wording.CONDITIONS)
    for law in laws("unknown"):
        assert law.id in wording.LAWS
        assert law.as_of >= date(2026, 1, 1)
        assert law.source
        assert (law.preliminary, law.final, law.final_malicious) == ((3, 5), 30, 60)
    assert len(list((rules_folder() / "law").glob("*.toml"))) == 3


# --- the draft --------------------------------------------------------------------------------------------------------


def report(*documents: DocumentResult) -> Report:
    moment = datetime(2026, 11, 22, tzinfo=UTC)
    return Report(
        version="1", run_id="r", started=moment, finished=moment, host="PC-1", sources=("C:\\",), rules_digest="",
        policy_name="", policy_digest="", complete=True, ledger=Ledger(), persons=Persons(), by_type={},
        documents=documents, volume_of={one.path: volume_of(one.path) for one in documents},
    )  # fmt: skip


HEADINGS = {
    "ja": ["概要", "項目", "本人の数", "原因", "二次被害", "本人への対応", "公表", "再発防止", "その他"],
    "en": [
        "Outline",
        "Items",
        "Number of people",
        "Cause",
        "Secondary",
        "people concerned",
        "Publication",
        "Measures",
        "Other",
    ],
}


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_draft_has_the_nine_items_what_is_known_and_blanks(lang):
    documents = (
        found("E:\\list.csv", 1_500, my_number=150, medical_info=20, person_name=1_500),
        found("C:\\a\\b.csv", 3, residence_status=3, person_name=3),
    )
    shown = gauged(*documents, lang=lang)
    stick = next(one for one in shown if one.where == "E:\\" and one.subject == "volume")
    lines = draft(stick, report(*documents), lang)
    numbered = [line for line in lines if line[:2] in [f"{n}." for n in range(1, 10)]]
    assert len(numbered) == 9
    assert all(word in line for word, line in zip(HEADINGS[lang], numbered, strict=True))
    text = "\n".join(lines)
    assert "1,500" in text
    assert wording.name(wording.TYPES, "my_number", lang) in text
    assert wording.name(wording.TYPES, "residence_status", lang) not in text
    assert text.count(wording.DRAFT["blank"].ja if lang == "ja" else wording.DRAFT["blank"].en) >= 7
    assert "2026-12-21" in text


def test_a_draft_without_a_condition_met_leaves_the_deadlines_open():
    documents = (found("C:\\a.csv", 2, person_name=2),)
    for lang in ("ja", "en"):
        text = "\n".join(draft(machine(*documents), report(*documents), lang))
        assert "2026-12" not in text
        assert "None" not in text


def test_nothing_ever_says_that_no_report_is_needed_or_calls_a_copy_a_leak():
    said = [*wording.CONDITIONS.values(), *wording.DRAFT.values(), *wording.LAWS.values(), *wording.RETENTION.values()]
    for phrase in said:
        assert "不要" not in phrase.ja
        assert "no report" not in phrase.en.lower()
        assert "leak" not in phrase.en.lower()
    assert "漏えいではありません" in wording.DRAFT["note"].ja


def test_a_gauge_in_the_json_report_names_law_article_and_days():
    record = machine(found("C:\\a", 1, medical_info=1, person_name=1)).to_dict()
    assert record["preliminary_due"] == "2026-11-26"
    assert record["conditions"][0]["law"] == "appi"
    assert record["final_due_malicious"] == "2027-01-20"
    assert Path(record["where"]).name == "PC-1"
