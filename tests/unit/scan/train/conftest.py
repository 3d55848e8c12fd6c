"""A small world of word lists, so that training can be tested without the shared data."""

import gzip

import pytest

from asepsis.scan.train.world import World

FILES = {
    "first_names.txt.gz": "maria\njohn\naisha\nrose\n",
    "last_names.txt.gz": "gonzalez\nsmith\nokafor\nrose\n",
    "common_words.txt.gz": "rose\nthe\npatient\nmetformin\n",
    "us_cities_by_state.tsv.gz": "name\tstate\tpopulation\nTulsa\tOK\t400000\nSilver Lake\tKS\t1300\n",
    "us_counties.tsv.gz": "name\tstate\tfips\nTulsa County\tOK\t40143\n",
    "us_states.tsv": "code\tname\tfips\nOK\tOklahoma\t40\nKS\tKansas\t20\n",
    "countries.txt": "France\n",
    "street_suffixes.tsv": "variant\tstandard\tlong\nST\tST\tSTREET\n",
}


@pytest.fixture(scope="session")
def names(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data") / "names"
    folder.mkdir()
    for name, text in FILES.items():
        data = text.encode()
        (folder / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    return folder


@pytest.fixture(scope="session")
def world(names):
    return World.read(names)
