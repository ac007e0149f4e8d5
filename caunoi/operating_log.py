"""The operator's log: what a process of ours did, as lines on stderr; never a value, an address or a library's text.

A library's message may quote what it was given. Of libraries only warnings are kept: the template if the values come
apart from it, else the place alone. An exception nobody caught is its type and its places. Of a request that came
with a `traceparent` each line has it.
"""

from __future__ import annotations

import logging
import sys
import threading
from types import TracebackType

import structlog
from structlog.stdlib import BoundLogger, ProcessorFormatter
from structlog.typing import EventDict, Processor

from caunoi.settings import Settings
from door.problems import described
from door.tracing import onward

_OURS = {"caunoi", "hub", "node", "door", "projections"}

_SHARED: list[Processor] = [structlog.stdlib.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True)]
structlog.configure(
    processors=[structlog.stdlib.filter_by_level, *_SHARED, ProcessorFormatter.wrap_for_formatter],
    wrapper_class=BoundLogger,
    logger_factory=structlog.stdlib.LoggerFactory(),
)
LOG: BoundLogger = structlog.stdlib.get_logger("caunoi")


def begin(settings: Settings, *, process: str) -> None:
    """Write the log of this process as `CAUNOI_LOG_LEVEL` and `CAUNOI_LOG_FORMAT` say."""

    def named(_logger: object, _method: str, event: EventDict) -> EventDict:
        return {**event, "process": process, **onward()}

    as_json = settings.log_format == "json"
    last = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    steps: list[Processor] = [ProcessorFormatter.remove_processors_meta, named, last]
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_without_values)
    handler.setFormatter(ProcessorFormatter(foreign_pre_chain=_SHARED, processors=steps))
    logging.basicConfig(handlers=[handler], level=settings.log_level.upper(), force=True)
    sys.excepthook = _failed
    threading.excepthook = lambda args: LOG.critical("failed", error=described(args.exc_value or args.exc_type()))


def _failed(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    LOG.critical("failed", error=described(error))


def _without_values(record: logging.LogRecord) -> bool:
    ours = record.name.partition(".")[0] in _OURS
    if not ours:
        record.msg = f"{record.name}: {record.msg if record.args else f'line {record.lineno}'}"
        record.args = ()
    record.exc_info = record.exc_text = record.stack_info = None
    return ours or record.levelno >= logging.WARNING
