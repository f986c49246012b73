"""What time does to pledges: who does the jobs, and how often."""

from activities.pledges.pledges.consulting import HASHING
from activities.pledges.pledges.following import follow_late
from activities.pledges.pledges.freezing import freeze_due
from activities.pledges.pledges.reminding import remind_due
from activities.pledges.pledges.services import expire_due, hash_waiting
from api.jobs import handler, periodic

handler(HASHING)(hash_waiting)
# A pledge and its template may have been written at the same moment: neither saw the other.
periodic("pledges.hash_waiting", every_s=600, run=hash_waiting)
periodic("pledges.follow_merges", every_s=600, run=follow_late)
periodic("pledges.remind_due", every_s=3600, run=remind_due)
periodic("pledges.expire", every_s=300, run=expire_due)
periodic("pledges.freeze_campaigns", every_s=3600, run=freeze_due, lease_s=300)
