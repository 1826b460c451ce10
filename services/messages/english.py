"""The words in English."""

from services.messages.words import Words

WORDS = Words(
    what="{session} with {host}",
    confirmed_title="Confirmed: {what}",
    confirmed="Your session is confirmed.",
    rescheduled_title="New time: {what}",
    rescheduled="Your session has been moved to a new time.",
    reminder_day_title="Coming up: {what}",
    reminder_day="Your session takes place within the next 24 hours.",
    reminder_hour_title="Starting soon: {what}",
    reminder_hour="Your session starts within the hour.",
    meeting_link_title="Your meeting link: {what}",
    join="Join here: {url}",
    link_follows="The meeting link follows in a separate message.",
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
    money_on_its_way="Your money is on its way back to the way you paid.",
    credit_back="Your session credit is yours again.",
    credits_back="Your session credits are yours again.",
    credit_used_up="The credit is used up, because it was called off too late.",
    credits_used_up="The credits are used up, because it was called off too late.",
    choose_time_title="Choose your time: {what}",
    choose_time_reminder_title="Reminder: choose your time: {what}",
    payment_arrived="Thank you, your payment has arrived.",
    choose_time="Choose the time of your session: {url}",
    choose_until="Please choose by {until}.",
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
    host_booked_title="Booked: {session}, {time}",
    host_booked="You have a new booking.",
    host_rescheduled_title="New time: {session}, {time}",
    host_rescheduled="A booking has been moved to a new time.",
    host_cancelled_title="Cancelled: {session}, {time}",
    host_cancelled="This session does not take place.",
    booked_by="Booked by: {client}",
    host_link="Meeting link: {url}",
    operator_asked_title="A payment waits for you: booking {booking}",
    operator_asked=(
        "The payment of booking {booking} ({price}) could not end by itself. The reason is in "
        "public.payments.outcome_reason, the details are in private.error_logs."
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
            "The host's calendar could not be reached.",
            "No time was chosen by the day set for it.",
            "The payment was returned by the seller.",
            "The payment was not completed in time.",
            "The payment is being looked at.",
            "Cancelled before payment.",
            "Called off by the client.",
            "The host is no longer free at this time.",
            "The host is busy at this time.",
            "The time is already taken in the host's calendar.",
            "The host's calendar does not open this time for booking.",
            "The host's calendar takes no further booking of yours.",
            "This time has passed.",
            "The time is not open in the host's Calendly.",
            "The time is no longer open in the host's Calendly.",
            "The appointment was called off in the host's Calendly.",
        )
    },
)
