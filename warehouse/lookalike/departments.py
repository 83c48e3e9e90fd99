"""Departments by index and section: which product types each sells, and its share of the articles."""

from typing import NamedTuple

from warehouse.lookalike.categories import INDEXES


class Department(NamedTuple):
    """One department of one section; `weight` is its share of the articles in 1/10,000."""

    number: int
    name: str
    index: str
    section_number: int
    section: str
    garment_group: str
    weight: int
    types: tuple[str, ...]

    @property
    def index_group(self) -> str:
        return INDEXES[self.index][1]


# A line "# index|number|section" opens a section; below it: department|garment group|weight|types, the usual type first.
_RANGE = """
# A|15|Womens Everyday Collection
Jersey|Jersey Fancy|190|Top,T-shirt,Sweater,Dress,Vest top
Blouse|Blouses|150|Blouse,Shirt,Top
Dress|Dresses Ladies|160|Dress,Dress,Jumpsuit/Playsuit
Trouser|Trousers|120|Trousers,Trousers,Shorts
Knitwear|Knitwear|110|Sweater,Sweater,Cardigan
Skirt|Skirts|50|Skirt
# A|11|Womens Tailoring
Blazer|Dressed|80|Blazer,Jacket
Suit Trousers|Trousers|80|Trousers
Shirt|Shirts|70|Shirt,Blouse
Tailored Dress|Dresses Ladies|60|Dress
Suit Skirt|Skirts|30|Skirt
# A|6|Womens Casual
Casual Jersey|Jersey Fancy|80|Sweater,Top,Dress,T-shirt
Casual Knitwear|Knitwear|70|Sweater,Cardigan
Casual Trouser|Trousers|60|Trousers,Shorts
Woven top|Blouses|50|Blouse,Shirt
# A|8|Womens Trend
Trend Dress|Dresses Ladies|80|Dress,Jumpsuit/Playsuit
Trend Blouse|Blouses|70|Blouse,Top
Trend Trouser|Trousers|50|Trousers,Skirt
Trend Knitwear|Knitwear|48|Sweater,Top
# A|16|Womens Everyday Basics
Jersey Basic|Jersey Basic|90|T-shirt,Vest top,Top,Leggings/Tights
Knit Basic|Jersey Basic|40|Sweater,Cardigan,Dress
# A|57|Ladies Denim
Denim Trousers|Trousers Denim|80|Trousers
Denim Other|Trousers Denim|60|Jacket,Skirt,Shorts
# A|19|Womens Jackets
Outwear|Outdoor|120|Jacket,Coat,Outdoor Waistcoat
# A|18|H&M+
Plus Jersey|Jersey Fancy|90|Top,T-shirt,Dress
Plus Woven|Blouses|70|Blouse,Shirt,Dress
Plus Trousers|Trousers|60|Trousers,Leggings/Tights
# A|9|Mama
Mama Jersey|Jersey Fancy|110|Top,Dress,Leggings/Tights
Nursing|Under-, Nightwear|60|Bra,Top
Mama Woven|Trousers|44|Trousers,Shirt
# A|2|Womens Premium
Premium Knit|Knitwear|40|Sweater,Cardigan
Premium Dress|Dresses Ladies|40|Dress,Blouse
# A|4|Special Collections
Special Offers|Special Offers|60|T-shirt,Top,Dress
# B|61|Womens Lingerie
Expressive Lingerie|Under-, Nightwear|182|Bra,Underwear bottom,Bodysuit
Casual Lingerie|Under-, Nightwear|90|Underwear bottom,Bra
Functional Lingerie|Under-, Nightwear|69|Bra,Underwear bottom
# B|62|Womens Nightwear, Socks & Tigh
Nightwear|Under-, Nightwear|90|Pyjama set,Night gown
Socks|Socks and Tights|40|Socks
Tights basic|Socks and Tights|40|Underwear Tights,Leggings/Tights
# B|60|Womens Swimwear, beachwear
Swimwear|Swimwear|197|Bikini top,Swimwear bottom,Swimsuit
# C|66|Womens Small accessories
Jewellery|Accessories|110|Earring,Necklace,Ring
Small Accessories|Accessories|110|Belt,Hair/alice band,Sunglasses
Hats & Gloves|Accessories|90|Hat/beanie,Gloves,Cap/peaked
# C|65|Womens Big accessories
Bags|Accessories|90|Bag
Scarves|Accessories|60|Scarf
# C|64|Womens Shoes
Boots & Heels|Shoes|110|Boots,Pumps
Flats|Shoes|90|Sandals,Ballerinas,Sneakers
# D|53|Divided Collection
Tops Fancy Jersey|Jersey Fancy|135|Top,T-shirt,Vest top,Bodysuit
Dresses|Dresses Ladies|128|Dress,Jumpsuit/Playsuit
Tops Knitwear|Knitwear|106|Sweater,Cardigan,Top
Tops Woven|Blouses|90|Blouse,Shirt
Bottoms|Trousers|120|Trousers,Shorts
Skirts|Skirts|56|Skirt
Jacket Street|Outdoor|40|Jacket,Coat
# D|50|Divided Projects
Projects Dresses|Dresses Ladies|80|Dress
Projects Jersey|Jersey Fancy|80|Sweater,Hoodie,T-shirt
Projects Woven Bottoms|Trousers|64|Trousers,Skirt
# D|51|Divided Basics
Basic 1|Jersey Basic|127|T-shirt,Vest top,Leggings/Tights,Sweater
# D|59|Ladies Denim
Divided Denim|Trousers Denim|110|Trousers,Shorts,Skirt,Jacket
# D|52|Divided Accessories
Divided Accessories|Accessories|140|Earring,Bag,Necklace,Belt,Cap/peaked
Divided Shoes|Shoes|80|Sneakers,Boots,Sandals
# D|58|Divided Selected
Divided Swimwear|Swimwear|50|Bikini top,Swimwear bottom
Divided Underwear|Under-, Nightwear|30|Underwear bottom,Bra
# F|26|Men Underwear
Underwear Jersey|Under-, Nightwear|110|Underwear bottom,Socks
Men Nightwear|Under-, Nightwear|50|Pyjama set,T-shirt
Men Socks|Socks and Tights|60|Socks
# F|21|Contemporary Casual
Men Jersey Fancy|Jersey Fancy|120|Sweater,T-shirt,Hoodie,Polo shirt
Men Shirts|Shirts|90|Shirt
Men Trousers|Trousers|70|Trousers,Shorts
# F|55|Contemporary Street
Street Jersey|Jersey Fancy|110|Hoodie,T-shirt,Sweater
Street Bottoms|Trousers|70|Trousers,Shorts
# F|20|Contemporary Smart
Smart Shirt|Shirts|70|Shirt,Polo shirt
Smart Knitwear|Knitwear|70|Sweater,Cardigan
# F|29|Men Suits & Tailoring
Suit|Dressed|90|Blazer,Trousers
# F|28|Denim Men
Denim Men|Trousers Denim|80|Trousers,Jacket,Shorts
# F|24|Mens Outerwear
Men Outerwear|Outdoor|80|Jacket,Coat
# F|27|Men Accessories
Men Accessories|Accessories|60|Cap/peaked,Belt,Scarf,Hat/beanie
Men Shoes|Shoes|40|Sneakers,Boots
# G|44|Baby Essentials & Complements
Baby basics|Woven/Jersey/Knitted mix Baby|109|Bodysuit,Leggings/Tights,Pyjama jumpsuit/playsuit
Newborn|Jersey Basic|180|Garment Set,Bodysuit,Trousers
Baby Accessories|Accessories|130|Hat/beanie,Bib,Soft Toys,Socks
Baby Shoes|Shoes|48|Sneakers,Boots
# G|40|Baby Girl
Baby Girl Jersey Fancy|Jersey Fancy|110|Dress,Garment Set,T-shirt,Leggings/Tights
Baby Girl Woven|Woven/Jersey/Knitted mix Baby|80|Dress,Trousers,Blouse
# G|41|Baby Boy
Baby Boy Jersey Fancy|Jersey Fancy|110|Garment Set,T-shirt,Garment Set,Sweater,Trousers
Baby Boy Woven|Woven/Jersey/Knitted mix Baby|74|Trousers,Shirt,Dungarees
# H|76|Kids Girl
Kids Girl Jersey Fancy|Jersey Fancy|192|Sweater,Top,T-shirt,Leggings/Tights
Kids Girl Dresses|Dresses/Skirts girls|140|Dress,Skirt
Kids Girl Knitwear|Knitwear|60|Sweater,Cardigan
Kids Girl Trouser|Trousers|50|Trousers,Shorts
# H|46|Kids Boy
Kids Boy Jersey Fancy|Jersey Fancy|141|Sweater,T-shirt,Hoodie
Kids Boy Trouser|Trousers|80|Trousers,Shorts
Kids Boy Shirt|Shirts|70|Shirt,Polo shirt
# H|45|Kids Outerwear
Kids Outdoor|Outdoor|200|Jacket,Coat,Trousers
Kids Knit Accessories|Accessories|52|Hat/beanie,Gloves,Scarf
# H|79|Girls Underwear & Basics
Girls Basics|Jersey Basic|180|Leggings/Tights,T-shirt,Vest top
Girls Underwear|Under-, Nightwear|151|Underwear bottom,Pyjama set,Night gown
# I|77|Young Girl
Young Girl Jersey Fancy|Jersey Fancy|178|Sweater,Top,Dress,T-shirt,Vest top,Sweater,Hoodie
Young Girl Dresses|Dresses/Skirts girls|100|Dress,Skirt,Jumpsuit/Playsuit
Young Girl Trouser|Trousers|111|Trousers,Shorts
# I|47|Young Boy
Young Boy Jersey Fancy|Jersey Fancy|130|Sweater,Hoodie,T-shirt
Young Boy Trouser|Trousers Denim|93|Trousers,Shorts
# I|71|Boys Underwear & Basics
Boys Underwear|Under-, Nightwear|110|Underwear bottom,Pyjama set,Socks
Boys Basics|Jersey Basic|83|T-shirt,Trousers
# I|48|Young Outerwear
Young Outdoor|Outdoor|90|Jacket,Coat
# J|43|Kids Accessories, Swimwear & D
Kids Swimwear|Swimwear|110|Swimsuit,Swimwear bottom
Kids Accessories|Accessories|124|Hair/alice band,Cap/peaked,Bag,Sunglasses
# J|42|Kids & Baby Shoes
Kids Shoes|Shoes|203|Sneakers,Boots,Sandals,Ballerinas
# S|5|Ladies H&M Sport
Ladies Sport Bottoms|Jersey Fancy|70|Leggings/Tights,Trousers,Shorts
Ladies Sport Tops|Jersey Fancy|60|Top,Vest top,T-shirt
Ladies Sport Bras|Under-, Nightwear|40|Bra
# S|25|Men H&M Sport
Men Sport Tops|Jersey Fancy|45|T-shirt,Hoodie,Jacket
Men Sport Bottoms|Jersey Fancy|35|Shorts,Trousers
# S|49|Kids Sports
Kids Sport|Jersey Fancy|72|T-shirt,Trousers,Jacket
"""


def _departments() -> list[Department]:
    found: list[Department] = []
    section: tuple[str, int, str] = ("", 0, "")
    for line in _RANGE.strip().splitlines():
        if line.startswith("# "):
            index, number, name = line[2:].split("|")
            section = (index, int(number), name)
            continue
        name, garment_group, weight, types = line.split("|")
        number = 1000 + 37 * len(found)
        found.append(Department(number, name, *section, garment_group, int(weight), tuple(types.split(","))))
    return found


DEPARTMENTS = _departments()
