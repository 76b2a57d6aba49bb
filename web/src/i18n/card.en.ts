/** Staff cards with a PIN. */
export const card = {
  name: "Staff card", number: "Card", hold: "Click in here and hold the card to the reader.", needed: "Hold the card to the reader.", pin: "PIN of the card", pad: "Digits of the PIN", clear: "Clear", back: "Delete",
  choose: "Choose the PIN of your card", change: "Change the PIN of your card", chooseShort: "Choose PIN", changeShort: "Change PIN", old: "PIN so far", new: "New PIN", again: "New PIN again", differ: "The two PINs differ.",
  rules: "6 to 12 digits: no rows or repeats, no date, nothing that stands on the card.", chooseText: "Nobody but you knows the PIN, also not who gave you the card. From now on you show card and PIN after your password.", changeText: "A PIN that is forgotten is found by nobody: whoever issues cards gives you yours anew then.",
  noPIN: "no PIN yet: it does not count", locked: "locked after too many wrong PINs", ending: "number ends in {{tail}}", lockedOwn: "Your card is locked after too many wrong PINs. Whoever issues cards can unlock it or give you another.",
  issue: "Issue the card", issueShort: "Issue staff card", reissueShort: "Issue another card", issueTo: "Issue a staff card to {{name}}", reissueTo: "Issue another staff card to {{name}}", nameWhy: "To tell it from others, such as what is printed on it.",
  issueText: "Hold the card to the reader. Its number is not kept in clear. The person chooses the PIN on their account page, after their password.", reissueText: "The card so far stops working at once, and every session of the person ends. The same card may be issued again where the PIN is forgotten. The person chooses a PIN anew.", takenBy: "This is the card of {{name}}. Take it back from them first.", issued: "The card is issued. {{name}} chooses the PIN on the account page.",
  unlock: "Unlock", unlockOf: "Unlock the card of {{name}}", unlockText: "It is used again with the PIN that it has. Do this only when you know who typed the wrong ones; where the PIN is forgotten, issue the card anew.", unlocked: "The card is unlocked.",
  forShift: "Staff card for the shift (optional)", forShiftHold: "Click in here and hold the card to the reader. The guard chooses the PIN after signing in.",
};

/** Beside the words for other second factors. */
export const cardSecond = { text_card: "Your password is right. Now hold your staff card to the reader and type its PIN.", choose_card: "Use the staff card instead" };
export const cardNotice = {
  card_issued: "{{by}} issued you the staff card {{name}} at {{time}}. Choose its PIN under My account.", card_locked: "Your staff card {{name}} was locked at {{time}}: too many wrong PINs were typed from {{address}}. If that was not you, tell the person in charge at once.", card_unlocked: "{{by}} unlocked your staff card {{name}} at {{time}}.", pin_changed: "The PIN of your staff card {{name}} was changed at {{time}} from {{address}}.",
};
