"""What the bot says in English."""

from services.messages.bot_words import BotWords

WORDS = BotWords(
    linked=(
        "Telegram is linked",
        "Confirmations and reminders of your sessions now come here too. "
        "Send /status to see your sessions.",
    ),
    link_refused=(
        "This link does not work any more",
        "It was used before or it is too old. You get a new one in your account.",
    ),
    not_linked=(
        "This chat is not linked yet",
        "Sign in and link Telegram in your account. "
        "Then your confirmations, reminders and meeting links come here.",
    ),
    unlinked=(
        "Telegram is unlinked",
        "Nothing more will be sent here. You can link this chat again in your account.",
    ),
    help="What this bot can do",
    status="Your sessions",
    nothing_ahead="You have no sessions ahead.",
    session="{name} with {host}",
    join="Join: {url}",
    link_follows="The meeting link follows.",
    without_time="Paid, but without a time yet:",
    choose="Choose a time: {url}",
    join_next="Join the next session",
    account="Open my account",
    manage="Manage my plan",
    sessions_and_plans="Your sessions and plans",
    plan="{name}: {standing}",
    paid_until="paid until {until}.",
    free_until="free until {until}.",
    goes_on_until="a payment failed; it goes on until {until}.",
    stopped="stopped, because a payment failed.",
    ends="cancelled; it goes on until {until}.",
    for_good="yours for good.",
    paused="paused.",
    unpaid="waits for its payment.",
    over="ended.",
    pay="The button opens the payment page. Its link is for this chat alone.",
    pay_life="It works for: {span}.",
    pay_button="Pay",
    pay_unavailable=(
        "Nothing can be bought here just now",
        "Please try again later.",
    ),
    paid_already=("You have paid already", "The channel {channel} is open to you."),
    get_invite="Send /invite to get your link.",
    invite=("Your invitation: {channel}", "Join the channel: {url}"),
    invite_alone=(
        "The link is for you alone. If Telegram lets you ask to join, ask, and you are let in."
    ),
    invite_until="It works until {until}.",
    channel_button="Join the channel",
    invite_follows=("Your link is being made", "The link to {channel} comes here in a moment."),
    joined_already=("You are in the channel", "You are a member of {channel} already."),
    not_paid=("You have no access yet", "To get into {channel}, send /pay."),
    commands={
        "status": "Your sessions and their links",
        "pay": "Buy access to the channel",
        "invite": "Send my link to the channel again",
        "start": "Link this chat to your account",
        "stop": "Unlink this chat",
        "help": "What this bot can do",
    },
)
