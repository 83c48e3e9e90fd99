"""Names and descriptions of products: plain words put together, with the commas, quotes and line breaks real files have."""

import numpy as np

from warehouse.lookalike.draws import Draws


def _words(text: str) -> list[str]:
    return text.replace("\n", "").split(",")


_FIRST = _words("""
Luna,Stella,Nova,Jade,Ivy,Ruby,Tilly,Alba,Bianca,Cora,Daisy,Ella,Freja,Greta,Hanna,Iris,Juno,Kim,Lova,Maja,Nelly,Olga,Paula,
Queen,Rita,Saga,Tove,Ulla,Vera,Wilma,Yara,Zoe,Oslo,Malmo,Rome,Paris,Tokyo,Bonny,Cherry,Dover,Echo,Fable,Ginger,Harper,Indy,
Jolly,Kent,Lemon,Mango,Nemo,Olive,Pepper,Quinn,River,Sienna,Tempo,Urban,Velvet,Willow
""")
_SECOND = _words("""
Slim,Regular,Relaxed,Skinny,Oversized,Cropped,Classic,Soft,Basic,Fancy,Long,Short,Wide,Light,Premium,Ribbed
""")
_NOUN = {
    "Trousers": "Jeans,Trousers,Chino,Joggers",
    "T-shirt": "Tee,T-shirt",
    "Leggings/Tights": "Leggings,Tights",
    "Hat/beanie": "Beanie,Hat",
    "Jumpsuit/Playsuit": "Jumpsuit,Playsuit",
    "Underwear bottom": "Brief,Boxer,Hipster",
    "Hair/alice band": "Hairband,Alice band",
    "Cap/peaked": "Cap",
    "Pyjama jumpsuit/playsuit": "Pyjama suit",
    "Underwear Tights": "Tights 20 den,Tights 40 den",
    "Garment Set": "Set,2-piece set",
    "Dress": "Dress,Midi dress,Shirt dress",
    "Sweater": "Jumper,Sweater,Crewneck",
    "Swimwear bottom": "Brazilian,Bikini bottom",
}
_SUFFIX = ["", "", "", "", "", " (1)", " 2-pack", " 3-pack", " RW", " TVP", " OC", " & Co", ' "R"', ", long", "*"]
_FABRIC = _words("""
soft jersey,cotton twill,a fine knit,woven fabric,washed denim,organic cotton jersey,ribbed jersey,airy chiffon,crêpe,
a rib-knit cotton blend,"waffle" jersey,imitation leather,brushed sweatshirt fabric
""")
_FEATURE = [
    *_words("""
a round neckline,long sleeves,a V-neck,dropped shoulders,an elasticated waist,side pockets,a concealed zip at one side,
adjustable shoulder straps,buttons down the front,a chest pocket,a "mock" fly,ribbing around the neckline and cuffs,
a drawstring hood,a flounced hem,slits in the sides
"""),
    "short, puffed sleeves",
    "5 pockets, one of them hidden",
]
_END = [
    "",
    "",
    "",
    "",
    " Unlined.",
    " Lined.",
    " Regular fit.",
    "\nSlim legs.",
    " Rounded hem.",
    "\nThe lining is recycled.",
]


def product_names(type_names: list[str], kind: np.ndarray, draws: Draws) -> list[str]:
    """A name per product, such as `Luna Slim Jeans`."""
    n = len(kind)
    nouns = [_NOUN.get(name, name).split(",") for name in type_names]
    form, first, second = draws.below(n, 10), draws.below(n, len(_FIRST)), draws.below(n, len(_SECOND))
    noun, suffix = draws.below(n, 12), draws.below(n, len(_SUFFIX))
    names = []
    for row in zip(
        form.tolist(), first.tolist(), second.tolist(), kind.tolist(), noun.tolist(), suffix.tolist(), strict=True
    ):
        f, a, b, k, m, s = row
        word = nouns[k][m % len(nouns[k])]
        front = f"{_FIRST[a]} " if f < 6 else f"{_SECOND[b]} " if f < 9 else f"{_FIRST[a]} {_SECOND[b]} "
        name = front + (word.lower() if f < 6 else word)
        names.append((name.upper() if (a + b) % 11 == 0 else name) + _SUFFIX[s])
    return names


def descriptions(type_names: list[str], kind: np.ndarray, draws: Draws) -> list[str]:
    """A sentence or two per product; a few have none."""
    n = len(kind)
    fabric, end = draws.below(n, len(_FABRIC)), draws.below(n, len(_END))
    one, two, three = (draws.below(n, len(_FEATURE)) for _ in range(3))
    missing = draws.chance(n, 40)
    texts = []
    for k, f, a, b, c, e, gone in zip(*(x.tolist() for x in (kind, fabric, one, two, three, end, missing)), strict=True):
        features = f"{_FEATURE[a]}, {_FEATURE[b]} and {_FEATURE[c]}"
        texts.append("" if gone else f"{type_names[k]} in {_FABRIC[f]} with {features}.{_END[e]}")
    return texts
