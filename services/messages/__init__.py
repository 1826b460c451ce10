"""What people read in the app, in an e-mail or in a chat, in their own language."""
