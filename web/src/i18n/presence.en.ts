/** Alarms of the watch. */
export const presenceAlarm = {
  room_vacant: "Nobody keeps watch in {{room}}; {{head}} answers for it", room_understaffed: "Too few people keep watch in {{room}}: {{on}} of {{staff}}", watch_late: "{{person}} is on the roster of {{room}} and has not signed on",
  relief_absent: "No relief has come to {{room}}: {{person}} keeps watch {{minutes}} min beyond the shift", watch_overlong: "{{person}} keeps watch in {{room}} longer than the longest hours",
  presence_missed: "{{person}} in {{room}} did not answer whether they are there", presence_missed_lead: "{{person}} in {{room}} still gives no sign: duty lead, look after them", presence_missed_leader: "{{person}} in {{room}} gives no sign for five minutes: supervisor, see to the watch",
  absence_overdue: "{{person}} has been away from {{room}} longer than a short absence lasts",
};

/** Acts on presence. */
export const presenceAct = {
  presence_missed: "a presence prompt was missed", presence_missed_twice: "two presence prompts were missed in a shift", presence_judged: "judged a missed presence prompt",
  presence_absence_begun: "stepped out of a control room", presence_absence_ended: "came back to a control room", duty_extended: "a watch went on since no relief came", duty_overlong: "a watch went on beyond the longest hours",
};

/** Refusals. */
export const presenceProblem = {
  prompt_unknown: "There is no such prompt.", prompt_over: "The time for this answer is over.", prompt_tile: "That is another tile than the one that is marked.", prompt_another: "This prompt asks somebody else.",
  prompt_verdict: "Choose what it was: sleep, absence, work, or a fault.", prompt_judged: "This was judged already, or it was not missed.", prompt_own: "Nobody judges a prompt of their own.",
  absence_runs: "You are away already.", absence_none: "You are not away.", absence_many: "More than {{most}} short absences in a shift are not allowed. Ask the duty lead for a departure with a relief.",
  absence_cover: "Name somebody who is signed on here and stays.", absence_elsewhere: "You are alone here: say where alarms ring meanwhile, such as at the gate or the duty lead.",
};

/** Parameters of presence. */
export const presenceGroup = { presence: "Presence" };
export const presenceName = {
  presence_prompts: "People on watch are asked whether they are there", presence_after: "Asked after so long without an act", presence_spread: "Asked at random within so long after that", presence_within: "Time to answer",
  presence_absence: "How long a short absence lasts", presence_absences: "Short absences in a shift", duty_relief_again: "A relief that does not come is told again each", duty_longest: "Longest hours of a watch",
};
export const presenceAbout = {
  presence_prompts: "Never in the first and last quarter of an hour of a shift, during a short absence, or while an alarm is handled.", presence_after: "Every key and every click counts as an act.", presence_spread: "Nobody can tell the instant before.", presence_within: "What is not answered by then is a fact of the shift and goes to the duty lead, then to the supervisor.",
  presence_absence: "Somebody stays, or alarms ring elsewhere.", presence_absences: "More of them take a departure with a relief.", duty_relief_again: "Until somebody takes over.", duty_longest: "Beyond it the extension is on record as the employer's.",
};
export const presenceClause = { C046: "Nobody leaves the post", C048: "Leaving during a shift takes a relief", C049: "The watch is attentive", C069: "Who relieves is told in time", C070: "Nobody leaves before the relief", C024: "Enough people keep watch" };

/** Departures. */
export const departureAct = {
  departure_asked: "asked to leave a watch early", departure_approved: "agreed that somebody leaves a watch early", departure_refused: "refused that somebody leaves a watch early", departure_withdrawn: "took back that they leave a watch early", departure_left: "left a watch early, with a relief in place",
};
export const departureProblem = {
  departure_unknown: "There is no such departure.", departure_relief: "Name somebody else who may keep watch in this room.", departure_back: "Say a time to come, within a day.", departure_open: "You have asked for a departure already.",
  departure_over: "This departure was decided on, or is over.", departure_own: "Nobody agrees to a departure of their own.", departure_another: "This is the departure of somebody else.", departure_waits: "A leader agrees first.",
  departure_absent: "Your relief signs on first.", departure_charge: "You are in charge of this watch: hand over to your relief first.",
};

/** Whether somebody on watch is there, short absences and departures, on the watch board and over every page. */
export const presence = {
  presence: {
    there: "Are you there?", anyKey: "Press any key.", press: "Press {{n}}.", pressMarked: "Press {{n}}, the marked picture.", here: "I am here", thanks: "Thank you.", over: "The time to answer is over. This is noted; the duty lead is told.", seen: "Understood", marked: "Press {{n}}",
    stepOut: "Step out for {{n}} min", stepOutTitle: "Step out of “{{room}}” for {{n}} min", stepOutText: "The room must not be left without anybody who hears alarms. At most {{most}} short absences in a shift.", cover: "Who stays", coverHint: "Signed on in this room.", elsewhere: "Where alarms ring meanwhile", elsewhereHint: "You are alone here. For example: the gate, or the duty lead.", reason: "Reason (optional)", stepOutOk: "Step out now",
    away: "You stepped out", awayFor: "for {{time}}", awayLeft: "{{time}} left", awayOver: "{{time}} too long", stays: "{{name}} stays.", rings: "Alarms ring here: {{place}}", back: "I am back", backDone: "Welcome back to “{{room}}”.",
    leaveEarly: "Ask to leave early", leaveTitle: "Leave “{{room}}” before the shift ends", leaveText: "A leader agrees first. You stay until your relief has signed on.", relief: "Relief", reliefHint: "Whoever may keep watch in this room.", reliefNone: "Nobody else may keep watch in this room.", why: "Reason", whyShort: "At least 4 characters.", backAt: "Back at", backAtHint: "Empty: not in this shift.", backAtWrong: "Give a time like 14:05.", ask: "Ask", asked: "It is asked. A leader agrees, or refuses.",
    departure: "Departure before the shift ends", departures: "Departures that are asked for", by: "{{name}} asks to leave; relief: {{relief}}", because: "Reason: {{reason}}", backBy: "Back at {{time}}", backNot: "Not back in this shift",
    next_leader: "A leader has not agreed yet.", next_relief: "Agreed. {{relief}} has not signed on yet; stay until then.", next_charge: "Agreed, and {{relief}} is here. You are in charge: hand over first.", next_leave: "Agreed, and {{relief}} is here. You may leave.", refusedBy: "{{name}} refused: {{note}}", refusedPlain: "{{name}} refused.",
    handOver: "Hand over", leave: "Leave now", left: "Your watch in “{{room}}” has ended.", withdraw: "Take back", agree: "Agree", refuse: "Refuse", refuseTitle: "Refuse that {{name}} leaves early", refuseWhy: "Why",
    missed: "Missed prompts of the last 7 days", missedOpen_one: "{{count}} to be judged", missedOpen_other: "{{count}} to be judged", shown: "Shown on their screen", notShown: "No screen showed it", judgedBy: "{{verdict}} – {{name}}, {{time}}", judgeOf: "What was it? {{name}}, {{time}}", judgeNote: "Note (optional)", own: "Somebody else judges what you missed.",
    verdict_asleep: "Asleep", verdict_away: "Away", verdict_working: "Working", verdict_fault: "Fault",
  },
};
