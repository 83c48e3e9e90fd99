"""Every number of the look-alike's behaviour, in one place, calibrated to the published facts of the H&M log.

`VERSION` is part of every print and of LOOKALIKE.json: two logs of one version, scale and seed are the same bytes.
"""

from datetime import date
from math import log

from warehouse.lookalike.scales import FULL_ARTICLES

VERSION = "2"
FIRST_DAY, LAST_DAY = date(2018, 9, 20), date(2020, 9, 22)
DAYS = (LAST_DAY - FIRST_DAY).days + 1
WEEKS = (DAYS + 6) // 7

# -- customers ---------------------------------------------------------------------------------------------------------
NEVER_BOUGHT = 70  # per 10,000
SHOPPING_DAYS = {0: 1, 28: 1, 50: 3, 75: 8, 90: 17, 95: 25, 99: 48, 99.9: 84, 100: 165}  # a few fall on one day and merge
BASKET_ROWS = {0: 1, 36: 1, 50: 2, 75: 4, 90: 8, 95: 9.5, 99: 16.5, 99.9: 28, 100: 62}
BASKET_TREND = (1150, 850)  # baskets shrink over the two years: per 1,000 on the first and the last day
OWN_BASKET_SIZE = 6000  # per 10,000 baskets follow the customer's own habit of size
AGE_BY_5_YEARS = {15: 540, 20: 2359, 25: 2011, 30: 1074, 35: 513, 40: 566, 45: 828, 50: 982, 55: 596, 60: 287,
                  65: 138, 70: 74, 75: 23, 80: 7, 85: 2}  # fmt: skip
AGE_MISSING = 47

# -- days --------------------------------------------------------------------------------------------------------------
MONTH_SHARE = {
    "2018-09": 1968, "2018-10": 4144, "2018-11": 3531, "2018-12": 3556, "2019-01": 3822, "2019-02": 3206, "2019-03": 4087,
    "2019-04": 4640, "2019-05": 5331, "2019-06": 5439, "2019-07": 5663, "2019-08": 4453, "2019-09": 3664, "2019-10": 3781,
    "2019-11": 3433, "2019-12": 3329, "2020-01": 3698, "2020-02": 3171, "2020-03": 3383, "2020-04": 4125, "2020-05": 4731,
    "2020-06": 5300, "2020-07": 5019, "2020-08": 3957, "2020-09": 2571,
}  # fmt: skip
WEEKDAY_SHARE = (1336, 1228, 1547, 1548, 1480, 1505, 1356)  # Monday first
LAST_WEEK = 920  # per 1,000 of the other days of its month
SOON_AGAIN = 850  # per 10,000 visits come soon after the one before, the rest by season
SOON_GAP_DAYS = {0: 1, 5: 1, 15: 2, 35: 4, 50: 7, 75: 14, 90: 24, 100: 45}
WHOLE_SPAN, FROM_THEN_ON = 7000, 1500  # per 10,000 customers shop: in the whole span, from some day on; the rest in a window
SHORTEST_WINDOW_DAYS = 120
DAYS_PER_VISIT = 7  # at least, so that nobody crams a heavy shopper's visits into a short window

# -- the range ---------------------------------------------------------------------------------------------------------
BEST_SELLER = 994  # per 1,000 products: none is more popular than the one at that place
ARTICLES_PER_PRODUCT = {0: 1, 56: 1, 75: 2, 90: 4, 95: 6, 99: 14, 99.9: 29, 100: 75}
STYLES = {"Ladieswear": 18, "Divided": 12, "Menswear": 6, "Baby/Children": 6, "Sport": 4}  # of the full range
STYLE_BY_AGE = 4700  # per 10,000 choices of a style
SALES_BY_INDEX_GROUP = {"Ladieswear": 6400, "Divided": 2250, "Menswear": 550, "Baby/Children": 370, "Sport": 430}
# Demand by index group (in the order above) at an age of 15-24, 25-34, 35-44, 45-54 and later, per 1,000 of the average.
SALES_TILT_BY_AGE = (
    (500, 2300, 900, 100, 900),
    (850, 1400, 1000, 600, 1200),
    (1050, 600, 1200, 3200, 1300),
    (1250, 500, 1000, 1400, 1000),
    (1450, 350, 900, 500, 700),
)
SALES_BY_PRODUCT_GROUP = {  # per 1,000: sales for an article of the group against the average article
    "Garment Upper body": 1150, "Garment Lower body": 1250, "Garment Full body": 750, "Underwear": 1400, "Accessories": 500,
    "Socks & Tights": 1050, "Shoes": 400, "Swimwear": 1500, "Nightwear": 750, "Items": 300,
}  # fmt: skip
MONTHLY_DEMAND = {  # per 1,000, January first
    "year": (1000,) * 12,
    "winter": (1200, 800, 500, 300, 200, 150, 150, 400, 1000, 1600, 1800, 1800),
    "autumn": (900, 700, 700, 600, 500, 400, 400, 900, 1500, 1600, 1400, 1100),
    "warm": (700, 700, 900, 1100, 1400, 1500, 1400, 1100, 800, 700, 700, 700),
    "summer": (400, 450, 700, 1100, 1700, 1900, 1700, 1100, 600, 400, 400, 500),
    "beach": (250, 300, 450, 800, 1600, 2200, 2000, 900, 250, 150, 150, 250),
}
# Weeks of ramp, at the top, in which sales then halve; share of products per 10,000; weeks of launches before day 0.
LIVES = {
    "flash": (1, 2, 3.0, 2500, 12),
    "fashion": (2, 4, 5.5, 4400, 26),
    "season": (3, 7, 7.0, 2100, 40),
    "basic": (5, 50, 25.0, 1000, 80),
}
WITHDRAWN_BELOW = 100  # per 1,000 of its best: then the article leaves the shop
MOST_OF_A_STYLE = 75  # per 1,000 of what a style sells in a week: no article sells more
TREND_STEPS_PER_OCTAVE = 3  # an article's demand wanders; so many steps double it
TREND_MOVES = 5000  # per 10,000 weeks, up or down
WEEKS_OWN = 18  # spread of what each week adds of its own (100 x sigma of the logarithm): a campaign, a stock that runs out

# -- what goes into a basket (per 10,000 lines) ------------------------------------------------------------------------
SAME_AGAIN = 1330  # of the further lines of a basket: another piece of a line before (a second size, a pair of them)
OTHER_COLOUR = 2600  # ... the product of a line before in another colour
MATCHING = 800  # ... an article that goes with a line before
# A visit comes for an article of before (another size, one more), the likelier the sooner: days, per 10,000 visits.
AGAIN_BY_GAP_DAYS = ((7, 3200), (14, 1250), (30, 550), (90, 500), (10_000, 500))
AGAIN = (30, 6500)  # lines that repeat an own article: in other visits, in such visits
OWN_OTHER_COLOUR = 950
OWN_MATCHING = 200
VISIT_STYLE = 600  # lines that follow the style the visit started with
ANY_STYLE = 200  # lines of any style that customers of the age buy
TASTE_TRIALS = 3  # articles looked at for one bought by taste
TASTE_NOISE = 26
OWNED_APPEAL = -300  # of articles of a product that is owned already
DRIFT = 800  # per 10,000 visits the customer's taste moves
MEMORY = 24  # lines a customer remembers
JUST_BOUGHT = 14  # days since the last visit up to which mostly its lines come to mind, later any of them

# -- prices ------------------------------------------------------------------------------------------------------------
UNIT = 59_000  # hundredths that make 1.0 of the published scaled price
MARKDOWN = ((600, 1000), (350, 850), (200, 700), (0, 450))  # life at or above (per 1,000): price per 1,000
SALE_MARKDOWN = ((900, 850), (600, 650), (300, 500), (0, 400))  # the same in the weeks of a sale
SALE_WEEKS = (52, 1, 2, 3, 25, 26, 27, 28)  # of the year
PRICES_RISE = (880, 1060)  # per 1,000: what was there before the first day, what comes at the end
MEMBER_OFFER = 1350  # per 10,000 visits
DEEPEST_OFFER = 70  # steps of 5 per 1,000; the deeper the rarer


def styles(full: int, articles: int) -> int:
    """Number of styles in a range of that size, of `full` in the full one."""
    return max(2, round(full * (articles / FULL_ARTICLES) ** 0.25))


def popularity_sigma(articles: int) -> int:
    """Spread of the articles' popularity (100 x sigma of its logarithm): a small range is less concentrated."""
    share = log(max(articles, 300) / 8000) / log(FULL_ARTICLES / 8000)
    return max(10, round(-89 + 238 * share))
