"""The range of the shop as values: product types, colours, patterns; names and shares as published for H&M."""

from typing import NamedTuple


class ProductType(NamedTuple):
    """A product type: its number and group, usual price (in hundredths) and the season it sells in."""

    number: int
    group: str
    cents: int
    season: str


UPPER, LOWER, FULL = "Garment Upper body", "Garment Lower body", "Garment Full body"
_TYPES = f"""
Trousers|272|{LOWER}|2499|year
Dress|265|{FULL}|2499|summer
Sweater|252|{UPPER}|2299|winter
T-shirt|255|{UPPER}|999|warm
Top|254|{UPPER}|1299|year
Blouse|258|{UPPER}|1999|year
Jacket|262|{UPPER}|3499|autumn
Shorts|274|{LOWER}|1499|summer
Shirt|259|{UPPER}|1999|year
Vest top|253|{UPPER}|799|warm
Underwear bottom|286|Underwear|999|year
Skirt|275|{LOWER}|1799|warm
Hoodie|308|{UPPER}|1999|autumn
Bra|306|Underwear|1499|year
Socks|302|Socks & Tights|499|autumn
Leggings/Tights|273|{LOWER}|1299|year
Sneakers|94|Shoes|2999|year
Cardigan|245|{UPPER}|2299|autumn
Hat/beanie|69|Accessories|799|winter
Garment Set|270|{FULL}|1499|year
Coat|263|{UPPER}|4999|winter
Blazer|264|{UPPER}|3499|autumn
Polo shirt|257|{UPPER}|1499|warm
Bodysuit|256|{UPPER}|1299|year
Jumpsuit/Playsuit|267|{FULL}|2499|summer
Pyjama set|297|Nightwear|1999|winter
Night gown|295|Nightwear|1499|year
Pyjama jumpsuit/playsuit|295|Nightwear|1499|winter
Underwear Tights|304|Socks & Tights|899|winter
Swimsuit|57|Swimwear|2499|beach
Bikini top|298|Swimwear|1499|beach
Swimwear bottom|59|Swimwear|1199|beach
Earring|70|Accessories|599|year
Necklace|77|Accessories|799|year
Ring|78|Accessories|599|year
Belt|67|Accessories|999|year
Bag|66|Accessories|1999|year
Scarf|71|Accessories|1299|winter
Gloves|74|Accessories|999|winter
Sunglasses|81|Accessories|999|beach
Hair/alice band|75|Accessories|499|year
Cap/peaked|72|Accessories|999|warm
Boots|88|Shoes|4999|winter
Sandals|91|Shoes|1999|beach
Ballerinas|87|Shoes|1999|warm
Pumps|89|Shoes|2999|year
Bib|68|Accessories|599|year
Soft Toys|512|Items|999|year
Dungarees|266|{FULL}|1999|warm
Outdoor Waistcoat|261|{UPPER}|3499|autumn
"""

PRODUCT_TYPES = {
    name: ProductType(int(number), group, int(cents), season)
    for name, number, group, cents, season in (line.split("|") for line in _TYPES.strip().splitlines())
}

GARMENT_GROUPS = {
    "Unknown": 1001,
    "Jersey Basic": 1002,
    "Knitwear": 1003,
    "Jersey Fancy": 1005,
    "Woven/Jersey/Knitted mix Baby": 1006,
    "Outdoor": 1007,
    "Dressed": 1008,
    "Trousers": 1009,
    "Blouses": 1010,
    "Shirts": 1011,
    "Skirts": 1012,
    "Dresses Ladies": 1013,
    "Dresses/Skirts girls": 1014,
    "Trousers Denim": 1016,
    "Under-, Nightwear": 1017,
    "Swimwear": 1018,
    "Accessories": 1019,
    "Shoes": 1020,
    "Socks and Tights": 1021,
    "Special Offers": 1023,
    "Shorts": 1025,
}

INDEX_GROUPS = {"Ladieswear": 1, "Divided": 2, "Menswear": 3, "Baby/Children": 4, "Sport": 26}

INDEXES = {
    "A": ("Ladieswear", "Ladieswear"),
    "B": ("Lingeries/Tights", "Ladieswear"),
    "C": ("Ladies Accessories", "Ladieswear"),
    "D": ("Divided", "Divided"),
    "F": ("Menswear", "Menswear"),
    "G": ("Baby Sizes 50-98", "Baby/Children"),
    "H": ("Children Sizes 92-140", "Baby/Children"),
    "I": ("Children Sizes 134-170", "Baby/Children"),
    "J": ("Children Accessories, Swimwear", "Baby/Children"),
    "S": ("Sport", "Sport"),
}

# Share of articles in 1/10,000, and the two perceived columns.
_COLOURS = """
09|Black|2148|4|Dark|5|Black
73|Dark Blue|1153|4|Dark|2|Blue
10|White|904|3|Light|9|White
51|Light Pink|551|1|Dusty Light|4|Pink
07|Grey|425|2|Medium Dusty|12|Grey
12|Light Beige|318|1|Dusty Light|11|Beige
72|Blue|313|2|Medium Dusty|2|Blue
42|Red|290|5|Bright|18|Red
71|Light Blue|285|1|Dusty Light|2|Blue
19|Greenish Khaki|262|2|Medium Dusty|20|Khaki green
08|Dark Grey|259|4|Dark|12|Grey
11|Off White|258|3|Light|9|White
13|Beige|257|2|Medium Dusty|11|Beige
43|Dark Red|222|4|Dark|18|Red
93|Dark Green|200|4|Dark|19|Green
06|Light Grey|199|1|Dusty Light|12|Grey
52|Pink|196|2|Medium Dusty|4|Pink
22|Yellow|156|5|Bright|8|Yellow
31|Light Orange|144|1|Dusty Light|3|Orange
17|Yellowish Brown|139|2|Medium Dusty|13|Brown
14|Dark Beige|130|6|Medium|11|Beige
33|Dark Orange|110|5|Bright|3|Orange
53|Dark Pink|105|5|Bright|4|Pink
92|Green|105|2|Medium Dusty|19|Green
05|Gold|100|6|Medium|15|Metal
61|Light Purple|90|1|Dusty Light|7|Lilac Purple
32|Orange|85|5|Bright|3|Orange
91|Light Green|80|1|Dusty Light|19|Green
83|Dark Turquoise|60|4|Dark|14|Turquoise
03|Silver|60|6|Medium|15|Metal
82|Turquoise|45|2|Medium Dusty|14|Turquoise
63|Dark Purple|40|4|Dark|7|Lilac Purple
21|Light Yellow|90|1|Dusty Light|8|Yellow
23|Dark Yellow|60|5|Bright|8|Yellow
01|Mole|40|2|Medium Dusty|1|Mole
-1|Unknown|5|-1|Unknown|-1|Unknown
"""

COLOURS = [line.split("|") for line in _COLOURS.strip().splitlines()]

# Number, name, share of articles in 1/10,000.
PATTERNS = [
    (1010016, "Solid", 4714),
    (1010001, "All over pattern", 1626),
    (1010010, "Melange", 563),
    (1010017, "Stripe", 473),
    (1010023, "Denim", 459),
    (1010008, "Front print", 305),
    (1010014, "Placement print", 294),
    (1010004, "Check", 206),
    (1010005, "Colour blocking", 173),
    (1010021, "Lace", 143),
    (1010026, "Other structure", 142),
    (1010002, "Application/3D", 127),
    (1010007, "Embroidery", 110),
    (1010011, "Mixed solid/pattern", 107),
    (1010022, "Glittering/Metallic", 91),
    (1010009, "Jacquard", 79),
    (1010015, "Sequin", 76),
    (1010006, "Dot", 65),
    (1010020, "Treatment", 56),
    (1010018, "Other pattern", 49),
    (-1, "Unknown", 5),
]
