from story import *
from acts import *

def test_smoke() -> None:
    s_ = Story().given(notified(shares=[to_labour()], to=[LABOUR]))
    s_.when(handover()).then(custodian=POLICE, told={POLICE, LABOUR})
    s_.when(took_over()).then(custodian=LABOUR)
    s_.when(closed(by=WOMEN)).refused("case_unknown")
