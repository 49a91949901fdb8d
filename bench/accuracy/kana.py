"""Latin and Devanagari letters to katakana, as a clerk would write a foreign name. Not a transliteration standard."""

import re
import unicodedata

_ROWS = {
    "": "ア イ ウ エ オ ",
    "k": "カ キ ク ケ コ ク",
    "g": "ガ ギ グ ゲ ゴ グ",
    "s": "サ シ ス セ ソ ス",
    "sh": "シャ シ シュ シェ ショ シュ",
    "z": "ザ ジ ズ ゼ ゾ ズ",
    "j": "ジャ ジ ジュ ジェ ジョ ジ",
    "t": "タ ティ トゥ テ ト ト",
    "ch": "チャ チ チュ チェ チョ チ",
    "d": "ダ ディ ドゥ デ ド ド",
    "n": "ナ ニ ヌ ネ ノ ン",
    "ny": "ニャ ニ ニュ ニェ ニョ ニ",
    "h": "ハ ヒ フ ヘ ホ ",
    "f": "ファ フィ フ フェ フォ フ",
    "p": "パ ピ プ ペ ポ プ",
    "b": "バ ビ ブ ベ ボ ブ",
    "m": "マ ミ ム メ モ ム",
    "y": "ヤ イ ユ イェ ヨ イ",
    "r": "ラ リ ル レ ロ ル",
    "v": "ヴァ ヴィ ヴ ヴェ ヴォ ヴ",
    "w": "ワ ウィ ウ ウェ ウォ ウ",
    "ng": "ンガ ンギ ング ンゲ ンゴ ン",
    "ky": "キャ キ キュ キェ キョ キ",
    "by": "ビャ ビ ビュ ビェ ビョ ビ",
    "my": "ミャ ミ ミュ ミェ ミョ ミ",
    "py": "ピャ ピ ピュ ピェ ピョ ピ",
    "ly": "リャ リ リュ リェ リョ リ",
    "ts": "ツァ ツィ ツ ツェ ツォ ツ",
    "hy": "ヒャ ヒ ヒュ ヒェ ヒョ ヒ",
}
"""With a, i, u, e, o, and with no vowel."""
_SPELLED = dict(
    part.split("=")
    for part in [
        "kh=k",
        "gh=g",
        "bh=b",
        "dh=d",
        "th=t",
        "ph=p",
        "jh=j",
        "l=r",
        "ll=r",
        "c=k",
        "q=k",
        "x=s",
        "hl=r",
        "ht=t",
        "hn=n",
        "gy=j",
        "ck=k",
        "tt=t",
        "ss=s",
        "nn=n",
        "mm=m",
        "rr=r",
    ]
)
_SYLLABLE = re.compile(
    r"(ng(?![aiueo])|[kbmplhn]y(?=[aiueo])|[kgbdtpjsc]h|ts|h[ltn]|gy|ck|ll|tt|ss|nn|mm|rr|[bcdfghjklmnpqrstvwxyz])?"
    r"(aa|ii|uu|ee|oo|[aiueo])?"
)
_LONG = {"aa": "aー", "ii": "iー", "uu": "uー", "ee": "iー", "oo": "uー"}


def in_katakana(words: str) -> str:
    """The words in katakana, divided as they are."""
    bare = unicodedata.normalize("NFD", words.lower())
    return " ".join(_word("".join(char for char in word if "a" <= char <= "z")) for word in bare.split())


def _word(word: str) -> str:
    out = ""
    for syllable in _SYLLABLE.finditer(word):
        head, vowel = syllable[1] or "", syllable[2] or ""
        if not head and not vowel:
            continue
        row = _ROWS[_SPELLED.get(head, head)].split(" ")
        vowel, length = _LONG.get(vowel, vowel)[:1], "ー" if vowel in _LONG else ""
        out += (row["aiueo".index(vowel)] if vowel else row[5]) + length
    return re.sub(r"ム(?=[パ-ポバ-ボ])", "ン", out) or "ア"


_CONSONANTS = dict(
    zip(
        "कखगघङचछजझञटठडढणतथदधनपफबभमयरलवशषसह",
        [
            "k",
            "kh",
            "g",
            "gh",
            "ng",
            "ch",
            "chh",
            "j",
            "jh",
            "n",
            "t",
            "th",
            "d",
            "dh",
            "n",
            "t",
            "th",
            "d",
            "dh",
            "n",
            "p",
            "ph",
            "b",
            "bh",
            "m",
            "y",
            "r",
            "l",
            "w",
            "sh",
            "sh",
            "s",
            "h",
        ],
        strict=True,
    )
)
_VOWELS = dict(zip("अआइईउऊएऐओऔऋ", ["a", "a", "i", "i", "u", "u", "e", "ai", "o", "au", "ri"], strict=True))
_SIGNS = dict(zip("ािीुूेैोौृ", ["a", "i", "i", "u", "u", "e", "ai", "o", "au", "ri"], strict=True))


def from_devanagari(word: str) -> str:
    """A Nepali name in Latin letters as in a passport: the silent a at the end is not written."""
    out = ""
    for char in word:
        if char in _CONSONANTS:
            out += _CONSONANTS[char] + "a"
        elif char in _SIGNS:
            out = out.removesuffix("a") + _SIGNS[char]
        elif char == "्":
            out = out.removesuffix("a")
        else:
            out += _VOWELS.get(char, "n" if char == "ं" else "")
    return re.sub(r"(?<=[aiueo][^aiueo\W])a$", "", out).capitalize()
