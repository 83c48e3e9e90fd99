"""What `make demo` does before the chain: a synthetic log where no other is named, and room for the one that is."""

import shutil
from pathlib import Path

from hm.progress import Progress
from infra.settings import Settings
from warehouse import landings
from warehouse.hive.catalogue import Catalogue
from warehouse.lookalike import VERSION, generate
from warehouse.lookalike.files import read_marker

SCALE, SEED = "small", 20200922
TRAIN_WEEKS = 4
"""Label weeks to learn from on the synthetic log, whose figures say nothing: half the weeks cost half the time."""


def synthetic_log(settings: Settings, progress: Progress) -> Path:
    """Folder of the demo's synthetic log, generated where there is none of this version."""
    folder = settings.root.parent / "lookalike" / SCALE
    if (read_marker(folder) or {}).get("version") == VERSION:
        progress.skipped("generate", f"the synthetic log in {folder} is there")
        return folder
    make_room(settings, progress)
    with progress.step("generate", f"synthetic look-alike, scale {SCALE}, seed {SEED}"):
        generate(folder, scale=SCALE, seed=SEED, progress=progress.say)
    return folder


def make_room(settings: Settings, progress: Progress) -> None:
    """Clear a warehouse that holds nothing but a synthetic log: everything in it can be generated again."""
    files = landings.landings(Catalogue(settings))
    if not files or not all(file.is_synthetic for file in files):
        return
    progress.say(f"The synthetic log of an earlier demo makes room: {settings.root} is cleared.")
    for entry in settings.root.iterdir():
        if entry != settings.state_dir:
            shutil.rmtree(entry)
    for entry in settings.state_dir.iterdir():
        if entry.suffix != ".lock" and not entry.name.endswith(".holder.json"):
            entry.unlink()
