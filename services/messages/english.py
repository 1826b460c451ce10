"""The words in English."""

from services.messages.words import Words

WORDS = Words(
    what="{session} with {host}",
    which="{session}, {time}",
    confirmed_title="Confirmed: {what}",
    confirmed="Your session is confirmed.",
    rescheduled_title="New time: {what}",
    rescheduled="Your session has been moved to a new time.",
    kept_time_title="The time stays: {what}",
    kept_time=(
        "The host's calendar did not take the new time, so your session stays at the time it had."
    ),
    reminder_day_title="Coming up: {what}",
    reminder_day="Your session takes place within the next 24 hours.",
    reminder_hour_title="Starting soon: {what}",
    reminder_hour="Your session starts within the hour.",
    meeting_link_title="Your meeting link: {what}",
    join="Join here: {url}",
    link_follows="The meeting link follows in a separate message.",
    link_withheld=(
        "Your bank is looking into the payment. The meeting link is given out again once it has "
        "decided."
    ),
    receipt="Receipt: {url}",
    rejected_title="Not booked, money goes back: {what}",
    rejected_title_credits="Not booked: {what}",
    rejected="We could not book your session.",
    money_goes_back=(
        "{price} goes back to the way you paid, in full and by itself. "
        "Banks usually show it within five to ten days."
    ),
    choose_another="Choose another time: {url}",
    cancelled_title="Cancelled: {what}",
    cancelled="Your session does not take place.",
    cancelled_by_client="You have called your session off.",
    cancelled_by_host="The host has called your session off.",
    cancelled_by_seller="We have called your session off.",
    cancelled_by_bank="Your session does not take place, because its payment was disputed.",
    cancelled_host_absent="Your session did not take place, because the host did not come.",
    money_on_its_way="Your money is on its way back to the way you paid.",
    part_back=(
        "Of the {paid} you paid, {returned} in all comes back to you, by the way you paid; {kept} "
        "is kept by the terms you agreed to."
    ),
    nothing_back="By the terms you agreed to, nothing of the {paid} you paid comes back.",
    bank_decides="Your bank is looking into the payment, and decides what becomes of the money.",
    returned_by_bank="Your bank has returned the money to you.",
    credit_back="Your session credit is yours again.",
    credits_back="Your session credits are yours again.",
    credit_used_up="The credit is used up, because it was called off too late.",
    credits_used_up="The credits are used up, because it was called off too late.",
    absent_title="Missed: {what}",
    absent="We were told that you did not come, so your session counts as held.",
    absent_credit="Its session credit is used up.",
    absent_credits="Its session credits are used up.",
    choose_time_title="Choose your time: {what}",
    choose_time_reminder_title="Reminder: choose your time: {what}",
    payment_arrived="Thank you, your payment has arrived.",
    choose_time="Choose the time of your session: {url}",
    choose_until="Please choose by {until}.",
    part_returned_title="Part of your payment goes back: {what}",
    part_returned=(
        "Of the {paid} you paid, {returned} in all comes back to you, by the way you paid. Nothing "
        "else changes."
    ),
    payment_returned_title="Payment returned: {what}",
    payment_returned=(
        "This session was paid for twice. We have returned the second payment of {price} in full; "
        "your booking stands."
    ),
    payment_waiting_title="We are looking after your payment: {what}",
    payment_waiting=(
        "Your payment of {price} could not be settled by itself. A person is looking after it and "
        "will write to you. Please don't pay again."
    ),
    host_booked_title="Booked: {which}",
    host_booked="You have a new booking.",
    host_rescheduled_title="New time: {which}",
    host_rescheduled="A booking has been moved to a new time.",
    host_cancelled_title="Cancelled: {which}",
    host_cancelled="This session does not take place.",
    host_cancelled_by_client="The client has called this session off.",
    host_cancelled_by_host="You have called this session off.",
    host_cancelled_by_seller="We have called this session off.",
    host_cancelled_by_bank=(
        "This session does not take place, because the client's bank has returned the payment."
    ),
    host_cancelled_absent="This session did not take place, because you did not come.",
    host_keeps=(
        "Of the {paid} paid, {kept} is kept by the terms. It is paid out to you, less the "
        "platform's fee."
    ),
    host_nothing_paid_out="Nothing is paid out for it.",
    host_taken_back=(
        "What was paid out to you for it is taken back as far as the money goes back to the client."
    ),
    booked_by="Booked by: {client}",
    host_link="Meeting link: {url}",
    host_disputed_title="Payment disputed: {which}",
    host_disputed=(
        "The client's bank has asked for the money of this session. We answer the bank; there is "
        "nothing for you to do unless we ask you."
    ),
    host_disputed_waits="The payout waits until the bank has decided.",
    host_disputed_paid_out=(
        "It was paid out to you already, and is taken back only if the bank decides for the client."
    ),
    host_disputed_link=(
        "If the session is still to come, the client gets no meeting link until then."
    ),
    host_dispute_won_title="Dispute settled: {which}",
    host_dispute_won="The dispute about this session is over, and its money stays with us.",
    host_dispute_won_goes_on="The payout goes on as planned.",
    host_dispute_won_paid_out="What was paid out to you stays yours.",
    host_dispute_lost_title="Dispute lost: {which}",
    host_dispute_lost=(
        "The bank has decided for the client, and the money of this session has gone back."
    ),
    host_paid_out_title="Paid out: {which}",
    host_paid_out="Your share of this session has been transferred to your account at Stripe.",
    host_blocked_title="Your payout waits for you: {which}",
    host_blocked="For this session {net} is due to you, but it can't be paid out yet.",
    host_blocked_no_account="You have no account yet that it could go to.",
    host_blocked_requirements="Stripe needs something more from you first.",
    host_blocked_closed="Your account at Stripe is closed.",
    host_payouts="To be paid out, go on here: {url}",
    host_reversed_title="Payout taken back: {which}",
    host_reversed=(
        "Money of this session went back to the client, so what you had too much was taken back "
        "from your account at Stripe."
    ),
    host_reversed_excess=(
        "More than your share had been paid out, so the rest was taken back from your account at "
        "Stripe."
    ),
    statement_paid="Paid by the client: {amount}",
    statement_returned="Gone back to the client: {amount}",
    statement_fee="Platform's fee: {amount}",
    statement_net="Your share: {amount}",
    statement_moved="Transferred: {amount}",
    statement_taken_back="Taken back in all: {amount}",
    operator_asked_title="Something needs a decision of yours: booking {booking}",
    operator_asked=(
        "Something about the payment or the payout of booking {booking} ({price}) needs a decision "
        "of yours. The reason is in private.error_logs, and in public.payments.outcome_reason "
        "where money waits."
    ),
    calendar_file="The attached calendar file adds the session to your calendar.",
    join_button="Join the meeting",
    choose_time_button="Choose a time",
    choose_another_button="Choose another time",
    reasons={
        sentence: sentence
        for sentence in (
            "The time had passed before the payment arrived.",
            "The time had passed before it could be booked.",
            "The payment arrived after the time had been given to somebody else.",
            "The host's calendar did not take it: {detail}",
            "The host's calendar did not take the new time: {detail}",
            "The host's calendar could not be reached.",
            "No time was chosen by the day set for it.",
            "The payment was returned by the seller.",
            "The payment was not completed in time.",
            "The payment is being looked at.",
            "Cancelled before payment.",
            "The host is no longer free at this time.",
            "The host's calendar is not free at this time any more.",
            "The host is busy at this time.",
            "The time is already taken in the host's calendar.",
            "The host's calendar does not open this time for booking.",
            "The host's calendar takes no further booking of yours.",
            "This time has passed.",
            "The time is not open in the host's Calendly.",
            "The time is no longer open in the host's Calendly.",
            "The appointment was called off in the host's Calendly.",
            "The appointment was moved in the host's Calendly to a time that is taken here.",
        )
    },
)
