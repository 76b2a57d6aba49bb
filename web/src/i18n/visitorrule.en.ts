/** Parameters of visitors and of instructions, by section. */
export const visitorRuleWord = { leader_check: "Leaders on check", police: "Police", technician: "Technicians with an order" };
export const visitorRuleGroup = { visitor: "Visitors", instruction: "Instructions" };
export const visitorRuleName = {
  visitor_preapproved: "Visitors who need no consent", visitor_countersign_within: "Time for signing consent that was given by telephone",
  instruction_countersign_within: "Time for signing an instruction that was given by telephone", instruction_unread_red: "How long an unread instruction is red",
};
export const visitorRuleAbout = {
  visitor_preapproved: "They are registered and go into the control room without waiting. All others go in once somebody lets them in who did not register them.", visitor_countersign_within: "Who is said to have let a visitor in signs for it within this time; after it, it is overdue in their name.",
  instruction_countersign_within: "The leader in whose name the watch entered it signs within this time; until then it is shown as not countersigned.", instruction_unread_red: "Two shifts, as a rule. After that it is still listed as unread.",
};
export const visitorRuleClause = { C057: "Outsiders stay out", C067: "The next shift knows what is open" };
