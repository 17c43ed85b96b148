"""The dialogue acts: what a person does by a message, whatever it tells."""

from __future__ import annotations

ACTS = frozenset({
    "affirm", "deny", "correct", "skip_prefer_not", "dont_know", "later_pause", "resume", "cancel", "restart",
    "undo_back", "help", "why_ask", "faq_confidential", "faq_who_reads", "faq_cost", "faq_duration",
    "faq_what_happens_next", "human", "status", "add_information", "withdraw", "erase_my_data", "change_language",
    "greet", "thanks", "bye", "inform", "insult", "chitchat",
})  # fmt: skip
