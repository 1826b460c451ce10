"""Every job has somebody who does it, and what may be forgotten leaves nothing behind."""

from typing import cast

import pytest

from services.app import App
from services.domain.booking import FLOW, Step
from services.domain.jobs import Job
from services.runners import RUNNERS
from services.story import FAILING

LOSSY = {
    *(Job.END_HOLD, Job.BROADCAST, Job.REMIND, Job.CONCLUDE),
    *(Job.REMIND_PLACEMENT, Job.END_PLACEMENT, Job.SWEEP),
    *(Job.READ_SUBSCRIPTION, Job.LAPSE, Job.END_CHECKOUT),
    *(Job.RUN_PAYOUTS, Job.READ_PAYOUT_ACCOUNT),
}
NOT_OF_A_ROW = {
    *(Job.STRIPE_EVENT, Job.CALENDLY_EVENT, Job.TELEGRAM_UPDATE),
    *(Job.SWEEP, Job.RUN_PAYOUTS),
}


def test_every_job_has_a_runner() -> None:
    assert set(RUNNERS) == set(Job)


def test_only_what_is_asked_for_again_or_saves_work_may_be_forgotten() -> None:
    assert {job for job, runner in RUNNERS.items() if runner.lossy} == LOSSY


def test_what_may_be_forgotten_leaves_nothing_behind() -> None:
    assert {job for job in LOSSY if RUNNERS[job].give_up is not None} == set()


def test_nothing_that_a_client_is_told_of_or_that_a_state_leads_to_may_be_forgotten() -> None:
    following = {
        job
        for row in FLOW.values()
        for meaning in row.values()
        if isinstance(meaning, Step)
        for job in meaning.then
    }
    assert (following | set(FAILING)).isdisjoint(LOSSY)


@pytest.mark.parametrize("job", sorted(set(Job) - NOT_OF_A_ROW))
async def test_a_job_about_a_row_takes_nothing_but_its_id(job: Job) -> None:
    with pytest.raises(ValueError, match="badly formed"):
        await RUNNERS[job].run(cast("App", None), "no-uuid")


@pytest.mark.parametrize(
    "job",
    sorted(job for job, runner in RUNNERS.items() if runner.give_up and job not in NOT_OF_A_ROW),
)
async def test_giving_up_a_job_about_a_row_takes_its_id_too(job: Job) -> None:
    give_up = RUNNERS[job].give_up
    assert give_up is not None
    with pytest.raises(ValueError, match="badly formed"):
        await give_up(cast("App", None), "no-uuid", "why")
