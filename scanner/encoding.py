"""Which encoding a text is in, by evidence: what its characters would cost in a crude model of Japanese writing.

Of all readings of the same bytes the cheapest is taken; damaged bytes are dear. It looks at no file name and at no
declared charset and knows no other language: 8-bit text of any other origin is read as Latin-1, where ASCII digits
survive.
"""

import codecs
import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass

from scanner.model import HEAD_BYTES

EVIDENCE = 2048
"""About so many bytes are weighed."""
VOTERS = 24
"""How many lines are asked singly when the evidence as a whole is in no Japanese encoding."""
UNBROKEN, UNMARKED = 512, 12.0
"""UTF-16 with neither mark nor NUL: at most so many bytes, and how many bits cheaper it must be than anything else."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoding as it is printed, its Python codec, and how many bytes its byte-order mark takes."""

    name: str
    codec: str
    bom: int = 0


ASCII = Encoding("ascii", "utf-8")
UTF8 = Encoding("utf-8", "utf-8")
CP932 = Encoding("cp932", "cp932")
EUC = Encoding("euc-jp", "euc_jp")
EUC_2004 = Encoding("euc-jp", "euc_jis_2004")
LATIN = Encoding("latin-1", "latin-1")
WIDE = tuple(Encoding(name, name) for name in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"))
JIS = tuple(Encoding("iso-2022-jp", codec) for codec in ("iso2022_jp_ext", "iso2022_jp_2004", "iso2022_jp_3"))
STATEFUL = frozenset(encoding.codec for encoding in (*WIDE, *JIS))
"""Codecs whose line ends cannot be told from the bytes alone."""
MARKS = {
    codecs.BOM_UTF8: Encoding("utf-8-bom", "utf-8", 3),
    codecs.BOM_UTF32_LE: Encoding("utf-32-le", "utf-32-le", 4),
    codecs.BOM_UTF32_BE: Encoding("utf-32-be", "utf-32-be", 4),
    codecs.BOM_UTF16_LE: Encoding("utf-16-le", "utf-16-le", 2),
    codecs.BOM_UTF16_BE: Encoding("utf-16-be", "utf-16-be", 2),
}
CONTROLS = bytes({*range(32), 127} - set(b"\a\b\t\n\v\f\r\x1b"))
SEVEN_BIT = bytes(range(128))
HIGH = re.compile(rb"[\x80-\xff]")
DESIGNATOR = re.compile(rb"\x1b(?:\$[@B]|\$\([@BDOPQ]|\(I)")
"""What only ISO-2022-JP holds; ``ESC ( B`` alone is also written by terminals."""
VENDOR = {"euc": re.compile(rb"[\xad\xf9-\xfc][\xa1-\xfe]"), "iso": re.compile(rb"[\x2d\x79-\x7c][\x21-\x7e]")}
"""Rows 13 and 89 to 92 of JIS X 0208, where Windows has ① and 髙 and the standard has nothing."""


# --- what a reading costs ---------------------------------------------------------------------------------------------

KANJI = (
    "変市更県田大本町年一中合日川山定場国数行用東会野名上北子社関島新出藤人部文区郎使井指前木下世月三地道小岡学長西海"
    "正式成以語高時村原字設目平明作郡代都的表書後同松実内返義吉方和業京南信対法生通間福動呼値知政力連分利太石発最在手"
    "立全千事位宮者株要所置参入現有水愛直城佐加開沢体二送美次記能報機号金示家治徳照久第称英葉古引雄伊番外神保自初州岩"
    "橋富性崎津理主制形元夫公江説多口民共見森化意豊馬谷青戦潟清秀之基取紀屋際勝条経放別域属特林当可空列準王構渡光常存"
    "造持期選情広央安教天務重戸坂結静言丁賀近物音付軍河岐換尾衛単点介含由玉来組込終続権奈真宗必竹史等受界総得男土楽浜"
    "白画度無足八五規統鈴忠不員雅効例洋電司配他里鉄阜府喜団々回幸降門澤康相横産岸米李限秋品武切標種昭弘工校根果建集登"
    "熊池格寺起略台領議解兵項各約進読士告応計敗向源認皇彦黒車失功省十永茂接孝塚線局万始助先堀院様杉陸健運末心朝倉隆達"
    "赤営注埼気館味稲製役柳検港述支優守龍衆茨瀬決良型面球移状了再活志順恵博店仁除須昌研鹿若割階蔵盛録栄拠売細邦景技身"
    "問任路菅装女宿阪完張版羽調浅系管辺演端境丸満也件越氏香春術態族令企類般希象今半修映流園止両与毛友臣歴済党独住科群"
    "適嶋波施追協浦証四異査諸沼育求勢提展泉資栃転梨操首交便御素伸仙側個憲頭究七船夏量商陽親純整備少複官命影処植幹麻容"
    "亜非周草価視樹華駅及確挙織賞聞派児改話板慶速環催供比私荒競尊宣頼囲斉警六専尚伴職反嘉判仲垣補右収範曽貴載風典律弥"
    "早宇航節郷籍算納穂幌銀旧歌編争巻隊滝花訳九識片庁帝未師渋興強題質菊伝許善扱酒精削布拡倍阿試考器曲寿聖積訪那図竜裕"
    "啓望破働貞百係予論過響韓創朴残浩宏克俊藩継観淳亮盟厚鳥角髙星護札宅待﨑色築詳然哲濵委料増索丹邊君労勇思何邉章室極"
    "庫財齋魚郵桜就消齊想深監左固栁笹岳釈医芸桒恒丘矢桃至葵帯違将念淵咲縮輝防印服莉甲普復販留菜圏導級撃諏翼乗堂退為鮮"
    "凛摩圧亀虎模颯契率芝従延湊煕則停趙益紗塩居丞佳飛萌答離担刊薬瞳飯湯我鎌刻楓断漢紙黄評茜害箱旭陰孫渚似軽宝打依佑習"
    "互座歳智哉投並吾承牧斗短幕雲督老聡着農推枝拓敦程綱國壊病慧顕毎兼牛負凌著秒旅落欧駿帰低鴻縄彼惇辰奥裁走梅諒核恩策"
    "呂択淑沖徹客段柏怜養察食暦朱玲劇笠誠舞賢瑛梶潤仮振稀璃験陳税射剛琉殿採曾廣悠凪幅朗候崔謙朔甚祐隼好孟柊曜袁凱劉険"
    "感仏仕緑祥妻材貨霊符奉輪寄維雪湾廃円伯致差革急緒剣脇篠浮艦獲攻母洲爵占併去戻芳覧替死散具超掲庭括既鶴給壁療己層荘"
    "威況案因巨災街遺鏡減薄密遠蓮晋援蘇父貫昇砲祭溝探幡簡辞卓暗栗敷概温殊玄雨火授濃椎房買徐締吹較崇譲闘声嵐尻否隔耐條"
    "彰銘榎敬歩閣週誌豆閉砂菱峰斯包測杏柄泰絶飾班費曹署盤券奏頃瑞易敏翔冨惟犬輸爽經沿乱抱爾蒼楊朋繁億肇蔣熙跡障績滋桝"
    "湖椋唯悦晃圭折眞彅昊鄧郁瑜毅曺鄭范匡胤犍翌絵混晴携貝夕像講狭突柔桑紫徴狩写笑審鳴呉雑逆釜油衣磯難冬遅掛弁柴均余悪"
    "祖献附副熱露礼震躍脈被窪鷹双舗姫執詞滅網磨乙故刀刷銭棟滑畑苗練秦坪撮萩浪棄蒲捕堅棚奇虫抗羅枚鳳途筑碧禁庄舎亡陵轄"
)
"""The frequent kanji by falling frequency, as counted over running text, manuals, addresses and personal names."""

RANGES: tuple[tuple[int, float], ...] = (
    (0x0000, 24), (0x0009, 5), (0x000E, 24), (0x001B, 8), (0x001C, 24), (0x0020, 5), (0x007F, 24), (0x0080, 12),
    (0x00A0, 9), (0x00C0, 7), (0x0100, 10), (0x0250, 14), (0x0370, 11), (0x0400, 10), (0x0530, 13), (0x2000, 10),
    (0x2070, 13), (0x2190, 11), (0x2500, 10), (0x25A0, 11), (0x2700, 14), (0x2E80, 20), (0x3000, 6.5), (0x3020, 14),
    (0x3041, 5.5), (0x3094, 12), (0x30A1, 7.5), (0x30F7, 12), (0x30FB, 7), (0x30FD, 13), (0x3220, 14), (0x3400, 22),
    (0x4E00, 18.5), (0xA000, 22), (0xAC00, 12.5), (0xD7A4, 24), (0xE000, 20), (0xF900, 16), (0xFB00, 22),
    (0xFF01, 8.5), (0xFF5F, 22), (0xFF61, 9), (0xFF66, 6.5), (0xFFA0, 22), (0xFFE0, 10), (0xFFE7, 22), (0xFFFD, 25),
    (0xFFFE, 40), (0x10000, 20), (0x1F300, 14), (0x1FB00, 20), (0x30000, 40),
)  # fmt: skip
"""The first character of a range and the bits that each character in it costs."""
RARE, LEVEL_1, DAMAGE = 18.5, 16.5, 25.0
"""Bits of a kanji outside `KANJI`, of one that at least is of JIS level 1, and of a byte that does not decode."""

SEAMS = tuple(
    (re.compile(pattern, re.DOTALL), bits)
    for pattern, bits in (
        ("[｡-ﾟ](?<![｡-ﾟ].)", 4.0),
        ("[｡-ﾟ](?<![｡-ﾟ].)(?![｡-ﾟ])", 5.0),
        ("[ﾞﾟ](?<![ｳｶ-ﾄﾊ-ﾎ].)", 8.0),
        ("[｡-ﾟ](?:(?=[一-鿿ぁ-ヺ])|(?<=[一-鿿ぁ-ヺ].))", 6.0),
        ("[一-鿿｡-ﾟ](?<=[A-Za-z].)(?=[a-z])", 6.0),
        ("[\x80-ÿ](?<![\x80-ÿ].)", 2.0),
    )
)
"""What odd neighbours cost: half-width katakana beside kanji, a voiced mark after the wrong kana, a kanji in a word."""
FOREIGN = 25.0
"""What a text in an unknown 8-bit encoding costs, beside one bit more for each of its 8-bit bytes."""


class _Bits(dict[str, float]):
    """Bits of a character, filled in as characters turn up."""

    def __missing__(self, char: str) -> float:
        bits = RANGES[bisect_right(RANGES, (ord(char), 99.0)) - 1][1]
        if bits == RARE and b"\xa0" < char.encode("euc_jp", "ignore")[:1] < b"\xd0":
            bits = LEVEL_1
        self[char] = bits
        return bits


BITS = _Bits({kanji: 8 + rank**0.5 / 5 for rank, kanji in enumerate(KANJI)})


def _cost(text: str) -> float:
    bits = sum(BITS[char] * count for char, count in Counter(text).items())
    return bits + sum(len(seam.findall(text)) * extra for seam, extra in SEAMS)


def _weigh(encoding: Encoding, data: bytes) -> float:
    return _cost(leniently(encoding, data, False))


# --- which encoding ---------------------------------------------------------------------------------------------------


def detect(sample: bytes, *, whole: bool = False) -> Encoding | None:
    """The encoding of a document that begins with `sample`, or None when it is not text.

    `whole`: the sample is the entire document; otherwise it may end inside a character.
    """
    head = sample[:HEAD_BYTES]
    marked = next((encoding for mark, encoding in MARKS.items() if head.startswith(mark)), None)
    if marked and _is_plausible(leniently(marked, head[:EVIDENCE], False)):
        return marked
    if not is_clean(head):
        return _wide(head, 12.5)
    return (_wide(head, 11.5) if b"\0" in head else None) or _narrow(sample, whole)


def is_clean(data: bytes) -> bool:
    """Whether there are few enough control characters for text in some 7-bit or 8-bit encoding."""
    data = data.rstrip(b"\x1a")
    bad = len(data) - len(data.translate(None, CONTROLS))
    return bad <= min(len(data) // 10, 1 + len(data) // 200)


def _is_plausible(text: str) -> bool:
    """A byte-order mark alone proves nothing: sound files begin with the same two bytes."""
    return text.count("\0") * 20 <= len(text) and _cost(text) <= 20 * len(text)


def _narrow(sample: bytes, whole: bool) -> Encoding | None:
    if sample.isascii():
        return jis(sample) or ASCII
    if strictly("utf-8", sample, whole) is None:
        found = _contest(sample, whole)
        # Without a single NUL it has neither a line end nor a space, and so is short.
        wide = _wide(sample, 12.0) if len(sample) <= UNBROKEN else None
        return wide if wide and _weigh(wide, sample) + UNMARKED < _weigh(found, sample) else found
    if len(sample) <= EVIDENCE:
        high = sample.translate(None, SEVEN_BIT)
        if len(high) <= 64 and max(high) < 0xE0:
            return _contest(sample, whole)
    return UTF8


def _wide(head: bytes, most: float) -> Encoding | None:
    """UTF-16 or UTF-32 without a mark: by where the NULs are, and by what comes out at `most` bits a character."""
    readings = []
    for encoding in WIDE:
        unit = int(encoding.codec[4:6]) // 8
        part = head[: min(len(head), EVIDENCE) // unit * unit]
        text = leniently(encoding, part, True)
        if not text or "\0" in text:
            continue
        nuls = [part[place::unit].count(0) for place in range(unit)]
        latin = min(nuls) == 0 and max(nuls) > 1 and max(nuls) * 20 >= len(text)
        if latin or len(text) >= 4:
            readings.append((_cost(text) / len(text), 16.0 if latin else most, encoding))
    bits, limit, best = min(readings, key=lambda reading: reading[0], default=(0.0, -1.0, UTF8))
    return best if bits <= limit else None


def jis(data: bytes) -> Encoding | None:
    """ISO-2022-JP in the variant that leaves the least unread, or None."""
    if b"\x1b" not in data or not DESIGNATOR.search(data):
        return None
    readings = [(leniently(encoding, data[: 1 << 16], False), encoding) for encoding in JIS]
    text, encoding = min(readings, key=lambda reading: reading[0].count("\ufffd"))
    return encoding if text.count("\ufffd") * 10 <= len(text) and not text.isascii() else None


def _contest(sample: bytes, whole: bool) -> Encoding:
    """The encoding of the first lines that hold 8-bit characters; what most of them are in when they differ."""
    evidence = _evidence(sample)
    final = whole and sample.endswith(evidence)
    winner = _cheapest(evidence, final)
    lines = evidence.split(b"\n", VOTERS)[:VOTERS] if winner is LATIN else []
    if len(lines) > 2:
        votes = Counter(_cheapest(line, True) for line in lines[:-1] if not line.isascii())
        if votes[LATIN] * 3 <= votes.total():
            del votes[LATIN]
            winner = max(votes, key=votes.__getitem__, default=LATIN)
    return winner


def _cheapest(evidence: bytes, final: bool) -> Encoding:
    best, winner = float("inf"), LATIN
    for rival in (CP932, EUC, EUC_2004, UTF8, LATIN):
        if rival is LATIN and best < BITS["0"] * len(evidence):
            break
        text = codecs.getincrementaldecoder(rival.codec)("replace").decode(evidence, final)
        bad = text.count("\ufffd")
        if rival is EUC and bad and bad * 16 < len(text) + 64 and VENDOR["euc"].search(evidence):
            text = leniently(rival, evidence, final)
        elif bad * DAMAGE >= best or (bad and rival is EUC_2004):
            continue
        bits = _cost(text)
        if rival is LATIN:
            bits = min(bits, FOREIGN + BITS["0"] * len(evidence) + len(HIGH.findall(evidence)))
        elif rival is UTF8 and not bad:
            bits -= 2  # rarely by chance
        if bits < best:
            best, winner = bits, rival
    return winner


def _evidence(sample: bytes) -> bytes:
    pieces: list[bytes] = []
    end = size = 0
    while size < EVIDENCE and (found := HIGH.search(sample, end)):
        first = found.start()
        start = max(end, sample.rfind(b"\n", end, first) + 1, first - 64)
        end = sample.find(b"\n", first, first + EVIDENCE) + 1 or first + EVIDENCE
        pieces.append(sample[start:end])
        size += end - start
    return b"".join(pieces)


# --- decoding by a known encoding -------------------------------------------------------------------------------------


def strictly(codec: str, data: bytes, final: bool) -> tuple[str, int] | None:
    """The text and how many bytes it took, or None; without `final` a character cut off at the end is left."""
    try:
        if codec == "utf-8":
            return codecs.utf_8_decode(data, "strict", final)
        if final:
            return data.decode(codec), len(data)
        decoder = codecs.getincrementaldecoder(codec)("strict")
        return decoder.decode(data, False), len(data) - len(decoder.getstate()[0])
    except UnicodeDecodeError:
        return None


def repaired(codec: str, data: bytes, final: bool) -> tuple[str, int]:
    """As `strictly`, with one U+FFFD for each bad byte."""
    decoder = codecs.getincrementaldecoder(codec)("scanner.repair")
    text = decoder.decode(data, final)
    return text, len(data) - (0 if final else len(decoder.getstate()[0]))


def leniently(encoding: Encoding, data: bytes, final: bool) -> str:
    """The text of the beginning of a document, byte-order mark removed."""
    return repaired(encoding.codec, data[encoding.bom :], final)[0]


def _repair(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    codes = VENDOR.get(error.encoding[:3])
    pair = error.object[error.start : error.start + 2]
    if codes and codes.match(pair):
        return _vendor(pair), error.start + 2
    return "\ufffd" * (error.end - error.start if error.encoding == "utf-8" else 1), error.end


def _vendor(pair: bytes) -> str:
    """The character of a `VENDOR` pair, by way of its place in Windows' code page."""
    row, cell = ((byte & 0x7F) - 0x21 for byte in pair)
    trail = cell + 0x9F if row % 2 else cell + 0x40 + (cell >= 0x3F)
    return bytes((row // 2 + (0x81 if row < 62 else 0xC1), trail)).decode("cp932", "replace")


codecs.register_error("scanner.repair", _repair)
