/** Second persons: asking for one, and being one. */
export const pair = {
  title: "Second persons", lead: "What the rules give to two people only. Somebody of another position agrees to one act at a time, or refuses.",
  needed: "This needs a second person", why: "Somebody of another position must agree, to this once and at this screen only.", who: "A second person is whoever holds the right to it by a position that you do not hold.",
  kind: "What", present: "Also at the screen", kind_viewing: "Play back recordings", kind_snapshot: "Keep a picture", kind_live: "Watch live pictures", interval: "Footage", now: "of now", picture: "Picture of",
  here: "They are here", apart: "Ask others", hereText: "They sign with their own user name and password. They are not signed in by it, and you stay signed in.", agreeHere: "Agree",
  apartText: "Whoever may agree sees it at once on their own screen.", ask: "Ask now", waiting: "Waiting for somebody to agree", left: "{{left}} left", withdraw: "Withdraw",
  refusedBy: "{{name}} has refused: {{note}}", over: "Nobody has agreed in time.", again: "Ask again", goesOn: "{{name}} has agreed.", wait_one: "Too many attempts. Try again in {{count}} second.", wait_other: "Too many attempts. Try again in {{count}} seconds.",
  wants: "{{name}} asks for a second person", look: "Look", none: "Nobody asks for a second person", noneText: "What is asked appears here at once, and with everybody else who may agree.",
  forYou: "Waiting for you", last: "The last day", asks: "Asked by", as: "as {{positions}}", reason: "Reason", note: "Note", purpose: "Purpose", cameras: "Cameras", agree: "Agree", refuse: "Refuse", agreed: "You are the second person now.", refused: "It is refused.",
  refuseTitle: "Refuse this?", refuseText: "{{name}} is told why.", with: "with {{name}}", by: "{{name}} ({{position}})", way_here: "at the screen of who asked", way_apart: "in their own session", open: "Ask for a second person",
  state_waiting: "Waiting", state_agreed: "Agreed, not used yet", state_refused: "Refused", state_withdrawn: "Withdrawn", state_expired: "Expired", state_used: "Done together",
};
