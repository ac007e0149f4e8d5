"""A sending as it lies in Kafka, read record by record: what cannot be read falls alone and stops nobody.

kafka-python gives up a whole batch for one record it cannot read (a header whose name is no UTF-8; brokers let that
in), and unpacks whatever comes. The client has no setting for either.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from kafka.errors import CorruptRecordError, UnsupportedCodecError
from kafka.record.default_records import DefaultRecord, DefaultRecordBatch
from kafka.record.util import decode_varint
from typing_extensions import override

UNREADABLE = -2
"""In place of a record's kind of time, which on the wire is one bit: nobody can send it."""
RATIO = 8  # times its size a packed batch may have: what is sealed hardly packs at all, 1 MB of zeros packs to 1 kB
_GZIP = 16 + zlib.MAX_WBITS


class LenientBatch(DefaultRecordBatch):  # type: ignore[misc]  # the library has no types
    """A batch of which each record is read or is `UNREADABLE`; one that cannot be unpacked is one such, its last."""

    _pos: int

    @override
    def __iter__(self) -> Iterator[DefaultRecord]:
        try:
            self._check_size()
            super().__iter__()  # unpacks
        except (CorruptRecordError, UnsupportedCodecError, OSError, EOFError, zlib.error):
            yield _unreadable(self.last_offset)
            return
        while self._next_record_index < self._num_records:
            try:
                one = next(self)
            except CorruptRecordError:
                one = self._pass()
            yield one

    def _check_size(self) -> None:
        """Only gzip is known to be bounded here.

        Raises:
            UnsupportedCodecError, CorruptRecordError, zlib.error.
        """
        if self.compression_type not in {self.CODEC_NONE, self.CODEC_GZIP}:
            raise UnsupportedCodecError
        if self.compression_type == self.CODEC_GZIP:
            packed, unpacking = memoryview(self._buffer)[self._pos :], zlib.decompressobj(_GZIP)
            unpacking.decompress(packed, RATIO * len(packed))
            if not unpacking.eof or unpacking.unused_data:
                raise CorruptRecordError

    def _pass(self) -> DefaultRecord:
        """Go behind the next record by its length; one without a length takes along what comes after it."""
        try:
            length, start = decode_varint(self._buffer, self._pos)
            _, at = decode_varint(self._buffer, start)  # attributes
            _, at = decode_varint(self._buffer, at)  # time
            delta, at = decode_varint(self._buffer, at)
        except (ValueError, IndexError):
            length = start = at = delta = 0
        if not start < at <= start + length <= len(self._buffer) or not 0 <= delta <= self.last_offset_delta:
            self._next_record_index = self._num_records
            return _unreadable(self.last_offset)
        self._pos, self._next_record_index = start + length, self._next_record_index + 1
        return _unreadable(self.base_offset + delta)


def _unreadable(position: int) -> DefaultRecord:
    return DefaultRecord(0, position, 0, UNREADABLE, None, None, [])
