/** Where the screen stands. */
export const visitorNav = { visitors: "Visitors" };

/** The register of visitors to a control room. */
export const visitors = {
  visitors: {
    title: "Visitors", noRoom: "There is no control room yet.", noRoomText: "Who sets up control rooms adds the first one; visitors are registered for a room.",
    now: "Inside now", nowNone: "Nobody from outside is inside.", minutes_one: "{{count}} min", minutes_other: "{{count}} min", outside: "Is met outside the room", with: "With {{name}}", out: "Out", outOf: "{{name}} goes out",
    waitingMine: "Waits for you", askTo: "{{name}} is to go into {{room}}", signFor: "You are said to have let {{name}} in", approve: "Let in", refuse: "Do not let in", sign: "I did", deny: "I did not", refuseTitle: "Do not let {{name}} in?", denyTitle: "You did not let {{name}} in?", denyText: "That goes on record. If the visitor is not inside yet, they stay out.", why: "Why",
    expected: "At the door", expectedNone: "Nobody waits at the door.", enter: "Goes in", enterOf: "{{name}} goes in", meet: "Is met outside", told: "Consent by telephone", withdraw: "Went away", register: "Register a visitor", registerKey: "Register a visitor (N)",
    state_registered: "Nobody let them in yet", state_approved: "Let in, not inside yet", state_refused: "Not let in", state_inside: "Inside", state_met: "Is met outside", state_out: "Gone", state_withdrawn: "Went away before",
    kind: "Who it is", kind_guest: "Guest", kind_police: "Police", kind_technician: "Technician with an order", kind_leader_check: "Leader on check", kind_own_guest: "Guest of who keeps watch", kind_other: "Somebody else",
    ownGuest: "A guest of who keeps watch never goes into the room: after somebody let them come and took over, they are met outside.",
    free: "Goes in without waiting for consent.", needs: "Somebody who may let visitors in has to agree before they go in.",
    name: "Name", unit: "Unit", identityKind: "Shown", identityNumber: "Number", id_id_card: "Identity card", id_police: "Police credential", id_work: "Staff pass", id_passport: "Passport", id_other: "Other papers", ends: "…{{ends}}", reason: "Reason", papers: "Number of the order", papersShort: "Papers, number", host: "Goes with them", hostHint: "Choose a leader who brought them, or type a name.", items: "What they carry", badge: "Badge", phone: "Telephone left in the locker", secrecy: "Secrecy pledged", optional: "{{label}} (optional)",
    consentBy: "Consent", consent_wait: "Ask in the program", consent_told: "Given by telephone", person: "Who gave it", number: "Their telephone", countersigned: "They sign for it within a day.", save: "Register", saveIn: "Register, and they go in", cameLate: "They came earlier, at", cameHint: "Leave empty for now. Such as 09:05; it is marked as entered late.",
    leaveTitle: "{{name}} goes out", saw: "What did they see?", saw_nothing: "Nothing", saw_live: "Live pictures", saw_recorded: "Recordings", caseNo: "Case number", note: "Note", enterTitle: "{{name}} goes in",
    book: "Register", search: "Name or unit", day: "Day", none: "No visit that fits.", noneText: "Take away the search or the day.", before: "Show earlier", late: "Entered late, {{time}}", corrected_one: "Corrected {{count}} time", corrected_other: "Corrected {{count}} times", inOut: "{{from}} – {{to}}", still: "still inside",
    by_preapproved: "Let in by rule", by_hosted: "Let in by {{name}}, the host", by_approved: "Let in by {{name}}", by_told: "Let in by {{name}}, by telephone {{number}}", signs: "{{name}} has to sign by {{time}}", signsOverdue: "{{name}} should have signed by {{time}}", denied: "Who is said to have let them in denies it",
    print: "PDF", sheet: "XLSX", printDay: "Print the day", printMonth: "Print the month", details: "On record", detailOf: "All on record of {{name}}", correct: "Correct", correctTitle: "Correct what is said of {{name}}", correctText: "What was said before stays. Another name, unit or identity of who is not inside yet has to be let in anew.", correctWhy: "Why it is corrected",
    step_preapproved: "Let in by rule", step_hosted: "Let in by the host", step_approved: "Let in", step_told: "Consent by telephone", step_countersigned: "Signed for", step_denied: "Denied", step_refused: "Not let in", step_stopped: "Was to go in without consent", step_entered: "Went in", step_left: "Went out", step_withdrawn: "Went away", step_registered: "Registered", step_corrected: "Corrected",
    done_registered: "{{name}} is registered.", done_in: "{{name}} is inside.", done_met: "{{name}} is met outside.", done_out: "{{name}} is out.", done_approved: "{{name}} may go in.", done_refused: "{{name}} does not go in.", done_signed: "Signed.", done_denied: "Your denial is on record.", done_told: "Noted. {{name}} may go in.", done_withdrawn: "{{name}} went away.", done_corrected: "Corrected.",
    sensitive: "Whole number", timeWrong: "A time such as 09:05 that has passed.",
  },
};

/** Acts on visits. */
export const visitorAct = {
  visitor_registered: "registered a visitor", visitor_approved: "let a visitor in", visitor_refused: "did not let a visitor in", visitor_told: "noted consent by telephone to a visitor", visitor_countersigned: "signed for having let a visitor in", visitor_denied: "denied having let a visitor in",
  visitor_stopped: "was about to let a visitor in without consent", visitor_entered: "let a visitor go in", visitor_left: "noted that a visitor went out", visitor_withdrawn: "noted that a visitor went away", visitor_corrected: "corrected what is said of a visitor", visitor_exported: "took out the register of visitors",
};

/** Refusals about visits. */
export const visitorProblem = {
  visit_unknown: "There is no such visit.", visit_kind: "Say who it is.", visit_identity: "Say what identity was shown, with its number.", visit_papers: "A technician comes with the number of an order.", visit_host: "Name who goes with the visitor.",
  visit_future: "This time is still to come.", visit_before: "This time is before what happened earlier with this visit.", visit_old: "This is more than a week ago.", visit_own_guest: "A guest of who keeps watch is met outside the room, after somebody let them come and took over.", visit_met: "Choose inside or outside.",
  visit_not_approved: "Nobody let this visitor in, so they stay out. Ask for consent, or note who gave it by telephone. That they were to go in is on record.", visit_state: "This visit stands otherwise by now. Look at it again.", visit_own: "You registered this visitor; somebody else lets them in.", visit_approver: "Choose somebody who may let visitors into this room, and is not you.",
  visit_not_asked: "Who is said to have let the visitor in signs for it.", visit_saw: "Say what the visitor saw. Who was met outside saw nothing.", visit_case: "Recordings are shown for a case; name its number.", visit_same: "This says what is on record already.", visit_page: "There is no such page.", visit_export_too_large: "These are more than {{most}} visits. Choose fewer days.", visit_export_interval: "Choose at least a day and at most 400.",
};
