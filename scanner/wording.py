"""Every text that people read, in Japanese and English: names of types, problems, reasons, and the phrases of reports.

Words only: what is printed where is the sinks' business. A violation of the policy is never called a leak: data lying
on a disk has not left it. What the law calls each type follows the Act on the Protection of Personal Information
(個人情報保護法, APPI), its Cabinet Order (施行令) and Enforcement Rules (施行規則), and the My Number Act (番号法).
"""

import os
import sys
from collections.abc import Mapping
from typing import NamedTuple

from scanner.origin import Place

LANGUAGES = ("ja", "en")
_JAPANESE_UI = 0x11
"""Primary language number of Japanese in a Windows language identifier."""


class Phrase(NamedTuple):
    """One text in every language."""

    ja: str
    en: str


# --- types of personal data, heaviest first: reports name them in this order ------------------------------------------

TYPES = {
    "my_number": Phrase("マイナンバー（個人番号）", "My Number"),
    "medical_info": Phrase("健康・医療の情報", "health or medical data"),
    "credit_card_number": Phrase("クレジットカード番号", "credit card number"),
    "residence_card_number": Phrase("在留カード番号", "residence card number"),
    "passport_number": Phrase("旅券番号", "passport number"),
    "drivers_license_number": Phrase("運転免許証番号", "driver's license number"),
    "resident_record_code": Phrase("住民票コード", "resident record code"),
    "basic_pension_number": Phrase("基礎年金番号", "basic pension number"),
    "health_insurance_number": Phrase("健康保険の記号・番号", "health insurance number"),
    "employment_insurance_number": Phrase("雇用保険被保険者番号", "employment insurance number"),
    "residence_status": Phrase("在留資格", "status of residence"),
    "nationality": Phrase("国籍・地域", "nationality"),
    "japanese_level": Phrase("日本語能力", "level of Japanese"),
    "skill_field": Phrase("特定技能の分野", "field of skilled work"),
    "password_hash": Phrase("パスワードのハッシュ値", "password hash"),
    "bank_account": Phrase("口座番号", "bank account"),
    "birth_date": Phrase("生年月日", "date of birth"),
    "address": Phrase("住所", "address"),
    "phone_number": Phrase("電話番号", "phone number"),
    "email_address": Phrase("メールアドレス", "email address"),
    "person_name": Phrase("氏名", "name"),
    "gender": Phrase("性別", "gender"),
    "postal_code": Phrase("郵便番号", "postal code"),
    "corporate_number": Phrase("法人番号", "corporate number"),
}

_CODE_JA = "個人識別符号。この番号だけで個人情報になります"
_CODE_EN = "an individual identification code, personal data by itself"
_STANDING = Phrase(
    "要配慮個人情報には当たりませんが、知られると本人の立場を弱くします",
    "not special-care data by law, but it weakens the person's standing when others learn it",
)
_PERSONAL = Phrase(
    "個人を識別できれば個人情報です（個人情報保護法2条1項）",
    "personal data where it identifies a person (APPI art. 2(1))",
)


def _code(order_ja: str, order_en: str) -> Phrase:
    return Phrase(f"{_CODE_JA}（{order_ja}）", f"{_CODE_EN} ({order_en})")


LEGAL = {
    "my_number": Phrase(
        "特定個人情報です。扱える事務が限られ、漏えい等の報告も別に定められています（番号法29条の4）",
        "Specific Personal Information, with limited uses and its own duty to report (My Number Act art. 29-4)",
    ),
    "medical_info": Phrase(
        "要配慮個人情報に当たり得ます。1人分でも重く扱われます（個人情報保護法2条3項、施行規則7条1号）",
        "may be special-care data, which weighs from one person on (APPI art. 2(3), Rules art. 7(i))",
    ),
    "credit_card_number": Phrase(
        "財産的被害のおそれがあり、1人分でも重く扱われます（個人情報保護法施行規則7条2号）",
        "can be used to take money, which weighs from one person on (APPI Rules art. 7(ii))",
    ),
    "residence_card_number": _code("施行規則4条4号・9号", "APPI Rules art. 4(iv), (ix)"),
    "passport_number": _code("施行令1条2号、施行規則4条3号", "APPI Order art. 1(ii), Rules art. 4(iii)"),
    "drivers_license_number": _code("施行令1条5号", "APPI Order art. 1(v)"),
    "resident_record_code": _code("施行令1条6号", "APPI Order art. 1(vi)"),
    "basic_pension_number": _code("施行令1条4号", "APPI Order art. 1(iv)"),
    "health_insurance_number": _code("施行令1条3号、施行規則4条1号", "APPI Order art. 1(iii), Rules art. 4(i)"),
    "employment_insurance_number": _code("施行規則4条8号", "APPI Rules art. 4(viii)"),
    "residence_status": _STANDING,
    "nationality": _STANDING,
    "japanese_level": _STANDING,
    "skill_field": _STANDING,
    "password_hash": Phrase(
        "ログイン情報です。決済のあるサービスのものなら財産的被害のおそれがあります（施行規則7条2号）",
        "opens an account; where one can pay with it, it can be used to take money (APPI Rules art. 7(ii))",
    ),
    "bank_account": _PERSONAL,
    "birth_date": _PERSONAL,
    "address": _PERSONAL,
    "phone_number": _PERSONAL,
    "email_address": _PERSONAL,
    "person_name": _PERSONAL,
    "gender": _PERSONAL,
    "postal_code": _PERSONAL,
    "corporate_number": Phrase("公表されている番号で、個人情報ではありません", "published, not personal data"),
}

# --- problems, exclusions, grades -------------------------------------------------------------------------------------

KINDS = {
    "encrypted": Phrase("暗号化・パスワード付き", "encrypted or password-protected"),
    "too_large": Phrase("大きすぎる", "too large"),
    "too_deep": Phrase("書庫の入れ子が深すぎる", "containers nested too deeply"),
    "corrupt": Phrase("壊れている", "damaged"),
    "denied": Phrase("アクセス権がない", "access denied"),
    "vanished": Phrase("調べる前に消えた", "gone before it was examined"),
    "timed_out": Phrase("時間内に終わらない", "took too long"),
    "unknown_format": Phrase("形式が分からない", "unknown format"),
    "missing_reader": Phrase("この版では読めない形式", "known format without a reader"),
    "cloud_only": Phrase("中身はクラウドにある", "content only in the cloud"),
    "bomb": Phrase("展開すると異常に膨らむ", "expands beyond measure"),
    "bug": Phrase("本製品の不具合", "defect of this product"),
    "image_only": Phrase("画像だけで文字がない", "pictures without text"),
    "interrupted": Phrase("中断で未調査", "not reached before the interruption"),
}

ADVICE = {
    "encrypted": Phrase(
        "開ける担当者に中身を確かめてもらい、要らないものは消してください。",
        "Have someone who can open them check them, and erase what nobody needs.",
    ),
    "too_large": Phrase(
        "作成元の業務システムで内容を確かめてください。", "Check the content in the system that made them."
    ),
    "too_deep": Phrase(
        "外側の書庫を展開し、その中を調べてください。", "Unpack the outer container and scan what was in it."
    ),
    "corrupt": Phrase(
        "開けるかどうか確かめ、使えないものは消してください。", "See whether they open; erase those that are of no use."
    ),
    "denied": Phrase(
        "管理者として実行してください。macOS ではフルディスクアクセスも必要です。",
        "Run as administrator; on macOS give full disk access as well.",
    ),
    "vanished": Phrase(
        "作業用の一時ファイルでなければ、もう一度調べてください。", "Unless they were temporary files, scan again."
    ),
    "timed_out": Phrase("そのファイルだけを指定して、もう一度調べてください。", "Scan again, naming only that file."),
    "unknown_format": Phrase(
        "業務のファイルなら、作成したソフトで内容を確かめてください。",
        "If it is yours, open it in the program that made it.",
    ),
    "missing_reader": Phrase(
        "それを作ったソフトで開き、個人情報がないか確かめてください。",
        "Open it in the program that made it and look for personal data.",
    ),
    "cloud_only": Phrase(
        "クラウド側で調べるか、同期してから調べてください。", "Scan on the cloud side, or synchronise first."
    ),
    "bomb": Phrase(
        "開かずに、セキュリティ担当者に知らせてください。", "Do not open them; tell whoever is in charge of security."
    ),
    "bug": Phrase(
        "形式と版を開発元に知らせてください。中身は送らないでください。",
        "Report format and version to us, never the content.",
    ),
    "image_only": Phrase(
        "文字認識はしていません。目で確かめてください。", "Text in pictures is not recognised; look at them."
    ),
    "interrupted": Phrase("同じコマンドをもう一度実行してください。", "Run the same command again."),
}
"""What the reader can do about each kind of problem."""

REASONS = {
    "program": Phrase("プログラム", "programs"),
    "font": Phrase("フォント", "fonts"),
    "audio_video": Phrase("音声・動画", "sound and film"),
    "image": Phrase("画像（文字認識なし）", "pictures (text in them is not recognised)"),
    "compiled_data": Phrase("プログラム用のデータ", "compiled data of programs"),
    "system_folder": Phrase("OSのフォルダ", "folders of the system"),
    "package_cache": Phrase("ソフトウェア部品の置き場", "software packages"),
    "version_control": Phrase("版管理の内部ファイル", "inner files of version control"),
    "link": Phrase("リンク（先は別に調べる）", "links (not followed)"),
    "special_file": Phrase("装置などの特殊ファイル", "devices and other special files"),
    "other_filesystem": Phrase("別のディスクやネットワーク", "other file systems"),
    "own_output": Phrase("本製品の出力", "this product's own output"),
    "user_exclude": Phrase("指定により除外", "excluded on request"),
    "loop": Phrase("繰り返しになるフォルダ", "folders that lead back to themselves"),
}

SEVERITIES = {
    "critical": Phrase("重大", "critical"),
    "high": Phrase("高", "high"),
    "medium": Phrase("中", "medium"),
    "low": Phrase("低", "low"),
}

CONFIDENCES = {
    "high": Phrase("確度高", "sure"),
    "medium": Phrase("確度中", "likely"),
    "low": Phrase("確度低", "weak"),
}

VOLUME_CLASSES = {
    "fixed": Phrase("内蔵ディスク", "built-in disk"),
    "removable": Phrase("USBメモリなどの外部媒体", "removable medium"),
    "network": Phrase("ネットワーク", "network"),
    "optical": Phrase("CD・DVD", "optical disc"),
    "virtual": Phrase("仮想ディスク", "virtual disk"),
    "cloud": Phrase("クラウド同期フォルダ", "synced cloud folder"),
    "unknown": Phrase("種類不明のディスク", "disk of unknown kind"),
}

STATES = {
    "read": Phrase("読み取った", "read"),
    "unchanged": Phrase("前回から変更なし", "unchanged since last time"),
    "not_read": Phrase("読めなかった", "not read"),
    "excluded": Phrase("対象外", "excluded"),
    "total": Phrase("合計", "total"),
}

PLACES = {
    "sheet": Phrase("シート {v}", "sheet {v}"),
    "page": Phrase("{v}ページ", "page {v}"),
    "slide": Phrase("スライド{v}", "slide {v}"),
    "part": Phrase("{v}", "{v}"),
    "line": Phrase("{v}行目", "line {v}"),
    "row": Phrase("表の{v}行目", "row {v}"),
    "paragraph": Phrase("{v}段落目", "paragraph {v}"),
}

PHRASES = {
    "v.violations": Phrase("違反 {n:,}件（{grades}）", "{n:,} violation{s} of the policy ({grades})"),
    "v.clean": Phrase(
        "違反はありません（調べるべきものはすべて調べました）", "No violation; everything that had to be examined was"
    ),
    "v.incomplete": Phrase(
        "調べ残しがあります（調べた範囲に違反はありません）", "Incomplete: not everything could be examined"
    ),
    "v.interrupted": Phrase("途中で止めました: ここまでに違反 {n:,}件", "Interrupted: {n:,} violation{s} up to here"),
    "v.sources": Phrase("調べた場所: {what}", "Examined: {what}"),
    "v.people": Phrase("個人データのあるファイル {n:,}件、{people}", "{n:,} file{s} with personal data of {people}"),
    "v.weak": Phrase("個人データらしいものがあるファイル {n:,}件", "{n:,} file{s} with what may be personal data"),
    "v.nothing": Phrase("個人データは見つかりませんでした", "No personal data found"),
    "v.unread": Phrase(
        "{n:,}件は、全部または一部を読めていません。そこに何があるかは分かりません。",
        "{n:,} could not be read, or only in part; what is in there is not known.",
    ),
    "v.many": Phrase(
        "1,000人を超えています。この端末や媒体を失うと、人数だけで報告の対象になり得ます（施行規則7条4号）",
        "more than 1,000 people: if this device is lost, the number alone can call for a report (APPI Rules 7(iv))",
    ),
    "v.hundred": Phrase(
        "100人を超えています。自治体や特定個人情報では、失うと人数だけで報告の対象になり得ます（施行規則43条、番号法29条の4）",
        "more than 100 people: for public bodies and My Numbers, losing this can call for a report by number alone "
        "(APPI Rules art. 43, My Number Act art. 29-4)",
    ),
    "people": Phrase("約{best:,}人分", "about {best:,} {persons}"),
    "people.range": Phrase("約{best:,}人分（{low:,}～{high:,}人）", "about {best:,} {persons} ({low:,}-{high:,})"),
    "grade": Phrase("{grade} {n:,}件", "{n:,} {grade}"),
    "people.none": Phrase("人数は不明", "people unknown"),
    "h.violations": Phrase("違反", "Violations"),
    "h.documents": Phrase("違反ではないが、個人データのあるファイル", "Personal data that breaks no rule"),
    "h.ledger": Phrase("調べた範囲", "What was examined"),
    "h.unread": Phrase("読めなかったもの", "What was not read, and why"),
    "h.excluded": Phrase("対象外としたもの", "What was excluded"),
    "h.next": Phrase("次にすること", "What to do next"),
    "count": Phrase("{n:,}件", "{n:,}"),
    "finding": Phrase("{type} {n:,}件（{confidence}）", "{n:,} x {type} ({confidence})"),
    "more": Phrase("ほか{n:,}件", "and {n:,} more"),
    "also": Phrase("ほかに {list}", "also {list}"),
    "also.one": Phrase("{type} {n:,}件", "{n:,} x {type}"),
    "more.places": Phrase("ほか{n:,}か所", "and {n:,} more"),
    "more.json": Phrase("ほか{n:,}件は --format json で確認できます", "and {n:,} more: see --format json"),
    "more.counted": Phrase("さらに{n:,}件あります（数だけを記録しました）", "and {n:,} more, counted only"),
    "weak": Phrase(
        "ほかに、確度の低い手がかりだけのファイルが{n:,}件あります", "and {n:,} file{s} with weak signals only"
    ),
    "partly": Phrase("{n:,}件（一部だけ）", "{n:,} (in part)"),
    "and.partly": Phrase("{n:,}件（ほかに一部だけ {m:,}件）", "{n:,} (and {m:,} in part)"),
    "bytes": Phrase("{n:,} バイト", "{n:,} bytes"),
    "n.move": Phrase(
        "違反のファイルを決められた保存先に移すか、復元できない方法で消してください。いつ、誰が、どう消したかを記録に残します。",
        "Move the files to where they belong, or erase them beyond recovery; note when, who and how.",
    ),
    "n.tell": Phrase(
        "重大な違反があります。自分で判断せず、個人情報の管理責任者に知らせてください。",
        "There are critical violations: tell the person responsible for personal data before you decide anything.",
    ),
    "n.medium": Phrase(
        "外部媒体は、片付いたことをもう一度調べて確かめるまで持ち出さないでください。",
        "Do not take the medium anywhere until another scan shows that it is clean.",
    ),
    "n.keep": Phrase(
        "業務で残す必要があるものは、理由・承認者・消す期限を管理責任者に記録してもらってください。",
        "For what must stay, have the person responsible record the reason, the approver and the day it ends.",
    ),
    "n.unread": Phrase(
        "読めなかった{n:,}件は、上に書いた方法で人が確かめてください。",
        "Have someone check the {n:,} that could not be read, as described above.",
    ),
    "n.again": Phrase(
        "同じコマンドをもう一度実行し、最後まで調べてください。", "Run the same command again and let it finish."
    ),
    "f.time": Phrase(
        "{seconds}・{rate}/秒・{files:,}件/秒・規則 {rules}・ポリシー {policy}・nokosanai {version}",
        "{seconds}, {rate}/s, {files:,} files/s, rules {rules}, policy {policy}, nokosanai {version}",
    ),
    "seconds": Phrase("{n:.1f}秒", "{n:.1f} s"),
    "minutes": Phrase("{m:,}分{n:02d}秒", "{m:,} min {n:02d} s"),
    "p.files": Phrase("{n:,}件", "{n:,} files"),
    "p.files.of": Phrase("{n:,}/{total:,}件", "{n:,}/{total:,} files"),
    "p.rate": Phrase("{rate}/秒・{files:,}件/秒", "{rate}/s, {files:,} files/s"),
    "p.left": Phrase("残り {time}", "{time} left"),
    "p.violations": Phrase("違反 {n:,}件", "{n:,} violation{s}"),
}

UNITS = ("B", "KB", "MB", "GB", "TB", "PB")


def text(key: str, lang: str, **values: object) -> str:
    """The phrase `key` with its values; ``{s}`` and ``{persons}`` follow the numbers `n` and `best` in English."""
    plural = "" if values.get("n") == 1 else "s"
    persons = "person" if values.get("best") == 1 else "people"
    return _say(PHRASES[key], lang).format(**{"s": plural, "persons": persons, **values})


def name(table: Mapping[str, Phrase], word: str, lang: str) -> str:
    """What `table` calls the word; the word itself where the table does not know it."""
    phrase = table.get(word)
    return _say(phrase, lang) if phrase else word


def place(at: Place, lang: str) -> str:
    """A place in a few words: ``名簿!B2``, ``3ページ``, ``row 7``; empty when the format has none."""
    if at.sheet is not None and at.cell is not None:
        return f"{at.sheet}!{at.cell}"
    fields = ("sheet", "part", "page", "slide", "row") if at.row is not None else tuple(PLACES)
    known = [(field, getattr(at, field)) for field in fields]
    return " ".join(_say(PLACES[field], lang).format(v=value) for field, value in known if value is not None)


def size(count: int | float) -> str:
    """A number of bytes in three digits and a decimal unit."""
    value, unit = float(count), 0
    while value >= 999.5 and unit < len(UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.1f} {UNITS[unit]}" if unit and value < 99.95 else f"{value:.0f} {UNITS[unit]}"


def duration(seconds: float, lang: str) -> str:
    """A length of time: seconds with a tenth below a minute, minutes and seconds above."""
    if seconds < 60:
        return text("seconds", lang, n=seconds)
    minutes, rest = divmod(round(seconds), 60)
    return text("minutes", lang, m=minutes, n=rest)


def shown(raw: str, encoding: str = "utf-8") -> str:
    """The text as it may be shown on one line: what steers a terminal, or has no place in `encoding`, as an escape."""
    if raw.isascii() and raw.isprintable():
        return raw
    visible = "".join(c if (c.isprintable() and c != "\ufe0f") or c == "\u3000" else _escape(c) for c in raw)
    return visible.encode(encoding, "backslashreplace").decode(encoding)


def language(option: str | None) -> str:
    """``ja`` or ``en``: as asked for, else as NOKOSANAI_LANG, the locale's variables or Windows say."""
    names = ("NOKOSANAI_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    wish = option or next((os.environ[name] for name in names if os.environ.get(name)), None)
    if wish is None:
        return "ja" if _windows_is_japanese() else "en"
    return "ja" if wish.lower().startswith("ja") else "en"


def _say(phrase: Phrase, lang: str) -> str:
    return phrase.ja if lang == "ja" else phrase.en


def _escape(character: str) -> str:
    number = ord(character)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _windows_is_japanese() -> bool:
    if sys.platform != "win32":
        return False
    import ctypes

    return int(ctypes.windll.kernel32.GetUserDefaultUILanguage()) & 0x3FF == _JAPANESE_UI
