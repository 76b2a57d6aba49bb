// Words of signing in that other sections have too: in en.ts they are spread into those.
export const lock = {
  title: "This console is locked", text: "Nobody has touched it for a while, or it was locked by hand. Live pictures and alarms go on; everything else goes on where it was.", onWall: "This console is locked. Live pictures and alarms go on.",
  unlock: "Unlock", now: "Lock the console", since: "locked since {{time}}", toWall: "To the live wall", with_password: "With the password", with_totp: "With a code of the app", with_passkey: "With a passkey", with_card: "With the staff card",
  again: "Sign out and sign in again to go on: your account has nothing that unlocks a console here.",
};
export const sharedLogins = {
  title: "Shared accounts", tabCount: "Shared accounts {{count}}", lead: "Accounts that went there and back between two places faster than one person can. It is a finding, not a proof: ask, and put on record what it was.",
  none: "No account was used in two places at once.", seen_one: "{{count}} time, {{from}} to {{to}}", seen_other: "{{count}} times, {{from}} to {{to}}", judge: "Put on record", judgeOf: "What happened with the account of {{name}}?", open: "Nobody has looked into it yet",
  what: "Who was it?", note: "How you know", judged: "The answer is on record.", answered: "{{name}}, {{time}}", choose_own: "The person was in both places", choose_shared: "Somebody else, with the password", choose_taken: "Somebody else, who should not have been able to: all sessions end",
  answer_own: "The same person", answer_shared: "Password shared", answer_taken: "Account taken",
};
export const newPlace = "Your account was signed in at {{time}} from a new place: {{address}}, {{name}}. If that was not you, end that session, change your password and tell the person in charge at once.";
export const endsSoon = "Your token {{name}} ends on {{date}}. Make another one for the program that uses it.";
export const asRuled = "As the rules say";
export const sessions = {
  title: "Where you are signed in", titleOf: "Where {{name}} is signed in", lead: "Every browser in which your account is open. End what you do not know, then change your password.", none: "Signed in nowhere.",
  here: "This browser", new: "The new place", unknown: "Unknown browser", from: "From {{address}}", times: "Since {{since}}, last used {{seen}}", over: "The session from the new place is over.",
  end: "End", endOf: "End the session of {{device}} from {{address}}", endTitle: "End the session of {{device}} from {{address}}?", endText: "Whoever sits there is signed out at once, and what they watch stops. It goes on record.",
  endOthers: "End all others", endOthersTitle: "End all sessions but this one?", endAll: "End all", endAllTitle: "End all sessions of {{name}}?", endOfText: "What {{name}} watches there stops at once. It goes on record with your reason, and the person is told at the next sign-in.",
  ended_one: "{{count}} session has ended.", ended_other: "{{count}} sessions have ended.",
};
export const endedNotice = {
  toSessions: "Where you are signed in", session_ended: "{{by}} ended your session of {{name}} from {{address}} at {{time}}.", sessions_ended: "{{by}} ended your sessions at {{time}}.",
};
