# Reads leads as a Singer tap of the reference does, with only its base URL changed: tap.py BASE TOKEN
import sys

from tap_whatconverts import streams
from tap_whatconverts.client import WhatConvertsStream
from tap_whatconverts.tap import TapWhatConverts

base, token = sys.argv[1:]
WhatConvertsStream.url_base = base
# The other streams are numbers and forms that the reference's own trackers have.
TapWhatConverts.discover_streams = lambda tap: [streams.LeadsStream(tap)]
config = {
    "api_key": "leadhook",
    "secret_key": token,
    "account_id": 1,
    "profile_id": 1,
    "start_date": "2020-01-01T00:00:00Z",
}
TapWhatConverts(config=config).sync_all()
