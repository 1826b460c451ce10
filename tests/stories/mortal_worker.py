"""A worker of this very process that dies at its nth step: quicker than a process to be killed.

Its steps are those of `doomed_worker`: requests that may change something outside, mails, commits.
A death is an exception that nobody expects; a transaction that it meets is rolled back.
"""

from contextvars import ContextVar
from dataclasses import replace

from services.domain.jobs import Job
from services.runners import RUNNERS
from tests.stories.doomed_worker import Doom, DoomedDatabase, DoomedMail, doomed_requests
from tests.world import World

_is_mortal: ContextVar[bool] = ContextVar("is_mortal", default=False)

_NEXT = """
    select id, entrypoint, payload from jobs.pgqueuer where status = 'queued'
    and execute_after <= now() and id <> all($1) order by id limit 1"""


class Died(BaseException):
    """The worker is no more; `moment` is where it ended."""

    def __init__(self, moment: str) -> None:
        super().__init__(moment)
        self.moment = moment


class Mortality(Doom):
    """Counts the steps of the worker alone: clients and stand-ins live in the same process."""

    def __init__(self, steps: int) -> None:
        super().__init__("", 0)
        self._steps = steps

    def pass_by(self, moment: str) -> None:
        if not _is_mortal.get():
            return
        self._steps -= 1
        if self._steps == 0:
            raise Died(moment)


async def works_until_it_dies(world: World, steps: int) -> str | None:
    """Do the jobs that are due, one after the other, for so many steps; the moment of the death,
    None when there was less to do. The job that was under way is queued still; one that failed
    is left to a worker that lives."""
    doom = Mortality(steps)
    app = replace(
        world.app,
        db=DoomedDatabase(world.app.db.pool, doom),
        mail=DoomedMail(world.app.mail, doom),
    )
    left_alone: list[int] = []
    with doomed_requests(doom):
        while found := await world.rows(_NEXT, left_alone):
            [job] = found
            token = _is_mortal.set(True)
            try:
                await RUNNERS[Job(job["entrypoint"])].run(app, (job["payload"] or b"").decode())
            except Died as death:
                return death.moment
            except Exception:
                left_alone.append(job["id"])
            else:
                await world.rows("delete from jobs.pgqueuer where id = $1", job["id"])
            finally:
                _is_mortal.reset(token)
    return None


async def loses_the_queue(world: World) -> None:
    """Whoever works next finds by the rows alone what is left to do."""
    await world.rows("delete from jobs.pgqueuer")
