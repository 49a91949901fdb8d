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
    "part_of_split": Phrase(
        "分割ファイルの一部（最初の部分とともに読む）", "parts of split files (read with the first one)"
    ),
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

FORMATS = {
    "access": Phrase("Accessデータベース", "Access database"),
    "binary": Phrase("その他", "everything else"),
    "cab": Phrase("キャビネット（CAB）", "Windows cabinet"),
    "compressed": Phrase("圧縮された単独のファイル", "single compressed file"),
    "cpio": Phrase("cpio書庫", "cpio archive"),
    "csv": Phrase("CSV・TSVの表", "CSV or TSV table"),
    "dbase": Phrase("dBASE・FoxProの表", "dBASE or FoxPro table"),
    "deb": Phrase("Debianパッケージ", "Debian package"),
    "disk": Phrase("ディスクのイメージ（FAT）", "image of a disk (FAT)"),
    "doc": Phrase("Word文書（2003まで）", "Word document (until 2003)"),
    "docuworks": Phrase("DocuWorks文書", "DocuWorks document"),
    "docx": Phrase("Word文書", "Word document"),
    "html": Phrase("HTML・XML", "HTML or XML"),
    "iso": Phrase("CD・DVDのイメージ", "image of a CD or DVD"),
    "json": Phrase("JSON", "JSON"),
    "jtd": Phrase("一太郎文書", "Ichitaro document"),
    "ldif": Phrase("LDIF（住所録・名簿の書き出し）", "LDIF directory export"),
    "lzh": Phrase("LZH書庫", "LZH archive"),
    "mail": Phrase("メール・Webアーカイブ", "mail or web archive"),
    "mbox": Phrase("メールボックス（mbox）", "mailbox (mbox)"),
    "metafile": Phrase("Windowsメタファイル", "Windows metafile"),
    "msg": Phrase("Outlookのメール・連絡先・予定", "Outlook mail, contact or appointment"),
    "odp": Phrase("OpenDocumentプレゼンテーション", "OpenDocument presentation"),
    "ods": Phrase("OpenDocument表計算", "OpenDocument spreadsheet"),
    "odt": Phrase("OpenDocument文書", "OpenDocument text"),
    "office_encrypted": Phrase("パスワード付きのOffice文書", "Office document under a password"),
    "ole": Phrase("埋め込みオブジェクト・マクロ", "embedded object or macros"),
    "parquet": Phrase("Parquetの表", "Parquet table"),
    "pdf": Phrase("PDF（文字の部分）", "PDF (its text)"),
    "plist": Phrase("Appleのプロパティリスト", "Apple property list"),
    "ppt": Phrase("PowerPoint（2003まで）", "PowerPoint presentation (until 2003)"),
    "pptx": Phrase("PowerPoint", "PowerPoint presentation"),
    "pst": Phrase("Outlookデータファイル", "Outlook data file"),
    "rar": Phrase("RAR書庫", "RAR archive"),
    "registry": Phrase("レジストリの書き出し", "registry export"),
    "rpm": Phrase("RPMパッケージ", "RPM package"),
    "rtf": Phrase("リッチテキスト（RTF）", "rich text (RTF)"),
    "sevenzip": Phrase("7z書庫", "7z archive"),
    "split": Phrase("分割されたファイル", "file split into parts"),
    "sql": Phrase("SQLダンプ", "SQL dump"),
    "sqlite": Phrase("SQLiteデータベース", "SQLite database"),
    "tar": Phrase("tar書庫（圧縮したものも）", "tar archive, compressed or not"),
    "text": Phrase("テキスト（ログ・ソース・設定など）", "plain text (logs, sources, settings)"),
    "tnef": Phrase("winmail.dat（TNEF）", "winmail.dat (TNEF)"),
    "vcard": Phrase("連絡先・予定（vCard・iCalendar）", "contacts or calendar (vCard, iCalendar)"),
    "xls": Phrase("Excelブック（2003まで）", "Excel workbook (until 2003)"),
    "xlsb": Phrase("Excelバイナリブック", "Excel binary workbook"),
    "xlsx": Phrase("Excelブック", "Excel workbook"),
    "zip": Phrase("ZIP書庫", "ZIP archive"),
}
"""What the readers read, by their names."""

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
    "formats.read": Phrase("読める", "read"),
    "formats.readers": Phrase("読める形式（{n}）", "Read ({n})"),
    "formats.how": Phrase(
        "中身で判断します。拡張子は目安で、別の名前でも読みます。",
        "Told by content; the endings are the usual ones, another name does as well.",
    ),
    "formats.recognised": Phrase("見分けるが読まない形式（{n}）", "Recognised but not read ({n})"),
    "formats.counted": Phrase(
        "見つかれば、理由を付けて必ず数えます。", "Each is counted and reported with its reason wherever it lies."
    ),
    "formats.libraries": Phrase("必要なライブラリ", "Libraries"),
    "formats.loads": Phrase("使える", "loads"),
    "formats.fails": Phrase("この環境では使えない", "cannot be loaded here"),
    "formats.in_part": Phrase("一部は読めません: {what} がない", "not all of it: no {what}"),
    "formats.not_read": Phrase("読めません: {what} がない", "not read: no {what}"),
    "formats.but": Phrase("（{what}を除く）", " (except {what})"),
    "formats.all": Phrase("すべての形式", "all formats"),
    "formats.name": Phrase("名前", "name"),
    "formats.format": Phrase("形式", "format"),
    "formats.endings": Phrase("主な拡張子", "usual endings"),
    "formats.here": Phrase("この環境で", "here"),
    "formats.told": Phrase("報告のしかた", "reported as"),
    "formats.library": Phrase("ライブラリ", "library"),
    "formats.used": Phrase("使う形式", "used by"),
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
    "h.gauge": Phrase("今日これを失ったら", "If this were lost today"),
    "h.retention": Phrase("保存期限", "How long it may be kept"),
    "h.exceptions": Phrase("例外", "Exceptions"),
    "g.note": Phrase(
        "失われたと仮定した場合の目安です。ここにあることは漏えいではなく、決まりの違反です。",
        "A gauge for the case of a loss. That it lies here breaks a rule and is no leak.",
    ),
    "g.people": Phrase("約{n:,}人", "about {n:,} people"),
    "g.due": Phrase(
        "速報の期限 {preliminary}、確報の期限 {final}", "preliminary report by {preliminary}, final report by {final}"
    ),
    "g.mitigating": Phrase("考慮されること: {what}", "in mitigation: {what}"),
    "r.over": Phrase("{n:,}日超過（{ends}まで）", "{n:,} days over ({ends})"),
    "r.left": Phrase("あと{n:,}日（{ends}まで）", "{n:,} days left ({ends})"),
    "e.all": Phrase("すべての種類", "all types"),
    "e.accepted": Phrase("承認済みの違反 {n:,}件（{what}）", "violations accepted: {n:,} ({what})"),
    "e.why": Phrase("理由: {reason}　承認者: {approver}", "reason: {reason}; approved by {approver}"),
    "e.left": Phrase("あと{n:,}日", "{n:,} days left"),
    "e.ended": Phrase("{n:,}日前に終了", "ended {n:,} days ago"),
    "e.revoked": Phrase("取消し", "revoked"),
    "v.accepted": Phrase(
        "ほかに例外として承認済みの違反が{n:,}件あります。", "Accepted by an exception: {n:,} more violation(s)."
    ),
    "v.own": Phrase(
        "本人のデータだけのファイルが{n:,}件あります（違反ではありません）。",
        "Files about nobody but the user of this PC: {n:,} (no violation).",
    ),
    "watch.begin": Phrase("{roots}を見張っています（{how}）。", "Watching {roots} ({how})."),
    "watch.unseen": Phrase(
        "見えていない場所が{n:,}か所あります。nokosanai doctor で確かめてください。",
        "{n:,} places cannot be watched: see nokosanai doctor.",
    ),
    "watch.queue": Phrase("待ち {n:,}件　調べた {examined:,}件", "{n:,} waiting, {examined:,} examined"),
    "watch.sight": Phrase("{roots:,}か所（{how}）{unseen}", "{roots:,} places ({how}){unseen}"),
    "watch.use": Phrase("CPU {share:.1f} %　メモリ {memory}", "CPU {share:.1f} %, memory {memory}"),
    "watch.now.label": Phrase("今", "now"),
    "watch.queue.label": Phrase("待ち行列", "queue"),
    "watch.sight.label": Phrase("見張り", "sight"),
    "watch.media.label": Phrase("媒体", "media"),
    "watch.use.label": Phrase("負荷", "load"),
    "watch.medium.here": Phrase("{mount} が接続されています。調べます。", "{mount} is plugged in and is examined."),
    "watch.medium.examined": Phrase(
        "{mount} には今、個人情報を含む文書が{n:,}件、約{best:,}人分あります。",
        "{mount} now holds {n:,} documents with personal data, of about {best:,} people.",
    ),
    "watch.medium.empty": Phrase("{mount} に個人情報はありませんでした。", "No personal data was found on {mount}."),
    "watch.medium.part": Phrase(
        "ただし{mount} には調べられなかったものがあります。", "Not everything on {mount} could be examined."
    ),
    "watch.medium.silent": Phrase(
        "{mount} が応答しません。あとでもう一度調べます。", "{mount} does not answer. It is tried again later."
    ),
    "watch.medium.gone": Phrase("{mount} が外されました。", "{mount} was taken out."),
    "watch.medium.left": Phrase(
        "{mount} が調べている途中で外されました。もう一度接続されたら続けます。",
        "{mount} was taken out while it was examined; that goes on when it is back.",
    ),
    "watch.stumbled": Phrase(
        "見張りが中断しました（{why}）。{seconds:.0f}秒後にやり直します。",
        "Watching was broken off ({why}); it begins again in {seconds:.0f} s.",
    ),
    "watch.died": Phrase("内部エラーで見張りを終えます（{why}）。", "Watching ends after an internal failure ({why})."),
    "watch.kept": Phrase(
        "新しい設定は使えません。これまでの設定で続けます。", "The new settings do not hold; those until now stay."
    ),
    "lent.overdue": Phrase(
        "貸し出した媒体 {serial}（{person}）が{until}の期限までに返却されていません。",
        "The medium {serial}, lent to {person}, was due back on {until}.",
    ),
    "lent.empty": Phrase(
        "{mount} に個人情報は見つかりませんでした（{n:,}件、{size}を調べました）。返却を記録しました。",
        "No personal data was found on {mount} ({n:,} entries, {size} examined). It is taken back.",
    ),
    "lent.found": Phrase(
        "{mount} にはまだ個人情報を含む文書が{n:,}件、約{best:,}人分あります。消去してからもう一度返却してください。",
        "{mount} still holds {n:,} documents with personal data, of about {best:,} people. Erase them and try again.",
    ),
    "lent.unproven": Phrase(
        "{mount} に個人情報がないとは言えません（{why}）。", "That {mount} is empty cannot be stated: {why}."
    ),
    "doctor.rules": Phrase("検出規則 {n:,}件が使えます。", "{n:,} rules hold."),
    "doctor.policy": Phrase("ポリシー「{policy}」が有効です。", "The policy {policy} is in force."),
    "doctor.missing": Phrase("{root} がありません。", "{root} is not there."),
    "doctor.readable": Phrase("{root}（{kind}）を読めます。", "{root} ({kind}) can be read."),
    "doctor.refused": Phrase(
        "{root}（{kind}）に、読む権限のないフォルダが{n:,}個あります。",
        "{root} ({kind}): {n:,} folder(s) cannot be read for want of a right.",
    ),
    "doctor.rights.linux": Phrase(
        "管理者として、またはサービスとして動かしてください（nokosanai service install）。",
        "Run it as an administrator or as a service (nokosanai service install).",
    ),
    "doctor.rights.windows": Phrase(
        "管理者として、またはサービスとして動かしてください（nokosanai service install）。",
        "Run it as an administrator or as a service (nokosanai service install).",
    ),
    "doctor.rights.macos": Phrase(
        "システム設定の「プライバシーとセキュリティ」で、フルディスクアクセスを許可してください。",
        "Allow Full Disk Access under Privacy & Security in the System Settings.",
    ),
    "doctor.confined": Phrase(
        "文書を読むプロセスは、ファイルの変更・プログラムの起動・通信ができません（{by}）。",
        "Processes that read documents can change no file, start no program and connect to nothing ({by}).",
    ),
    "doctor.unconfined": Phrase(
        "このシステムでは、文書を読むプロセスを完全には閉じ込められません（使えるもの: {by}）。",
        "On this system processes that read documents are not wholly confined (what there is: {by}).",
    ),
    "doctor.unborn": Phrase("文書を読むプロセスを起動できません。", "No process to read documents can be started."),
    "doctor.confine.linux": Phrase(
        "seccomp と Landlock が使えるカーネル（5.13以降）なら閉じ込められます。",
        "A kernel with seccomp and Landlock (5.13 or later) can do it.",
    ),
    "confined.landlock": Phrase("Landlock（第{version}版）", "Landlock version {version}"),
    "confined.reading": Phrase("読める場所の限定", "a limit on what they can read"),
    "confined.calls": Phrase("システムコールの制限", "a filter of system calls"),
    "confined.limits": Phrase("資源の上限", "limits of resources"),
    "confined.job": Phrase("ジョブ", "a job"),
    "confined.nothing": Phrase("メモリと時間の上限のみ", "limits of memory and time only"),
    "doctor.state": Phrase("{folder} に覚えておけます。", "Memory can be kept in {folder}."),
    "doctor.settings": Phrase("見張りの設定は {file} です。", "The watcher's settings are {file}."),
    "doctor.watch": Phrase("{root} は {source} で見張れます。", "{root} can be watched by {source}."),
    "doctor.note": Phrase("{which}: {why}", "{which}: {why}"),
    "doctor.unseen": Phrase("見張れない場所が{n:,}か所あります。", "{n:,} place(s) cannot be watched."),
    "doctor.limit": Phrase(
        "Linux では fs.inotify.max_user_watches を上げるか、サービスとして動かしてください。",
        "On Linux raise fs.inotify.max_user_watches, or run it as a service.",
    ),
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
    "o.violation": Phrase("許された保存先の外にある個人データ", "Personal data outside the permitted store"),
    "o.found": Phrase("個人データの検出", "Personal data found"),
}

# --- what memory, policy and the law add ------------------------------------------------------------------------------

LIVES = {
    "new": Phrase("新規", "new"),
    "changed": Phrase("内容が変わった", "changed"),
    "moved": Phrase("移動した", "moved"),
    "same": Phrase("変わらず", "still there"),
    "gone": Phrase("なくなった", "gone"),
}

GONE = {
    "deleted": Phrase("ファイルがなくなった", "the file is no longer there"),
    "cleaned": Phrase("ファイルはあるが、個人データがなくなった", "the file is there without personal data"),
    "excluded": Phrase("調べる対象から外れた", "it is no longer examined"),
}

WATCHING = {
    "watching": Phrase("待機中", "watching"),
    "examining": Phrase("調べています", "examining"),
    "walking": Phrase("確かめて回っています", "walking"),
    "resting": Phrase("休んでいます", "resting"),
}

CERTAINTIES = {
    "met": Phrase("当たる", "met"),
    "likely": Phrase("当たる見込みが高い", "likely"),
    "possible": Phrase("当たり得る", "possible"),
    "not_seen": Phrase("当たるものは見つかっていない", "nothing of the kind was seen"),
}

SUBJECTS = {
    "machine": Phrase("この端末全体", "this machine"),
    "volume": Phrase("ディスク・媒体", "disk or medium"),
    "folder": Phrase("フォルダ", "folder"),
    "document": Phrase("ファイル", "file"),
}

MITIGATIONS = {
    "encrypted_volume": Phrase("ディスクが暗号化されている", "the disk is encrypted"),
}

BASES = {
    "fixed": Phrase("決められた日", "a fixed date"),
    "modified": Phrase("最後の更新日から", "counted from the last change"),
    "data": Phrase("中の最新の日付から", "counted from the latest date inside"),
    "unknown": Phrase("古さが分からない", "its age is not known"),
}

CSV_KINDS = {
    "finding": Phrase("検出", "finding"),
    "violation": Phrase("違反（検出の明細なし）", "violation without findings"),
    "problem": Phrase("読めなかったもの", "not read"),
    "gone": Phrase("なくなったもの", "gone"),
    "deadline": Phrase("保存期限", "retention"),
    "exception": Phrase("例外", "exception"),
    "omitted": Phrase("一覧に載せていないもの", "not listed"),
    "warning": Phrase("注意", "warning"),
}

CSV_COLUMNS = {
    "kind": Phrase("行の種類", "kind of row"),
    "severity": Phrase("重大さ", "severity"),
    "address": Phrase("所在", "address"),
    "type": Phrase("個人データの種類", "type"),
    "confidence": Phrase("確度", "confidence"),
    "count": Phrase("件数", "count"),
    "distinct": Phrase("異なる値の数", "distinct"),
    "persons": Phrase("文書の人数（同じ文書の行では同じ）", "persons in the document (the same in each of its rows)"),
    "persons_low": Phrase("人数の下限", "persons, lower bound"),
    "persons_high": Phrase("人数の上限", "persons, upper bound"),
    "place": Phrase("最初の場所", "first place"),
    "masked": Phrase("伏せた値の例", "masked examples"),
    "clause": Phrase("条項", "clause"),
    "detail": Phrase("説明", "explanation"),
    "exception": Phrase("例外の番号", "exception"),
    "until": Phrase("期限", "until"),
    "life": Phrase("前回との違い", "since last time"),
    "since": Phrase("いつから", "since"),
    "before": Phrase("前の所在", "earlier address"),
    "volume": Phrase("媒体の種類", "class of volume"),
    "volume_id": Phrase("媒体の識別子", "volume"),
    "file": Phrase("ディスク上のファイル", "file on disk"),
    "size": Phrase("大きさ（バイト）", "bytes"),
    "modified": Phrase("更新日時", "modified"),
    "rule": Phrase("規則", "rule"),
}

# --- the duty to report, exceptions, purposes, the draft of a report -------------------------------------------------

CONDITIONS = {
    "sensitive": Phrase("要配慮個人情報が含まれる（1人から）", "special-care data, from one person on"),
    "property": Phrase(
        "不正に使われると財産的被害が生じるおそれがある（1人から）", "can be used to take money, from one person on"
    ),
    "malicious": Phrase(
        "不正の目的で盗まれたり持ち出されたりした場合（1人から）",
        "if taken with a wrongful purpose, from one person on",
    ),
    "many": Phrase("本人の数が1,000人を超える", "more than 1,000 people"),
    "public_sensitive": Phrase("要配慮個人情報が含まれる（1人から）", "special-care data, from one person on"),
    "public_property": Phrase(
        "不正に使われると財産的被害が生じるおそれがある（1人から）", "can be used to take money, from one person on"
    ),
    "public_malicious": Phrase(
        "不正の目的で盗まれたり持ち出されたりした場合（1人から）",
        "if taken with a wrongful purpose, from one person on",
    ),
    "public_many": Phrase("本人の数が100人を超える", "more than 100 people"),
    "public_ordinance": Phrase(
        "条例要配慮個人情報が含まれる（1人から）", "special-care data by ordinance, from one person on"
    ),
    "specific_system": Phrase(
        "個人番号を使う行政の情報システムの特定個人情報である場合（1人から）",
        "if the My Numbers come from a system of a public body, from one person on",
    ),
    "specific_malicious": Phrase(
        "特定個人情報が不正の目的で盗まれたり持ち出されたりした場合（1人から）",
        "if My Numbers were taken with a wrongful purpose, from one person on",
    ),
    "specific_exposed": Phrase(
        "特定個人情報が不特定多数の人に閲覧され得る場合（1人から）",
        "if strangers can read the My Numbers, from one person on",
    ),
    "specific_many": Phrase("特定個人情報の本人の数が100人を超える", "My Numbers of more than 100 people"),
}
"""The conditions of a duty to report, by their ids in ``rules/law/``."""

LAWS = {
    "appi": Phrase("個人情報保護法26条（事業者）", "APPI art. 26 (businesses)"),
    "appi_public": Phrase("個人情報保護法68条（行政機関・地方公共団体等）", "APPI art. 68 (public bodies)"),
    "my_number_act": Phrase("番号法29条の4（特定個人情報）", "My Number Act art. 29-4 (specific personal information)"),
}

ACCEPTANCE_STATES = {
    "in_force": Phrase("有効（あと{n:,}日）", "in force, {n:,} day{s} left"),
    "ending": Phrase("まもなく終了（あと{n:,}日）", "about to end, {n:,} day{s} left"),
    "ended": Phrase("終了（{n:,}日前）", "ended {n:,} day{s} ago"),
    "revoked": Phrase("取消し（{n:,}日前）", "revoked {n:,} day{s} ago"),
    "later": Phrase("まだ始まっていない", "not yet in force"),
}
"""How an exception stands; `n` is the number of days."""

LOANS = {
    "out": Phrase("貸出中", "out"),
    "overdue": Phrase("期限超過", "overdue"),
    "back": Phrase("返却済み（個人情報なし）", "back, empty"),
}
"""How a borrow slip stands."""

DIFFERENCE = {
    "same": Phrase("変わらない違反 {n:,}件", "unchanged: {n:,}"),
    "appear": Phrase("新しい方針で増える違反 {n:,}件", "would appear: {n:,}"),
    "vanish": Phrase("新しい方針でなくなる違反 {n:,}件", "would vanish: {n:,}"),
    "change": Phrase("重さの変わる違反 {n:,}件", "would weigh otherwise: {n:,}"),
    "more": Phrase("ほか{n:,}件", "and {n:,} more"),
}
"""What another policy would change."""

ORGANISATIONS = {
    "private": Phrase("事業者", "a business"),
    "public": Phrase("行政機関・地方公共団体等", "a public body"),
    "unknown": Phrase("不明（両方の基準を示す）", "not said; both laws are shown"),
}

RETENTION = {
    "overdue": Phrase(
        "保存期限を{days:,}日過ぎています：{title}（期限 {ends}）。{persons:,}人分の個人データ（{types}）を、"
        "決められた保存先に移すか消してください。",
        "Kept {days:,} day(s) too long: {title}, until {ends}. Personal data of {persons:,} people ({types}) has to be "
        "moved or erased.",
    ),
}

DRAFT = {
    "head": Phrase("漏えい等報告の下書き（9項目）", "Draft of the report of a breach (nine items)"),
    "note": Phrase(
        "これは「{where}」を今失ったとした場合の下書きです。保存されているだけでは漏えいではありません。"
        "報告するかどうかは、個人情報の管理責任者が事実を確かめて決めます。",
        "Written as if {where} were lost today. Data that is only stored there has not been breached. Whoever is "
        "responsible for personal data establishes the facts and decides about the report.",
    ),
    "blank": Phrase("［要記入］", "[to be filled in]"),
    "due": Phrase(
        "知った日が{today}の場合：速報の期限の目安 {first}～{preliminary}、確報の期限 {final}"
        "（不正の目的によるときは {malicious}）",
        "Known on {today}: preliminary report about {first} to {preliminary}, final report by {final} "
        "(if taken with a wrongful purpose, by {malicious})",
    ),
    "due.none": Phrase(
        "期限は、報告の対象となる事態に当たるかどうかを確かめてから記入［要記入］",
        "Deadlines follow once it is established whether a condition is met [to be filled in]",
    ),
    "condition": Phrase("・{title}（{article}）：{certainty}", "- {title} ({article}): {certainty}"),
    "1": Phrase("1. 概要", "1. Outline"),
    "1.when": Phrase(
        "発生日・発覚日、発見者、経緯：［要記入］",
        "When it happened and became known, who noticed, how: [to be filled in]",
    ),
    "1.where": Phrase("対象：{subject}「{where}」（{host}）", "What: {subject} {where} ({host})"),
    "1.seen": Phrase(
        "調査：{day}、nokosanai {version}、調べ残し {unread:,}件",
        "Examined: {day}, nokosanai {version}, {unread:,} not read",
    ),
    "2": Phrase("2. 漏えい等が発生し、又はそのおそれがある個人データの項目", "2. Items of personal data"),
    "2.none": Phrase("見つかった項目はありません［要記入］", "No items were seen [to be filled in]"),
    "2.other": Phrase("このほかの項目：［要記入］", "Other items: [to be filled in]"),
    "3": Phrase("3. 本人の数", "3. Number of people"),
    "3.count": Phrase(
        "推定 {best:,}人（{low:,}～{high:,}人）。同じ人は1人と数えた推定で、確定した数ではありません",
        "About {best:,} ({low:,}-{high:,}), an estimate of different people and not a final number",
    ),
    "3.specific": Phrase("うち特定個人情報の本人 約{n:,}人", "Among them about {n:,} with My Number"),
    "4": Phrase("4. 原因", "4. Cause"),
    "5": Phrase("5. 二次被害又はそのおそれの有無及びその内容", "5. Secondary damage, or danger of it"),
    "5.risk": Phrase("含まれる情報から考えられるおそれ：{list}", "What the data makes possible: {list}"),
    "5.sensitive": Phrase("差別や偏見などの不利益", "discrimination"),
    "5.property": Phrase("カードの不正利用などの財産的被害", "misuse of cards or accounts"),
    "5.specific": Phrase("個人番号の不正利用やなりすまし", "misuse of My Numbers, identity theft"),
    "5.contact": Phrase("なりすましの連絡、詐欺、名簿の転売", "fraud by phone or mail, sale of the list"),
    "6": Phrase("6. 本人への対応の実施状況", "6. What has been done for the people concerned"),
    "7": Phrase("7. 公表の実施状況", "7. Publication"),
    "8": Phrase("8. 再発防止のための措置", "8. Measures against recurrence"),
    "8.done": Phrase("実施済みの措置：［要記入］", "Taken: [to be filled in]"),
    "8.plan": Phrase(
        "今後の措置：［要記入］（例：決められた保存先以外への保存の禁止、定期的な調査、媒体の暗号化）",
        "Planned: [to be filled in] (such as no storage elsewhere, regular scans, encrypted media)",
    ),
    "9": Phrase("9. その他参考となる事項", "9. Other"),
    "9.encrypted": Phrase(
        "ディスクはシステムにより暗号化されています（方式、鍵の管理、遠隔消去の可否：［要記入］）",
        "The disk is encrypted by the system (method, keeping of the key, remote wipe: [to be filled in])",
    ),
    "9.plain": Phrase("暗号化の有無：［要記入］", "Encryption: [to be filled in]"),
    "9.contractor": Phrase(
        "委託元・委託先への通知、警察への届出：［要記入］", "Client or contractor told, police: [to be filled in]"
    ),
}
"""The nine items of APPI Rules art. 8(1), filled in as far as a scanner can know."""

PAGE = {
    "brand": Phrase("残さない", "nokosanai"),
    "kind": Phrase("個人データの点検報告", "Report on personal data"),
    "noscript": Phrase(
        "この報告書はスクリプトで表示します。ブラウザーで JavaScript を有効にして開いてください。通信はしません。",
        "This report is drawn by a script: open it in a browser with JavaScript enabled. It sends nothing.",
    ),
    "skip": Phrase("本文へ", "Skip to the content"),
    "contents": Phrase("目次", "Contents"),
    "verdict": Phrase("判定", "Verdict"),
    "figures": Phrase("主な数", "Figures"),
    "host": Phrase("端末", "Machine"),
    "when": Phrase("調べた日時", "Examined at"),
    "sources": Phrase("調べた場所", "Examined"),
    "policy": Phrase("ポリシー", "Policy"),
    "violations": Phrase("違反", "Violations"),
    "persons": Phrase("人数（推定）", "People (estimate)"),
    "documents": Phrase("個人データのあるファイル", "Files with personal data"),
    "notRead": Phrase("読めなかったもの", "Not read"),
    "ofEntries": Phrase("全{n:,}件のうち", "of {n:,} entries"),
    "accepted": Phrase("うち例外として承認済み {n:,}件", "{n:,} of them accepted as exceptions"),
    "next": Phrase("次にすること", "What to do next"),
    "gauge": Phrase("今日これを失ったら", "If this were lost today"),
    "gaugeNote": Phrase(
        "失われたと仮定した場合の目安です。端末にデータがあることはポリシーの問題で、漏えいではありません。"
        "報告するかどうかは、個人情報の管理責任者が事実を確かめて決めます。",
        "An estimate for the case of a loss. Data lying here is a matter of the policy, not a leak. Whether to report "
        "is for the person responsible for personal data to decide on the facts.",
    ),
    "due.preliminary": Phrase("速報の期限（今日知った場合の目安）", "Preliminary report due (known today, about)"),
    "due.final": Phrase("確報の期限", "Final report due"),
    "due.malicious": Phrase("不正の目的によるときの確報の期限", "Final report due if taken with a wrongful purpose"),
    "mitigating": Phrase("考慮される事情", "Mitigating"),
    "since": Phrase("前回からの変化", "Since last time"),
    "previous": Phrase("前回: {when}", "Last run: {when}"),
    "first": Phrase("この場所を調べるのは初めてです。", "These places were examined for the first time."),
    "where": Phrase("どこに、何が、何人分", "Where it lies"),
    "whereNote": Phrase(
        "人数はファイルごとの推定の合計です。同じ人が複数のファイルにいれば、そのつど数えています。",
        "People are added up file by file: who stands in several files counts in each of them.",
    ),
    "volumes": Phrase("ディスク・媒体ごとの人数", "People by disk or medium"),
    "volumes.of": Phrase("ディスク・媒体", "Disk or medium"),
    "volumes.unit": Phrase("人数（ファイル）", "People (files)"),
    "volumes.text": Phrase("{n:,}人（{files:,}）", "{n:,} ({files:,})"),
    "kinds": Phrase("種類ごとの件数", "Values by type"),
    "kinds.of": Phrase("種類", "Type"),
    "kinds.unit": Phrase("異なる値（ファイル）", "Different values (files)"),
    "kinds.text": Phrase("{n:,}件（{files:,}）", "{n:,} ({files:,})"),
    "folders": Phrase("フォルダごとの人数", "People by folder"),
    "folders.of": Phrase("フォルダ", "Folder"),
    "folders.unit": Phrase("人数（ファイル）", "People (files)"),
    "folders.text": Phrase("{n:,}人（{files:,}）", "{n:,} ({files:,})"),
    "trend": Phrase("推移", "Trend"),
    "hollow": Phrase("白い点は、最後まで調べられなかった回です。", "Hollow dots are runs that were not complete."),
    "asTable": Phrase("表で見る", "As a table"),
    "found": Phrase("個人データのあるファイル", "Files with personal data"),
    "others": Phrase("一覧の文書以外の違反", "Violations beyond the listed files"),
    "retention": Phrase("保存期限", "Retention"),
    "exceptions": Phrase("例外", "Exceptions"),
    "exceptionsNote": Phrase(
        "承認された例外です。期限が来ると、ふたたび違反として数えます。",
        "Accepted findings. When one ends, its findings count as violations again.",
    ),
    "unread": Phrase("調べられなかったもの", "What was not examined"),
    "allRead": Phrase("対象のものは、すべて読み取りました。", "Everything that was to be read was read."),
    "excluded": Phrase("対象外としたもの", "What was excluded"),
    "ledger": Phrase("調べた範囲の内訳", "Ledger"),
    "ledgerNote": Phrase(
        "見つけたものは、必ずどれか一つに数えています。合計は各行の和です。",
        "Every entry is counted in exactly one state; the total is their sum.",
    ),
    "privacy": Phrase(
        "値は伏せて表示しています。ファイル名や場所に個人情報が含まれることがあるので、この報告書も慎重に扱ってください。",
        "Values are masked. Names of files and folders may themselves be personal: handle this report with care.",
    ),
    "search": Phrase("絞り込む（名前・種類など）", "Search names, types, ..."),
    "all": Phrase("すべて", "all"),
    "count": Phrase("{n}件", "{n} rows"),
    "countOf": Phrase("{all}件のうち{n}件", "{n} of {all} rows"),
    "none": Phrase("当てはまるものはありません", "Nothing fits"),
    "printed": Phrase("印刷には先頭の{n}件だけを載せています（全{all}件）。", "On paper: the first {n} of {all} rows."),
    "close": Phrase("閉じる", "Close"),
    "yes": Phrase("はい", "yes"),
    "no": Phrase("いいえ", "no"),
    "days.left": Phrase("あと{n}日", "{n} days left"),
    "days.over": Phrase("{n}日超過", "{n} days over"),
    "t.documents": Phrase("個人データのあるファイルの一覧", "Files with personal data"),
    "t.others": Phrase("一覧の文書以外の違反", "Violations beyond the listed files"),
    "t.problems": Phrase("調べられなかったものの一覧", "What was not examined"),
    "t.gauges": Phrase("媒体・フォルダ・ファイルを失った場合", "If a medium, folder or file were lost"),
    "t.gone": Phrase("なくなったもの", "What is gone"),
    "t.retention": Phrase("保存期限の一覧", "Retention"),
    "t.exceptions": Phrase("例外の一覧", "Exceptions"),
    "t.trend": Phrase("これまでの回", "Runs"),
    "c.file": Phrase("ファイル", "File"),
    "c.severity": Phrase("違反", "Violation"),
    "c.type": Phrase("種類", "Types"),
    "c.persons": Phrase("人数", "People"),
    "c.count": Phrase("件数", "Values"),
    "c.distinct": Phrase("異なる値", "Different"),
    "c.volume": Phrase("媒体", "Medium"),
    "c.life": Phrase("前回比", "Since last"),
    "c.modified": Phrase("更新日", "Modified"),
    "c.why": Phrase("理由", "Why"),
    "c.detail": Phrase("詳しく", "Detail"),
    "c.bytes": Phrase("バイト", "Bytes"),
    "c.where": Phrase("場所", "Where"),
    "c.subject": Phrase("対象", "What"),
    "c.certainty": Phrase("報告の条件", "Conditions"),
    "c.preliminary": Phrase("速報", "Preliminary"),
    "c.final": Phrase("確報", "Final"),
    "c.seen": Phrase("最後に確認", "Last seen"),
    "c.purpose": Phrase("目的", "Purpose"),
    "c.days": Phrase("残り", "Left"),
    "c.ends": Phrase("期限", "Ends"),
    "c.basis": Phrase("数え方", "Counted"),
    "c.reason": Phrase("理由", "Reason"),
    "c.approver": Phrase("承認者", "Approver"),
    "c.exception": Phrase("例外", "Exception"),
    "c.run": Phrase("日時", "Run"),
    "c.violations": Phrase("違反", "Violations"),
    "c.documents": Phrase("ファイル", "Files"),
    "c.entries": Phrase("件数", "Entries"),
    "c.not_read": Phrase("読めず", "Not read"),
    "c.complete": Phrase("完了", "Complete"),
    "c.confidence": Phrase("確度", "Confidence"),
    "c.masked": Phrase("伏せた値の例", "Masked examples"),
    "c.place": Phrase("場所", "Places"),
    "c.format": Phrase("形式", "Format"),
    "c.size": Phrase("大きさ", "Size"),
    "c.since": Phrase("最初に確認", "First seen"),
    "c.before": Phrase("前の場所", "Earlier place"),
}
"""The words of the page; those with braces and no number format are filled in by its script."""

# --- the memory, and what is new since last time ----------------------------------------------------------------------

PHRASES |= {
    "m.folder": Phrase(
        "記憶のフォルダが使えないため、前回までの結果を使わず、今回の結果も記憶しません（{why}）",
        "The folder of the memory cannot be used: nothing is taken from earlier runs or kept of this one ({why})",
    ),
    "m.home": Phrase(
        "ホームフォルダがないため、結果を記憶しません", "There is no home folder: nothing is kept of this run"
    ),
    "m.busy": Phrase(
        "別の検査が記憶に書き込み中のため、この検査は記憶を使わず、変えません",
        "Another scan is writing the memory: this one neither uses nor changes it",
    ),
    "m.file": Phrase(
        "{file} が使えないため、記憶なしで調べました（{why}）", "{file} cannot be used: scanned without memory ({why})"
    ),
    "m.stuck": Phrase(
        "{file} が壊れていますが、退避できません（{why}）。記憶なしで調べました",
        "{file} is damaged and cannot be set aside ({why}): scanned without memory",
    ),
    "m.aside": Phrase(
        "{file} が壊れていたため {aside} として残し、新しく作り直しました",
        "{file} was damaged: it is kept as {aside}, and a fresh one was begun",
    ),
    "m.newer": Phrase(
        "{file} は新しい版のものです（形式 {schema}、この版は {known} まで）。記憶なしで調べました",
        "{file} is of a newer version (schema {schema}, this one knows {known}): its memory is not used",
    ),
    "m.older": Phrase(
        "{file} は古い版のものです（形式 {schema}）。一度 nokosanai scan を実行してください",
        "{file} is of an older version (schema {schema}): run nokosanai scan once",
    ),
    "m.none": Phrase(
        "まだ何も記憶していません。先に nokosanai scan を実行してください",
        "Nothing is remembered yet: run nokosanai scan first",
    ),
    "m.failed": Phrase(
        "途中から記憶に書き込めなくなりました（{why}）。調べた結果はこの報告のとおりです",
        "The memory could not be written to its end ({why}); the report itself is whole",
    ),
    "m.rules": Phrase(
        "規則や読み取りが変わったため、変わりのない{m:,}件のうち{n:,}件を調べ直しました",
        "rules or readers changed: {n:,} of {m:,} unchanged files were examined anew",
    ),
    "h.since": Phrase("前回（{when}）からの変化", "Since last time ({when})"),
    "h.first": Phrase("この場所の検査は初めてです", "First scan of these places"),
    "h.memory": Phrase("記憶について", "About the memory"),
    "s.counts": Phrase("{life} {n:,}件", "{n:,} {life}"),
    "s.nothing": Phrase("変化はありません", "nothing has changed"),
    "s.before": Phrase("前の場所: {path}", "was: {path}"),
    "s.gone": Phrase("{why}（約{best:,}人分）", "{why} (about {best:,} {persons})"),
    "s.persons": Phrase("人数", "people"),
    "s.violations": Phrase("違反", "violations"),
    "s.trend": Phrase("直近{n:,}回", "last {n:,} runs"),
    "s.since": Phrase("{date}から", "since {date}"),
    "s.run": Phrase(
        "全{total:,}件、個人データのあるファイル{n:,}件、違反{v:,}件、約{best:,}人分",
        "{total:,} entries, {n:,} file{s} with personal data, {v:,} violations, about {best:,} {persons}",
    ),
    "m.run": Phrase(
        "{run} という実行は記憶にありません。nokosanai report --runs で確かめてください",
        "no run {run} is remembered, or several begin like that: see nokosanai report --runs",
    ),
}

# --- the watcher's settings, its service, its notifications -----------------------------------------------------------

SETTINGS = {
    "paths": Phrase(
        "見張るファイル・フォルダ。書かなければホームフォルダ、機械全体のサービスでは内蔵ディスクのすべて",
        "what is watched; without it the home folder, for the machine's service all fixed disks",
    ),
    "exclude": Phrase("見張らない場所（パターン）", "what is left out (patterns of paths)"),
    "media": Phrase("挿し込まれた媒体を調べる", "examine media that are plugged in"),
    "nice": Phrase("ほかのプログラムに譲る（低い優先度）", "give way to other programs (low priority)"),
    "cpu_percent": Phrase(
        "利用者が作業している間に使ってよい、1コアに対する割合（%）",
        "percent of one core that may be used while somebody is at work",
    ),
    "memory_mb": Phrase("全プロセスで使ってよいメモリ（MB）", "MB of memory for all processes together"),
    "battery": Phrase(
        "電池で動いている間：pause 止まる、slow ゆっくり、ignore 気にしない", "on battery: pause, slow, or ignore it"
    ),
    "walk_hours": Phrase("何時間ごとに全体を歩き直すか", "hours after which everything is walked anew"),
    "quiet_seconds": Phrase(
        "書き込みが止んでから何秒待って読むか", "seconds without writing after which a file is read"
    ),
    "notify": Phrase("デスクトップに通知を出す", "show notifications on the desktop"),
    "notices_per_hour": Phrase("通知は1時間に最大何回か", "notifications in an hour, at most"),
    "lang": Phrase(
        "文章の言語（ja・en）。書かなければシステムの言語", "language of texts (ja, en); without it that of the system"
    ),
    "cluster_ca": Phrase(
        "scan --cluster が信じる認証局（PEM）。クラスタ専用のもの",
        "the authority that scan --cluster believes (PEM), one for the cluster alone",
    ),
    "cluster_cert": Phrase(
        "そのクラスタにこの端末を証明する証明書（PEM）", "what proves this machine to the cluster (PEM)"
    ),
    "cluster_key": Phrase("その秘密鍵（PEM）", "its key (PEM)"),
    "name": Phrase("待ち行列と集計の名前", "the name of its queue and its counts"),
    "events": Phrase(
        "送るもの：violations 違反だけ、all 見つかったものすべて", "what is sent: violations, or all that is found"
    ),
    "max_mb": Phrase(
        "届くまで溜めておく上限（MB）。超えると古いものから捨てて数えます",
        "MB that may wait for it; beyond, the oldest are dropped, and counted",
    ),
    "path": Phrase("1行に1件のJSONを書き足すファイル", "the file to which JSON lines are added"),
    "rotate_mb": Phrase("この大きさ（MB）で新しいファイルに替える", "MB after which a new file is begun"),
    "keep": Phrase("残しておく古いファイルの数", "old files that are kept"),
    "host": Phrase("syslog サーバ（RFC 5424、TCP または TLS）", "the syslog server (RFC 5424 over TCP or TLS)"),
    "port": Phrase("そのポート", "its port"),
    "tls": Phrase("暗号化して送る（証明書は必ず確かめます）", "encrypt (the certificate is always verified)"),
    "ca": Phrase("この認証局の証明書だけを信じる（PEM）", "trust this authority's certificate and no other (PEM)"),
    "client_cert": Phrase("こちらを証明する証明書（PEM）", "the certificate that proves who we are (PEM)"),
    "client_key": Phrase("その秘密鍵（PEM）", "its key (PEM)"),
    "url": Phrase("送り先。OTLP では logs の完全なアドレス", "where to; for OTLP the whole address of its logs"),
    "headers": Phrase("付け加えるヘッダー", "headers that are added"),
    "proxy": Phrase("プロキシを通す", "go through this proxy"),
}

SERVICE_STATES = {
    "running": Phrase("動いています", "running"),
    "stopped": Phrase("動いていません", "not running"),
    "absent": Phrase("インストールされていません", "not installed"),
}

PHRASES |= {
    "settings": Phrase(
        "nokosanai の見張りの設定。どの項目も、書かなければここに示した値になります。\n"
        "設定を変えたら nokosanai service install をもう一度実行してください。",
        "Settings of the watcher of nokosanai. What is not said has the value shown here.\n"
        "After a change, run nokosanai service install once more.",
    ),
    "settings.outbox": Phrase(
        "ほかへ知らせるもの。書かなければ、どこにも何も送りません。",
        "To whom events are sent. Without any of these nothing is sent anywhere.",
    ),
    "service.since": Phrase("{when} から", "since {when}"),
    "service.restarts": Phrase("再起動 {n}回", "restarted {n} time{s}"),
    "service.log": Phrase("ログ：{place}", "log: {place}"),
    "service.files": Phrase("置いたもの：{place}", "written: {place}"),
    "service.done": Phrase("nokosanai の見張りを始めました", "The watcher of nokosanai has been started"),
    "service.gone": Phrase(
        "nokosanai の見張りを外しました。覚えていることと設定は残しています",
        "The watcher of nokosanai has been removed; what it remembers and its settings are still there",
    ),
    "service.full_disk": Phrase(
        "システム設定の「フルディスクアクセス」で次のプログラムを許可してください：{place}",
        "Give this program full disk access in the system settings: {place}",
    ),
    "desktop.title": Phrase("個人情報が見つかりました", "Personal data was found"),
    "desktop.file": Phrase("{name}（約{best:,}人分）", "{name} (about {best:,} {persons})"),
    "desktop.files": Phrase("ファイル{n:,}件", "{n:,} file{s}"),
    "desktop.media": Phrase("媒体{n:,}個にファイル{files:,}件", "removable media: {n:,}, files on them: {files:,}"),
    "desktop.people": Phrase("媒体にはいま約{best:,}人分", "on it now: about {best:,} {persons}"),
    "desktop.todo": Phrase(
        "nokosanai report で場所を確かめ、決められた所へ移すか、消してください。",
        "See nokosanai report for the places; move or erase what is there.",
    ),
}

NOT_PERSONAL = frozenset({"corporate_number"})
"""Types that are found and are nobody's personal data by themselves."""

STATEMENT = {
    "title": Phrase("残さない - 点検範囲の証明書", "nokosanai - Statement of coverage"),
    "zero": Phrase(
        "下に示す範囲を最後まで調べ、確度が中以上の個人データは見つかりませんでした。",
        "The scope shown below was examined to its end, and no personal data of medium confidence or higher was found.",
    ),
    "not.zero": Phrase(
        "この証明書は「個人データを保有していない」ことを示しません。理由は次のとおりです。",
        "This statement does not say that there is no personal data. What stands against it:",
    ),
    "against.interrupted": Phrase("点検が途中で止められました。", "The run was interrupted."),
    "against.incomplete": Phrase(
        "ポリシーが点検を求めるもののうち、読めなかったものがあります（読めなかったもの全体で{n:,}件）。",
        "Something that the policy wants examined was not read ({n:,} not read in all).",
    ),
    "against.nothing": Phrase("読み取ったファイルがありません。", "No file was read."),
    "against.found": Phrase(
        "確度が中以上の個人データのあるファイルが{n:,}件あります。",
        "Files with personal data of medium confidence or higher: {n:,}.",
    ),
    "against.violations": Phrase("ポリシーの違反が{n:,}件あります。", "Violations of the policy: {n:,}."),
    "against.weak": Phrase("確度が高いものだけを載せた点検です。", "Only findings of high confidence were asked for."),
    "against.excluded": Phrase(
        "操作した人の指定で対象から外したものが{n:,}件あります。", "Left out on request of whoever ran it: {n:,}."
    ),
    "examined": Phrase("調べたもの", "What was examined"),
    "host": Phrase("端末", "machine"),
    "from": Phrase("開始", "begun"),
    "to": Phrase("終了", "ended"),
    "signed": Phrase("署名した日時", "signed at"),
    "run": Phrase("点検の番号", "run"),
    "version": Phrase("使った版", "version"),
    "rules": Phrase("検出規則のダイジェスト", "digest of the rules"),
    "policy": Phrase("ポリシーとそのダイジェスト", "policy and its digest"),
    "key.name": Phrase("署名鍵の指紋", "fingerprint of the signing key"),
    "source": Phrase("場所", "place"),
    "volume": Phrase("媒体", "volume"),
    "ledger": Phrase("内訳（どれも必ず一つに数える）", "Ledger (every entry in exactly one state)"),
    "not.examined": Phrase("調べなかったものと理由", "What was not examined, and why"),
    "left.out": Phrase("対象外", "excluded"),
    "found": Phrase("見つかったもの（数だけ）", "What was found (numbers only)"),
    "documents": Phrase("個人データのあるファイル {n:,}件", "files with personal data: {n:,}"),
    "violations": Phrase(
        "違反 {n:,}件（承認された例外を除くと{m:,}件）", "violations: {n:,} ({m:,} without accepted exceptions)"
    ),
    "of.type": Phrase(
        "{n:,}件、異なる値 {m:,}、ファイル {k:,}件", "{n:,} values, {m:,} different ones, in {k:,} files"
    ),
    "exception": Phrase("例外", "exception"),
    "limits": Phrase("この証明書が言えないこと", "What this statement cannot say"),
    "limit.types": Phrase(
        "分かるのは、この版の規則が知っている種類だけです。画像の中の文字は読みません。",
        "It speaks of the types that the rules of this version know. Text inside pictures was not read.",
    ),
    "limit.media": Phrase(
        "上に挙げていない媒体、消去済みの領域、点検のあとに置かれたファイルは調べていません。",
        "Media not named above, erased areas and files put there later were not examined.",
    ),
    "means": Phrase(
        "署名の鍵は同じ端末にあります。署名は、この文書が署名の後に変えられていないことを示しますが、"
        "端末やそれを操作した人が正直だったことは示しません。",
        "The key lies on the same machine. The signature proves that this file has not been changed since it was "
        "signed, not that the machine or whoever ran it was honest.",
    ),
    "good": Phrase(
        "署名は正しく、署名の後に変えられていません。", "The signature is right: unchanged since it was signed."
    ),
    "bad": Phrase(
        "署名が合いません。この文書は署名の後に変えられています。書かれていることを信用しないでください。",
        "THE SIGNATURE DOES NOT FIT: this file was altered after it was signed. Believe nothing that it says.",
    ),
    "who": Phrase("端末 {host}、{when} に署名、点検 {run}", "machine {host}, signed at {when}, run {run}"),
    "key": Phrase("鍵の指紋: {fingerprint}", "fingerprint of the key: {fingerprint}"),
    "own": Phrase("この端末の鍵による署名です。", "Signed with the key of this machine."),
    "other": Phrase(
        "この端末の鍵ではありません。指紋を、別の方法で受け取った控えと見比べてください。",
        "Not the key of this machine: compare the fingerprint with one that reached you by another way.",
    ),
    "zero.told": Phrase(
        "「個人データは見つからなかった」と述べています。", "It states that no personal data was found."
    ),
    "zero.untold": Phrase(
        "「個人データは見つからなかった」とは述べていません。", "It does not state that no personal data was found."
    ),
}

STAGES = {
    "start": Phrase("起動", "start"),
    "walk": Phrase("フォルダの一覧", "walk"),
    "read": Phrase("ディスクの読み取り", "read"),
    "decode": Phrase("展開・復号・文字の解釈", "decode"),
    "gate": Phrase("一次検索", "gate"),
    "judge": Phrase("判定", "judge"),
    "persons": Phrase("人数の集計", "persons"),
    "state": Phrase("記憶", "state"),
    "report": Phrase("ポリシーと集計", "report"),
    "other": Phrase("受け渡しほか", "other"),
}

PROFILE = {
    "title": Phrase(
        "時間の内訳（処理装置で合計 {seconds:.2f}秒）", "Where the time went ({seconds:.2f} s of processors)"
    ),
    "note": Phrase(
        "「秒」は、すべてのプロセスで処理装置を使った秒数の合計です。「経過」は待ち時間も含みます。"
        "測ること自体にも少し時間がかかります。",
        "s: processor seconds of all processes, added up. clock: with the time spent waiting. Measuring itself takes "
        "a little.",
    ),
    "nothing": Phrase("読み取ったファイルはありません。", "No file was read."),
    "stage": Phrase("段階", "stage"),
    "format": Phrase("形式", "format"),
    "rule": Phrase("規則", "rule"),
    "seconds": Phrase("秒", "s"),
    "share": Phrase("割合", "share"),
    "clock": Phrase("経過", "clock"),
    "bytes": Phrase("量", "bytes"),
    "rate": Phrase("毎秒", "per s"),
    "documents": Phrase("件数", "documents"),
    "hits": Phrase("一次検索の当たり", "hits of the gate"),
    "candidates": Phrase("候補", "candidates"),
    "joint": Phrase("（規則に分けられない分）", "(not of one rule)"),
    "more": Phrase("ほか{n:,}", "{n:,} more"),
}

COST = {
    "title": Phrase("規則ごとの費用（1MBあたり）", "What each rule costs (for each MB)"),
    "note": Phrase(
        "一次検索は、その規則だけを探したときのマイクロ秒です（実際にはまとめて探すので、合計より速く済みます）。判定は、"
        "当たりの周りを規則の式・検査・文脈で確かめたマイクロ秒です。文は、事務の文章に規則の例を混ぜて、いつも同じに作ります。"
        "「遅い」は、全規則の中央値の{n}倍を超えるものです。",
        "gate: microseconds to look for this rule alone (all are looked for at once, in less than the sum). judge: "
        "microseconds for pattern, check and context around the hits. The text is made, the same each time: office "
        "text with the examples of the rules in it. slow: more than {n} times the median of all rules.",
    ),
    "rule": Phrase("規則", "rule"),
    "total": Phrase("合計", "total"),
    "gate": Phrase("一次検索", "gate"),
    "judge": Phrase("判定", "judge"),
    "times": Phrase("中央値比", "x median"),
    "hits": Phrase("当たり", "hits"),
    "share": Phrase("割合", "share"),
    "candidates": Phrase("候補", "candidates"),
    "slow": Phrase("遅い", "slow"),
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
    if raw.isprintable() and (raw.isascii() or (encoding == "utf-8" and "\ufe0f" not in raw)):
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
