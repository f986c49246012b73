"""What a generated Python client does on its first day: signs in, makes, pulls, pushes, and is refused."""

import datetime as dt
import json
import sys
import uuid
from pathlib import Path

import anthon_client as an

demo = json.loads(Path(sys.argv[1]).read_text())
lan = demo["people"][0]
client = an.ApiClient(an.Configuration(host=demo["base_url"]))
device = an.Device(id=uuid.uuid4(), name="Python", platform="web", app_version="1.0.0")
auth = an.AuthApi(client)
session = auth.sign_in(an.TokenRequest(phone=lan["phone"], password=lan["password"], device=device))
client.configuration.access_token = session.access
place = auth.me().memberships[0]
now = dt.datetime.now(dt.UTC)

seen = an.ObservationInput(
    id=uuid.uuid4(), area_id=place.area_id, team_id=place.team_id, recorded_at=now, kind="lighting", severity="info"
)
made = an.ObservationsApi(client).observations_create(seen)
assert (made.kind, made.version) == ("lighting", 1)

sync = an.SyncApi(client)
page = sync.sync_pull(types="observation")
assert made.id in {change.id for change in page.changes} or page.has_more
change = an.MutationInput(
    mutation_id=uuid.uuid4(), type="observation", id=made.id, op="patch", base_version=1, data={"note": "Đã báo"}
)
answer = sync.sync_push(an.PushRequest(sent_at=now, mutations=[change], cursor=page.cursor))
assert answer.results[0].status == "applied"

try:
    an.PatrolsApi(client).patrols_read(uuid.uuid4())
except an.ApiException as refused:
    assert refused.data.code == "not_found"
else:
    raise AssertionError("what isn't there was read")
print("signed in, made, pulled, pushed, refused")
