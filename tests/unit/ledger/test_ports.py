from asepsis.ledger.disk import OsDisk
from asepsis.ledger.ports import Disk


def test_a_disk_can_be_put_in_anothers_place(disk):
    ports: list[Disk] = [OsDisk(), disk]
    names = [name for name in vars(Disk) if not name.startswith("_")]
    assert len(names) == 8
    assert all(callable(getattr(port, name)) for port in ports for name in names)
