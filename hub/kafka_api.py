"""The Kafka door over HTTP: where `caunoi kafka` asks how far it is, and brings what it opened. Nobody else may."""

from fastapi import APIRouter, Request, Response

from hub.contract import ANSWERED, JSON, says, takes
from hub.documents import KafkaTaken
from hub.over_kafka import OverKafka
from hub.requests import Hub, Token, body_of, document
from hub.serving import Serving

PATH = "/v1/kafka"
router = APIRouter()


@router.get(PATH, responses=says("KafkaPositions", *ANSWERED))
async def kafka_positions(hub: Hub, token: Token) -> Response:
    """How far each partition of the topics was taken in."""
    _check_carrier(hub, token)
    return document(await hub.read(OverKafka(hub.intake).positions))


@router.post(PATH, responses=says("KafkaTaken", *ANSWERED, 415), openapi_extra=takes("Arrivals"))
async def kafka_arrivals(request: Request, hub: Hub, token: Token) -> Response:
    """Take what lay in topics up to some positions: all in one transaction. Answers go out over Kafka."""
    _check_carrier(hub, token)
    _, body = await body_of(request, JSON)
    answers = await hub.write(OverKafka(hub.intake).take, body)
    hub.metrics.count(answers)
    return document(KafkaTaken(len(answers)))


def _check_carrier(hub: Serving, token: Token) -> None:
    """Only who holds the hub's own key brings what others said."""
    sign_as = hub.intake.sign_as
    hub.callers.carrier(token.credentials if token else "", kid=sign_as, public=hub.intake.signer.public(sign_as))
