"""People who do not exist, with everything that one of the documents may want to know about them.

Numbers come from `samples.numbers`, which knows the check digits apart from the scanner. Nothing here was issued to
anybody, as far as chance allows.
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from bench.accuracy import homes, naming
from bench.accuracy.homes import Home
from bench.accuracy.naming import Naming
from samples import numbers
from samples.numbers import digits

NATIONS = {
    "JPN": ("日本", "Japan"),
    "VNM": ("ベトナム", "Vietnam"),
    "NPL": ("ネパール", "Nepal"),
    "IDN": ("インドネシア", "Indonesia"),
    "MMR": ("ミャンマー", "Myanmar"),
    "PHL": ("フィリピン", "Philippines"),
    "CHN": ("中国", "China"),
    "KOR": ("韓国", "Korea"),
    "IND": ("インド", "India"),
    "LKA": ("スリランカ", "Sri Lanka"),
    "BGD": ("バングラデシュ", "Bangladesh"),
    "KHM": ("カンボジア", "Cambodia"),
    "THA": ("タイ", "Thailand"),
    "MNG": ("モンゴル", "Mongolia"),
    "BRA": ("ブラジル", "Brazil"),
    "PER": ("ペルー", "Peru"),
    "USA": ("米国", "USA"),
    "FRA": ("フランス", "France"),
    "DEU": ("ドイツ", "Germany"),
    "ROU": ("ルーマニア", "Romania"),
}
"""By the three letters of ISO 3166-1 the usual name in Japanese and in English."""
_PASSPORTS = {
    "VNM": ("BCNP", 7, ""),
    "NPL": ("", 8, ""),
    "IDN": ("ABCEX", 7, ""),
    "PHL": ("P", 7, "ABC"),
    "CHN": ("EG", 8, ""),
    "IND": ("KLMNZ", 7, ""),
    "LKA": ("N", 7, ""),
    "KHM": ("N", 8, ""),
    "MNG": ("E", 7, ""),
}
_STATUSES = [
    "特定技能1号",
    "特定技能１号",
    "特定技能２号",
    "技能実習1号ロ",
    "技能実習2号ロ",
    "技能実習３号ロ",
    "留学",
    "家族滞在",
    "技術・人文知識・国際業務",
    "技人国",
    "特定活動",
    "永住者",
    "定住者",
    "日本人の配偶者等",
    "永住者の配偶者等",
    "企業内転勤",
    "経営・管理",
    "介護",
    "技能",
    "育成就労",
    "高度専門職1号ロ",
    "特定活動（46号）",
]
_FIELDS = [
    "介護",
    "ビルクリーニング",
    "建設",
    "造船・舶用工業",
    "自動車整備",
    "航空",
    "宿泊",
    "農業",
    "漁業",
    "飲食料品製造業",
    "外食業",
    "工業製品製造業",
    "鉄道",
    "林業",
    "木材産業",
    "自動車運送業",
    "素形材・産業機械・電気電子情報関連製造業",
    "飲食料品製造",
    "外食",
    "耕種農業",
    "とび",
    "惣菜製造業",
    "溶接",
]
_LEVELS = [
    "N1",
    "N2",
    "N3",
    "N3",
    "N4",
    "N4",
    "N5",
    "JLPT-N2",
    "JLPT-N3",
    "Ｎ３",
    "JFT-Basic",
    "JLPT-N4合格",
    "日常会話",
    "ビジネス",
    "N2合格",
    "BJT-J2",
]
_MEDICAL = [
    "高血圧症",
    "2型糖尿病",
    "気管支喘息",
    "アトピー性皮膚炎",
    "うつ病",
    "双極性障害",
    "統合失調症",
    "脳梗塞後遺症",
    "アルツハイマー型認知症",
    "慢性腎不全",
    "狭心症",
    "不整脈",
    "関節リウマチ",
    "変形性膝関節症",
    "腰椎椎間板ヘルニア",
    "胃潰瘍",
    "C型肝炎",
    "乳がん術後",
    "大腸ポリープ",
    "てんかん",
    "パーキンソン病",
    "甲状腺機能低下症",
    "卵アレルギー",
    "そばアレルギー",
    "自閉スペクトラム症",
    "ADHD",
    "貧血",
    "片頭痛",
    "緑内障",
    "右大腿骨頸部骨折",
    "誤嚥性肺炎",
    "帯状疱疹",
    "適応障害",
    "脂質異常症",
    "肺結核",
    "身体障害者手帳2級",
]
_HOSTS = [
    "kaze-mail.ne.jp",
    "tsubame.co.jp",
    "outlook.jp",
    "gmail.com",
    "yahoo.co.jp",
    "docomo.ne.jp",
    "icloud.com",
    "kita-sangyo.jp",
    "hotmail.com",
    "umi-net.or.jp",
]
_BANKS = [
    "みずほ銀行",
    "三菱UFJ銀行",
    "三井住友銀行",
    "りそな銀行",
    "千葉銀行",
    "横浜銀行",
    "楽天銀行",
    "京都中央信用金庫",
    "北洋銀行",
    "福岡銀行",
    "東和信用組合",
    "ＪＡ北央",
]
_BRANCHES = [
    "本店",
    "駅前支店",
    "新宿支店",
    "中央支店",
    "南支店",
    "栄支店",
    "本町支店",
    "大通支店",
    "東口支店",
    "川口支店",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody invented. Numbers are without separators; how they are written is up to the document."""

    naming: Naming
    nation: str
    birth: date
    home: Home
    phone: str
    email: str
    my_number: str
    record_code: str
    pension: str
    employment: str
    licence: str
    passport: str
    insurance: tuple[str, str, str]
    bank: str
    branch: str
    account: str
    post_account: tuple[str, str]
    card: str
    password: str
    medical: str
    card_number: str
    status: str
    field: str
    level: str

    @property
    def foreign(self) -> bool:
        """Whether the person is of another country."""
        return self.nation != "JPN"


def person(rng: Random, foreign: float = 0.3) -> Person:
    """One person; of another country with the probability `foreign`."""
    nation, name = naming.foreign(rng) if rng.random() < foreign else ("JPN", naming.japanese(rng))
    young = nation != "JPN"
    home = homes.home(rng)
    return Person(
        naming=name,
        nation=nation,
        birth=date(1978 if young else 1935, 1, 1) + timedelta(days=rng.randrange(365 * (28 if young else 84))),
        home=home,
        phone=homes.telephone(home, rng),
        email=_email(rng, name),
        my_number=numbers.my_number(rng),
        record_code=numbers.resident_record_code(rng),
        pension=f"{rng.randrange(1, 10)}{digits(rng, 9)}",
        employment=f"{rng.randrange(1, 6)}{digits(rng, 10)}",
        licence=numbers.drivers_licence(rng),
        passport=_passport(rng, nation),
        insurance=(f"{rng.randrange(1, 99)}{digits(rng, 6)}", str(rng.randrange(1, 9999)), f"0{rng.randrange(5)}"),
        bank=rng.choice(_BANKS),
        branch=rng.choice(_BRANCHES),
        account=f"{rng.randrange(10)}{digits(rng, 6)}",
        post_account=(f"1{rng.randrange(100, 990)}0", f"{rng.randrange(1, 9)}{digits(rng, 6)}1"),
        card=numbers.card(rng, rng.choice(("4539", "4980", "5334", "5241", "3540", "3569"))),
        password=_hash(rng),
        medical=rng.choice(_MEDICAL),
        card_number=numbers.residence_card(rng),
        status=rng.choice(_STATUSES),
        field=rng.choice(_FIELDS),
        level=rng.choice(_LEVELS).replace("-", " ") if rng.random() < 0.5 else rng.choice(_LEVELS),
    )


def crowd(rng: Random, count: int, foreign: float) -> list[Person]:
    """So many people, of whom no two share name or number as far as chance allows."""
    return [person(rng, foreign) for _ in range(count)]


def _email(rng: Random, name: Naming) -> str:
    words = [word for word in name.latin.lower().split() if word.isalpha()] or ["info"]
    stem = rng.choice(
        (
            ".".join(words[:2]),
            f"{words[-1]}{rng.randrange(100)}",
            f"{words[0][:1]}_{words[-1]}",
            f"{words[0]}{words[-1][:2]}{rng.randrange(1960, 2010)}",
        )
    )
    return f"{stem}@{rng.choice(_HOSTS)}"


def _passport(rng: Random, nation: str) -> str:
    letters, count, tail = _PASSPORTS.get(nation, ("AB", 7, ""))
    if nation == "JPN":
        return f"{rng.choice('TM')}{rng.choice('RSZKUE')}{rng.randrange(1, 10)}{digits(rng, 6)}"
    if nation in ("BGD", "MMR"):
        return rng.choice(("EA", "BR", "MF", "MD")) + f"{rng.randrange(1, 10)}{digits(rng, 6)}"
    return (
        (rng.choice(letters) if letters else "")
        + f"{rng.randrange(1, 10)}{digits(rng, count - 1)}"
        + (rng.choice(tail) if tail else "")
    )


_ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def _hash(rng: Random) -> str:
    """A password hash in one of the forms of user tables and shadow files; the password is a random number."""
    secret = digits(rng, 20).encode()

    def salt(count: int) -> str:
        return "".join(rng.choices(_ALPHABET, k=count))

    def coded(raw: bytes) -> str:
        return base64.b64encode(raw).decode().rstrip("=")

    return rng.choice((
        f"${rng.choice(('2b', '2y', '2a'))}${rng.choice(('10', '12'))}${salt(53)}",
        f"$argon2id$v=19$m=65536,t=3,p=4${coded(secret[:16])}${coded(hashlib.sha256(secret).digest())}",
        f"$6${salt(16)}${salt(86)}",
        f"pbkdf2_sha256$600000${secret.hex()[:22]}${base64.b64encode(hashlib.sha256(secret).digest()).decode()}",
        hashlib.md5(secret).hexdigest(),
        hashlib.sha256(secret).hexdigest(),
        "{SSHA}" + base64.b64encode(hashlib.sha1(secret).digest() + secret[:8]).decode(),
    ))  # fmt: skip
