"""The plan of faults: the same for the same seed, with every kind in it; and how long each kill was felt."""

from demo.chance import dice
from prove.faults import KINDS, Strike, felt, plan
from prove.watch import Moment


def test_the_same_seed_plans_the_same_faults() -> None:
    assert plan(50, 2000, dice("một")) == plan(50, 2000, dice("một"))
    assert plan(50, 2000, dice("một")) != plan(50, 2000, dice("hai"))


def test_every_kind_is_in_the_plan_and_all_falls_due_while_phones_push() -> None:
    faults = plan(20, 2000, dice("một"))
    assert {fault.kind for fault in faults} == set(KINDS)
    assert [fault.after for fault in faults] == sorted(fault.after for fault in faults)
    assert all(0 < fault.after < 2000 for fault in faults)


def test_a_kill_is_felt_until_the_last_failure_before_the_next() -> None:
    strikes = [Strike("s3", 10.0), Strike("postgres", 20.0), Strike("worker", 30.0)]
    timeline = [
        Moment(9.0, 9.5, 200),
        Moment(10.1, 10.2, 503),
        Moment(10.5, 12.0, None),
        Moment(12.1, 12.2, 200),
        Moment(19.9, 23.0, 503),
        Moment(31.0, 31.1, 200),
    ]
    assert felt(strikes, timeline) == {"s3": [13.0], "postgres": [3.0], "worker": [0.0]}
