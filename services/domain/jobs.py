"""Names of the jobs; services/worker.py maps each to its function."""

from enum import StrEnum


class Job(StrEnum):
    """A job's name in the queue; its payload is the id of the row it is about."""

    STRIPE_EVENT = "stripe_event"  # a stored event of Stripe
    END_HOLD = "end_hold"  # expire the checkout of a lapsed hold, then release the slot
    BOOK_CALENDAR = "book_calendar"  # enter a paid booking into the host's calendar
    LEAVE_CALENDAR = "leave_calendar"  # take a booking that was given up out of the calendar
    MOVE_CALENDAR = (
        "move_calendar"  # bring calendar and room to a booking's new time, tell everybody
    )
    OPEN_MEETING = "open_meeting"  # open the video room and tell everybody
    SHOW_LINK = "show_link"  # write the room's link into the host's calendar
    CLOSE_ROOM = "close_room"  # remove the room of a booking that is over or off
    CONCLUDE = "conclude"  # say how a payment ended whose booking is at rest
    REFUND = "refund"  # send and follow the refunds of a booking, or of one payment of a plan
    PAY_OUT = "pay_out"  # make one payout's transfer, or take back what is too much of it
    RUN_PAYOUTS = "run_payouts"  # look which payouts are due
    READ_PAYOUT_ACCOUNT = "read_payout_account"  # read a host's account back from Stripe
    NOTIFY = "notify"  # hand one notification over
    BROADCAST = "broadcast"  # tell the person's open pages of a notification
    REMIND = "remind"  # a session begins in a day or in an hour
    OFFER_PAGE = "offer_page"  # make the client's single-use link to the host's Calendly
    READ_SUBSCRIPTION = "read_subscription"  # read a subscription back from Stripe
    END_DUPLICATE = "end_duplicate"  # end a second subscription to a plan at Stripe
    END_OWNERLESS = "end_ownerless"  # end a subscription of an account that was deleted
    LAPSE = "lapse"  # a grace, or a trial that was granted here, is over
    END_CHECKOUT = "end_checkout"  # look at a plan's checkout whose time is over
    CHANNEL_ACCESS = "channel_access"  # let a person into a channel, or out of it
    CALENDLY_EVENT = "calendly_event"  # a stored event of Calendly
    TELEGRAM_UPDATE = "telegram_update"  # a stored update of Telegram
    REMIND_PLACEMENT = "remind_placement"  # half of the time for choosing a time is over
    END_PLACEMENT = "end_placement"  # no time was chosen
    SWEEP = "sweep"  # find rows that stand still and start their next job again
