/** Emergency rights (break-glass). */
export const emergency = {
  button: "Emergency", title: "Emergency rights", take: "Take an emergency right", lead: "For minutes in which nobody can be asked. Leaders are told at once, everything done under it is on record, and a report is due afterwards.",
  leadList: "Rights that somebody took for some minutes when nobody could be asked, with the report about each.",
  what: "What you need", cause: "What has happened", long: "For how long", minutes_one: "{{count}} minute", minutes_other: "{{count}} minutes", reason: "In words (optional)", reasonNeeded: "In words", takeIt: "Take it now", mine: "My emergency rights and reports", nothing: "The house lets no emergency right be taken.",
  name: { playback_recent: "Play back recordings", live_graded: "Watch graded cameras live" },
  about: { playback_recent: "Of the last {{back}}, in your own areas, up to security grade {{grade}}", live_graded: "In your own areas, up to security grade {{grade}}" },
  causes: { fire: "Fire", intrusion: "Intrusion", violence: "Violence", theft: "Theft", injury: "Injury", missing_person: "Missing person", damage: "Damage", technical: "Technical failure", other: "Something else" },
  told: "{{name}} has taken an emergency right", toldMissing: "{{name}} has not reported about an emergency right", look: "Look at it", over: "Ended {{time}}, report to come", dueWas: "The report was due {{time}}",
  left: "{{left}} left", end: "End it", endTitle: "End this emergency right?", endText: "It is {{name}}'s. What runs under it ends within a second.", ended: "The right is ended.", taken: "The right is in force now. Leaders have been told.",
  reportDue: "Report due by {{time}}: {{right}}", reportMissing: "Report overdue since {{time}}: {{right}}", write: "Write the report", report: "Report", reportHint: "What happened, what you looked at or did, whom you told, what came of it.", reportText: "At least ten letters, or five Chinese characters.", send: "Hand in the report", sent: "The report is handed in.",
  none: "Nobody has taken an emergency right", noneText: "The button is at the lower end of the navigation, for whoever may take one.", noneOwn: "You have taken none",
  person: "Taken by", right: "Right", time: "Time", state: "State", causeOf: "Cause", words: "In words", due: "Report due", endedBy: "Ended early", endedByWhy: "by {{name}}, {{time}}: {{reason}}", endedByAt: "by {{name}}, {{time}}", acts: "What was done under it", actsLink: "Open in the audit trail", scope: "Reach", late: "late", reportedAt: "handed in {{time}}",
  state_running: "Running", state_due: "Report due", state_overdue: "Report overdue", state_reported: "To be settled", state_settled: "Settled",
  settle: "Settle", settleLead: "Say whether it was justified, and why. Nobody settles their own.", justified: "Justified", unjustified: "Not justified", verdict: "Verdict", verdictBy: "{{verdict}}, {{name}}, {{time}}", note: "Why", settled: "It is settled.",
};
