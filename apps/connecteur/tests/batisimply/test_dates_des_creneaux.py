"""When a slot was changed, as BatiSimply says it."""

import json
from datetime import UTC, datetime, timedelta

from connecteur.batisimply.creneaux import TrancheRecue


def test_the_date_of_a_change_is_told_by_our_clock_where_there_is_one() -> None:
    """No slot is unreadable for a date that is none, and none changes because its date does."""
    dits = ["2025-06-24T08:00:00Z", "2025-06-24T10:00:00.25+02:00", "2025-06-24T08:00:00", "hier", 1750752000, None]
    slots = [
        {"id": n, "startDate": "2025-06-24T06:00:00Z", "managementStatus": "VALIDATED", "lastModifiedDate": dit}
        for n, dit in enumerate(dits)
    ]
    del slots[-1]["lastModifiedDate"]
    corps = json.dumps([*slots, {**slots[0], "lastModifiedDate": dits[1]}]).encode()
    lecture = TrancheRecue([corps], ecart_horloge_s=-90.0).lit()
    assert lecture.illisibles == []
    huit = datetime(2025, 6, 24, 7, 58, 30, tzinfo=UTC)
    assert [c.modifie_le for c in lecture.creneaux] == [huit, huit + timedelta(milliseconds=250), *[None] * 4]
    assert lecture.datee
    # A clock that nobody has measured tells nothing.
    sans = TrancheRecue([corps]).lit()
    assert ({c.modifie_le for c in sans.creneaux}, sans.datee) == ({None}, False)
