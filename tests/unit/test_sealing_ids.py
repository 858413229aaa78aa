"""Ids that come out of many tokens at once are the very ids that went in."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from dauchan.kernel.sealing import person_of, seal_all, unseal_all


@given(st.uuids(), st.binary(min_size=16, max_size=16))
def test_sixteen_bytes_are_the_same_person_however_they_are_read(person: UUID, key: bytes) -> None:
    read = person_of(person.bytes)
    assert (read, hash(read), str(read), repr(read), read.is_safe) == (
        person,
        hash(person),
        str(person),
        repr(person),
        UUID(bytes=person.bytes).is_safe,
    )
    assert unseal_all(key, seal_all(key, [person, person])) == [person, person]
