/** The watch board. */
export const watchNav = { watchBoard: "Watch board" };

export const watch = {
  watch: {
    title: "Watch board", tab: "Watch board or the past", now: "Now", past: "Who answered when", rooms_one: "{{count}} control room", rooms_other: "{{count}} control rooms", vacant_one: "{{count}} without a watch", vacant_other: "{{count}} without a watch",
    lead: "Exactly one person answers for each room at every minute: whoever is in charge of the watch, the stand-by of a closed room, or, while nobody keeps watch, the head of the room.",
    none: "There are no control rooms yet.", noneText: "Once one is set up it stands here, with who keeps watch in it.", noneYours: "No control room watches your areas.",
    state_kept: "Watch is kept", state_vacant: "Nobody keeps watch", state_closed: "Closed",
    as_kept: "in charge of the watch", as_vacant: "nobody keeps watch; answers as head of the room", as_closed: "answers as stand-by of the closed room", vacant: "{{name}} answers as head of the room", closed: "{{name}} answers as stand-by", reach: "Telephone {{phone}}",
    since: "since {{time}}", how_room_added: "when the room was set up", how_head_changed: "when the room got another head", how_signed_on: "by signing on to a room without a watch", how_handed_over: "by a handover that both signed", how_taken_over: "by taking over without a signature", how_closed: "when the room was closed",
    orderedBy: "by {{name}}", because: "Reason: {{reason}}",
    on: "Signed on", onNone: "Nobody has signed on.", staff: "{{n}} of at least {{of}} on watch", few: "too few", inCharge: "in charge", late: "{{time}} late", early: "left {{time}} early", unplanned: "not on the roster", planned: "on the roster from {{from}} to {{to}}",
    phone: "Telephone of the room", head: "Head of the room",
    mine: "You keep watch here", mineCharge: "You are in charge here", mineUntil: "until {{time}}, {{left}} to go", mineOver: "planned until {{time}}, {{over}} ago", mineFor: "for {{time}} now", mineForUnplanned: "for {{time}} now, not on the roster",
    signOn: "Sign on", another: "Somebody else signs on here", handOver: "Hand over", signOff: "Sign off", takeOver: "Take over", close: "Close the room", when: "Who answered when", actsOf: "What to do in {{name}}",
    signOnTitle: "Sign on: {{name}}", anotherTitle: "Somebody else signs on: {{name}}", startCharge: "Nobody keeps watch here. Whoever signs on is in charge from then on and answers for the room.", startJoin: "{{name}} is in charge of this watch and stays so.",
    looks: "Look at everything, then sign.", allOk: "All in order", ok: "In order", bad: "Not in order", note: "What is not in order", noteFor: "What is wrong with: {{item}}", lacks_one: "{{count}} thing has no answer yet.", lacks_other: "{{count}} things have no answer yet.", noted: "Say what is wrong.", seen: "{{n}} of {{of}} looked at",
    keysHint: "Arrow keys move, Enter or Space answers.", next: "Next: sign", backToList: "Back to the list", signHere: "Sign on", signsHere: "The person who signs on shows who they are. Nobody's session ends, and no new one begins.",
    reason: "Why you sign on without being on the roster", reasonOther: "Why this person signs on without being on the roster",
    signedOn: "{{name}} has signed on in {{room}}.", youSignedOn: "You have signed on in {{room}}.", signedOff: "Your watch in {{room}} has ended.",
    offTitle: "Sign off from {{name}}?", offText: "Your watch ends, and with it what you may do only on watch.", offCharge: "You are in charge of this watch. It passes by a handover; leaving without one is refused, and the attempt is put on record.", offNote: "Note (optional)",
    wayOn: "The ways on", wayHand: "Hand over to your relief.", wayCall: "Nobody comes? One of these people may take over the room: {{names}}.", wayCallNone: "Nobody comes? Call the head of the room, {{name}}.", wayPhone: "The room's telephone is {{phone}}.",
    takeTitle: "Take over {{name}}?", takeOk: "Take over", takeKept: "From this moment you are in charge and answer for the room, without the signature of {{name}}. Their watch ends at once, and with it what they may do only on watch. For when they cannot or will not sign. Your reason stands on record for good.",
    takeVacant: "From this moment you are in charge and answer for the room in place of {{name}}. You are signed on with it. Your reason stands on record for good.", taken: "You are in charge of {{room}}.",
    closeTitle: "Close {{name}}", closeText: "The watch ends for everybody who is signed on, and the stand-by answers for the room until somebody signs on again.", standBy: "Stand-by", standByHint: "Who answers for the room while it is closed.", standByPhone: "Telephone of the stand-by", closeOk: "Close the room", closedDone: "{{room}} is closed. {{name}} answers for it.", phoneShort: "At least three characters.",
    notHere: "This is no computer of {{name}}. People sign on at one of its own computers.",
    day: "Day", minute: "Minute", dayBefore: "The day before", dayAfter: "The day after", today: "Today", minuteWrong: "Write the minute as 14:05; this day has it once.", dayWrong: "A day of the past year, up to today.",
    ahead: "This minute has not been yet.", before: "The room was not there yet.", atMinute: "Who answered at {{time}}", passed: "The watch passed in this minute.", presentThen: "Signed on: {{names}}", presentNone: "Nobody was signed on.",
    ofDay: "Who answered on {{day}}", onOfDay: "Who was signed on", onOfDayNone: "Nobody was signed on this day.", from: "from", untilNow: "until now", stillOn: "on watch", off_signed_off: "signed off", off_handed_over: "handed over", off_taken_over: "was taken over from", off_closed: "room closed",
    foundBad: "Not in order: {{items}}", badItem: "{{item}} ({{note}})", more: "There is more than is shown.", bar: "{{name}}: 24 hours, minute {{time}}. Arrow keys move by a minute, Page keys by an hour.", barText: "{{from}} to {{to}}: {{name}}, {{state}}", legend: "Colours", hoursOf: "This day has {{count}} hours: the clock is changed.",
    strip: "Who is on watch", stripVacant: "nobody keeps watch", stripSince: "{{name}} since {{time}}",
  },
};
