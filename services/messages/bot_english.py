"""What the bot says in English."""

from services.messages.bot_words import BotWords

WORDS = BotWords(
    linked=(
        "Telegram is linked",
        "This chat is linked to {account}. If that is not yours, send /stop.",
    ),
    linked_news=(
        "Confirmations and reminders of your sessions now come here too. "
        "Send /status to see your sessions."
    ),
    no_address="an account without an address",
    stays=(
        "What was bought in this chat stays with the chat. To bring it to your account, send /move."
    ),
    moved=("It belongs to your account", "Bought in this chat, and now with {account}:"),
    nothing_to_move=("There is nothing to move", "Nothing was bought in this chat."),
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
    returned="stopped: its payment was returned or is disputed.",
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
    has_plan="You have {plan}.",
    gives_nothing="This plan gives you nothing now",
    mend_by_invoice="The button opens the invoice that is owed.",
    mend_in_portal="The button opens the page where you change your card or cancel the plan.",
    mend_in_account="Change your card or cancel the plan in your account.",
    invoice_button="Pay the invoice",
    get_invite="Send /invite to get your link.",
    invite=("Your invitation: {channel}", "Join the channel: {url}"),
    channels="Your channels",
    invite_alone=(
        "The link is for you alone. If Telegram lets you ask to join, ask, and you are let in."
    ),
    channel_button="Join the channel",
    invite_follows=("Your link is being made", "The link to {channel} comes here in a moment."),
    joined_already=("You are in the channel", "You are a member of {channel} already."),
    not_paid=("You have no access yet", "To get into {channel}, send /pay."),
    commands={
        "status": "Your sessions and their links",
        "pay": "Buy access to the channel",
        "invite": "Send my link to the channel again",
        "start": "Link this chat to your account",
        "move": "Bring what was bought here to your account",
        "stop": "Unlink this chat",
        "help": "What this bot can do",
    },
)
