/** Where the screen stands. */
export const noticeNav = { instructions: "Instructions" };

/** Instructions and notices of leaders to control rooms. */
export const instructions = {
  instructions: {
    title: "Instructions and notices", lead: "What leaders tell the control rooms. Everybody who is to read it confirms it; an instruction has somebody who sees to it, and a day, before the watch is handed over.",
    mine: "Waits for you", open: "Open", all: "All", none: "Nothing is open.", noneEver: "Nothing was ever given.", give: "Give an instruction or a notice", told: "A leader told me",
    kind_instruction: "Instruction", kind_notice: "Notice", state_open: "Open", state_closed: "Closed", state_withdrawn: "Withdrawn", expired: "Valid no more",
    by: "{{name}}, {{time}}", byTold: "{{name}} by telephone, {{time}}; entered by {{by}}", unsigned: "Not countersigned: {{name}} signs by {{time}}", unsignedOver: "Not countersigned: {{name}} should have signed by {{time}}",
    unowned: "Nobody sees to it yet. The watch cannot be handed over before somebody does.", owner: "{{name}} sees to it by {{time}}", overdue: "{{name}} should have seen to it by {{time}}", until: "Valid until {{time}}",
    readBy: "Read: {{names}}", unread: "Not read: {{names}}", readNone: "Nobody has read it yet", read: "I read it", readAlready: "You read it",
    take: "Who sees to it", result: "What came of it", close: "Close", withdraw: "Withdraw", sign: "I said so", deny: "I did not say so", rooms: "For the control rooms", roomsAll: "All that you may give instructions to", what: "What it is", text: "What is to be done or known", validUntil: "Valid until (optional)", ownerField: "Who sees to it", ownerMe: "I", dueField: "By when", giver: "Which leader said it", giverHint: "They sign for it within a day. Until then it is shown as not countersigned.", optional: "{{label}} (optional)",
    timeFormat: "Such as 2026-12-01 18:00, still to come.", closes: "That is all: close it", resultTitle: "What came of it", denyTitle: "You did not say so?", denyText: "The instruction is withdrawn. That goes on record.", withdrawTitle: "Withdraw it?",
    step_assigned: "{{name}}: {{owner}} sees to it by {{time}}", step_countersigned: "{{name}} signed for it", step_denied: "{{name}} denied having said it: {{note}}", step_result: "{{name}}: {{note}}", step_closed: "{{name}} closed it: {{note}}", step_withdrawn: "{{name}} withdrew it: {{note}}",
    done_given: "Given.", done_told: "Entered. The leader signs for it.", done_read: "Confirmed.", done_assigned: "Noted who sees to it.", done_result: "Written down.", done_closed: "Closed.", done_signed: "Signed.", done_withdrawn: "Withdrawn.", save: "Give", saveTold: "Enter", before: "Show earlier",
  },
};

/** Acts on instructions. */
export const instructionAct = {
  instruction_given: "gave control rooms an instruction or a notice", instruction_read: "confirmed having read an instruction", instruction_assigned: "said who sees to an instruction", instruction_countersigned: "signed for having given an instruction", instruction_denied: "denied having given an instruction",
  instruction_result: "wrote what came of an instruction", instruction_closed: "closed an instruction", instruction_withdrawn: "withdrew an instruction",
};

/** Refusals about instructions. */
export const instructionProblem = {
  instruction_unknown: "There is no such instruction.", instruction_kind: "Choose instruction or notice.", instruction_rooms: "Choose the control rooms that it is for, 100 at most.", instruction_until: "Choose a time that is still to come.", instruction_due: "Choose a time that is still to come, within a year.", instruction_owner: "Name who sees to it.",
  instruction_is_notice: "Nobody has to see to a notice.", instruction_giver: "Choose somebody who may give instructions to this room, and is not you.", instruction_future: "This time is still to come, or more than a week ago.", instruction_over: "It was closed or withdrawn meanwhile.", instruction_read_already: "You confirmed that you read it already.",
  instruction_not_asked: "Who is said to have given it signs for it.", instruction_not_yours: "Who sees to it, or who gave it, writes what came of it.", instruction_not_giver: "Who gave it takes it back.", instruction_unsigned: "Who is said to have given it signs first; then it is closed.", instruction_page: "There is no such page.",
};
