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
KANA = re.compile("[ぁ-んァ-ヴ]")
"""What hardly any other language writes, so that a line with it has four votes."""
DESIGNATOR = re.compile(rb"\x1b(?:\$[@B]|\$\([@BDOPQ]|\(I)")
"""What only ISO-2022-JP holds; ``ESC ( B`` alone is also written by terminals."""
VENDOR = {"euc": re.compile(rb"[\xad\xf9-\xfc][\xa1-\xfe]"), "iso": re.compile(rb"[\x2d\x79-\x7c][\x21-\x7e]")}
"""Rows 13 and 89 to 92 of JIS X 0208, where Windows has ① and 髙 and the standard has nothing."""


# --- what a reading costs ---------------------------------------------------------------------------------------------

KANJI = (
    "変更県市町合定数場用使関大指出行山文返名区字値田以郡前書川京上新中下島東都北設実作成岡式示表一明要呼参照力対目時"
    "野報知福説引能通長西同動間部本府最列南入小可分海愛高後在性意的現情番城有道号方生全内取原換準宮外連信込必効崎形記"
    "三送例構常存日体加会井終潟津別切木属無正見理読富松初千利義限失含置付阪保神社賀空敗和語告石子注屋項持造丁庫降標古"
    "葉株点奈兵結機所応手検功際制続果他静得央代解浜位沢単了起岐谷戸開除広良配多特化次阜佐元村法八先自端期玉割条者度装"
    "適岩末発当重各認御尾森追述接受平渡豊口処白規状様向再拠江求美青集埼茨熊鹿基型不水格操整二複吉完域証境地態立納秋寺"
    "張削台馬安異根非橋視久味止許節素伊始言登宿河回組頭与進便丸待環相金横十鳥件索詳決階越問共坂種浦査領拡録国提歌直細"
    "確沼供瀬計倉児囲群等港須容栃算個第権宇扱調由秒縮徳学里刻路答何移修滋範順警破選々泉媛圧両来香門違転郷幡役業停識人"
    "仙似丘幌五釈清択波天補依私載未側四塚今羽赤展真放池浮州局優身若影米土黒版九事阿消互之札符足比那訳残負固達丹般少改"
    "任月斎題響稲服価致近断樋略左太男経梨藤沖夫船旭壊介過予戻省輔考象箱也館院右印哉支精工樹飯志郵栄翔園仮七蓮花暗縄既"
    "悠面甲塩咲覧類鶴管莉春植深菜年量著住輝総反光健気畑速林翼隔桜敷凛茂矢士満颯留殊宣湊探草掲竹杏世柳延紗務栗簡親萌線"
    "替帰彩王六緑判瞳朝公庄遥布復層独楓辺備伸茜遅伏幅電渚係武去亜幸想奥色沙専画喜織論柏継強裕舞勝倍祐永命治板佑遠増万"
    "斗括従否牧隼歴逆魚聡堀避並滝誠推絶段亮棄雲楽試慎伯姫飾俊店短尻余淳穂湯座潤約亀編毎敦岸室挙徹製物蒲守慧品蔵角凌況"
    "早堺鍵諒埋較乗淑防振洲枝雅勢輪弧礼超挿巻低怜話桁垣玲演詰摩荒瑛統率半朔校仕序片柊監渋居洋陽伝桑築浩砂流済隆芝助宝"
    "厚孝協到音敏閉杉堂普秀梅界走哲篠翻筑科康奨仁駅宏笠牟拒因剛望軽黙勇履銀病飛冬廃辞家希産紀繰図夢益陸曽悟落荘着団豪"
    "砺費友聞双毛周乱党駒芸昭争積称主牛督曲系風球網吹麻険患承老仲症訪掛唐差料源令打給擬呂寄純額糸葛商請滑刈荷犬契脇巨"
    "押締浅導峰磯捺護袋密申員好離弥勤弘垂雄採恵興収呉退乙寿芦職温署諏砲賞槻養頼罰析減磐心旅珠偽酒券杵術豆虎籍妻女淀扶"
    "評吾帯博偶具紫瑞母測及萩思兄枚善釧弟竜英俣隠姉盛菊極妹鳴抑折刷祖宛景医孫緒葵殿函誕交議将齢庭父智税障混獲射害諸揖"
    "但百犯斐磨働罪苫捨疑戦派添妙綾労鈴栖晴巣卒柴研厳童映鴨寒届徒邑艦師諭曜辿則禁授粟湖概績庁弦猪濃緊舎咋龍急狭貝錦狩"
    "携鷹観紋課診穴芳典預泊菅絡貯途婁企慮債易臼陀担農背誤氷貸茶跡窪借洞競薬坪息彦郎資賃柄條究釜控串療欠徴質捕笹揃雇副"
    "夕教礎駿免宗夏漏財彼損洩憶史模房責熱衣舟委梁茅突政託司払習髙盤霞我秘﨑灘然尼濵迫覇難浪邊誰汎昔邉謝献週君齋辻虻鏡"
    "齊柿棚歳賜澤程念桃廣裏貫鳳鎌國建浄渕眞廿雑秦潮嶋技紙星栁諫油撃聖桒箕舘堤焼衛杯悪附像捉碧坊寝又円伴汐苗均針蘇糠麹"
    "檜羅唯宕勧珂菱燕騨雨琴桂嘉章猿軒運耶旧危車該隅候桐抜慣売施宍秩抽棟営薩峨頻楠蘭唄嵯烏筋斜願器街壱鬼描為験衝占鉄食"
)
"""Frequent kanji, roughly by falling frequency: counted over manuals and postal addresses, those of names added."""

RANGES: tuple[tuple[int, float], ...] = (
    (0x0000, 24), (0x0009, 5), (0x000E, 24), (0x001B, 8), (0x001C, 24), (0x0020, 5), (0x007F, 24), (0x0080, 12),
    (0x00A0, 9), (0x00C0, 7), (0x0100, 10), (0x0250, 14), (0x0370, 11), (0x0400, 10), (0x0530, 13), (0x2000, 10),
    (0x2070, 13), (0x2190, 11), (0x2500, 10), (0x25A0, 11), (0x2700, 14), (0x2E80, 20), (0x3000, 6.5), (0x3020, 14),
    (0x3041, 5.5), (0x3094, 12), (0x30A1, 7.5), (0x30F7, 12), (0x30FB, 7), (0x30FD, 13), (0x3220, 14), (0x3400, 22),
    (0x4E00, 18.5), (0xA000, 22), (0xAC00, 12.5), (0xD7A4, 24), (0xE000, 20), (0xF900, 16), (0xFB00, 22),
    (0xFF01, 8.5), (0xFF5F, 22), (0xFF61, 9), (0xFF66, 7), (0xFF70, 5), (0xFF80, 6.3), (0xFF9E, 4.5), (0xFFA0, 22),
    (0xFFE0, 10), (0xFFE7, 22), (0xFFFD, 25), (0xFFFE, 40), (0x10000, 20), (0x1F300, 14), (0x1FB00, 20),
    (0x30000, 40),
)  # fmt: skip
"""The first character of a range and the bits that each character in it costs."""
RARE, LEVEL_1, DAMAGE = 18.5, 16.5, 25.0
"""Bits of a kanji outside `KANJI`, of one that at least is of JIS level 1, and of a byte that does not decode."""

SEAMS = tuple(
    (re.compile(pattern, re.DOTALL), bits)
    for pattern, bits in (
        ("\\A[^｡-ﾟ]*[｡-ﾟ]", 9.0),
        ("[｡-ﾟ](?<![｡-ﾟ].)", 1.5),
        ("[｡-ﾟ](?<=[A-Za-z].)", 2.5),
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
    votes: Counter[Encoding] = Counter()
    for line in lines[:-1]:
        if not line.isascii():
            vote = _cheapest(line, True)
            votes[vote] += 4 if KANA.search(leniently(vote, line, True)) else 1
    if votes and votes[LATIN] * 3 <= votes.total():
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
    except UnicodeError:  # what is pending and does not fit raises no UnicodeDecodeError
        return None


def repaired(codec: str, data: bytes, final: bool) -> tuple[str, int]:
    """As `strictly`, with one U+FFFD for each bad byte."""
    decoder = codecs.getincrementaldecoder(codec)("scanner.repair")
    try:
        text = decoder.decode(data, final)
    except UnicodeError:  # an escape that never ends: more of it is pending than the decoder can hold
        return data.decode(codec, "scanner.repair"), len(data)
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
