"""Word lists of a small world, so that training and what it makes can be tried without the data they need."""

import gzip
from pathlib import Path
from typing import Final

__all__ = ["FILES", "written"]

FILES: Final = {
    "first_names.txt.gz": "maria\njohn\naisha\nrose\nmillion\n",
    "last_names.txt.gz": "gonzalez\nsmith\nokafor\nrose\n",
    "common_words.txt.gz": "rose\nthe\npatient\nmetformin\n",
    "us_cities_by_state.tsv.gz": "name\tstate\tpopulation\nTulsa\tOK\t400000\nSilver Lake\tKS\t1300\n",
    "us_counties.tsv.gz": "name\tstate\tfips\nTulsa County\tOK\t40143\n",
    "us_states.tsv": "code\tname\tfips\nOK\tOklahoma\t40\nKS\tKansas\t20\n",
    "countries.txt": "France\n",
    "street_suffixes.tsv": "variant\tstandard\tlong\nST\tST\tSTREET\n",
}
"""The files of the folder `names`, as the data has them."""


def written(folder: Path, /) -> Path:
    """Writes the lists into a new folder `names` inside of `folder` and returns it; raises OSError."""
    names = folder / "names"
    names.mkdir()
    for name, text in FILES.items():
        data = text.encode()
        (names / name).write_bytes(gzip.compress(data, mtime=0) if name.endswith("gz") else data)
    return names
