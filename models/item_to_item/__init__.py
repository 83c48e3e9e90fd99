"""Item to item: what to show instead of an article (substitutes) and what goes with it (complements)."""

from models.item_to_item.complements import Complements
from models.item_to_item.substitutes import Substitutes
from models.item_to_item.tables import KEEP, around

__all__ = ["KEEP", "Complements", "Substitutes", "around"]
