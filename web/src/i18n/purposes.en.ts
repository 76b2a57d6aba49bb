/** The register of purposes, and who else is at the screen. */
export const purposes = {
  title: "Purposes", count_one: "{{count}} in use", count_other: "{{count}} in use",
  lead: "What recorded footage may be looked at for, each purpose with its legal basis. Nothing is looked at for a purpose that does not stand here or is retired.",
  add: "Add purpose", edit: "Purpose", code: "Code", codeHint: "Letters a to z, digits and _. Acts bear it, and it never changes.",
  nameZh: "Name in Chinese", nameEn: "Name in English", basisZh: "Legal basis in Chinese", basisEn: "Legal basis in English",
  eitherHint: "Where one language is empty, the other is shown.", basis: "Legal basis", clauses: "Clauses", clausesHint: "Ids such as C006.",
  needsReason: "Needs a reason", needsReasonHint: "In free words, besides the purpose.", reasonAfter: "Reason afterwards", reasonAfterHint: "The newest footage is looked at by a button; the words are due afterwards, and their absence is on record. Parameters say how far back, and how soon.", afterTag: "reason afterwards", needsRequest: "Needs an approved request", needsRequestHint: "There are no requests yet: until then nothing can be looked at for it.",
  needsSecond: "Needs a second person", needsSecondHint: "Somebody of another position agrees to each viewing.", secondTag: "with a second person",
  back: "How far back", backNone: "As far as the rights reach", backOf: "{{time}} back", backSystem: "{{time}} back, by the parameter",
  reasonTag: "with reason", requestTag: "with request", bySystem: "written by the system", onDuty: "on watch only", builtIn: "came with the program", retiredTag: "Retired", retiredSince: "retired {{date}}",
  saved: "{{name}} is saved.", retire: "Retire", retireText: "Nothing can be looked at for it from then on. Viewings that are open end at their time.", retired: "{{name}} is retired.",
  restore: "Use again", restoreText: "It can be chosen again.", restored: "{{name}} is in use again.", showRetired: "Retired", inUse: "In use",
  review: "Duty review (written by the system)", reviewHint: "The last {{time}} of your own area need neither purpose nor reason.", choose: "Choose a purpose", needed: "Choose for which purpose you look.",
  waiting: "Proposals that wait for another person", waits: "Waits for approval", overtaken: "Overtaken: the purpose has changed since", yes: "Yes", no: "No",
  propose: "Propose", proposeText: "More could be looked at afterwards, with less asked, or it is called otherwise; earlier looks keep the words of their day. It holds once another person has approved it.", proposed: "Proposed. It holds once another person has approved it.",
  step_add: "Add: {{name}}", step_change: "Change: {{name}}", step_restore: "Use again: {{name}}",
  approveText: "With your approval it holds at once.", rejectText: "The register stays as it is. Your reason goes on record.", withdrawText: "The proposal stays on record as withdrawn.",
  done_approve: "Approved. It holds.", done_reject: "The proposal is rejected.", done_withdraw: "The proposal is withdrawn.",
};

export const present = {
  label: "Who else is at the screen", colleagues: "People of the house", search: "Type two characters of the name.", nobody: "Nobody of this name has an open account.", guest: "Add somebody from outside", guestName: "Name", guestUnit: "Unit, such as the police station", remove: "Take away",
  none: "Nobody else", beside_one: "{{count}} person beside", beside_other: "{{count}} people beside", open: "Who else is here", title: "Who else is at this screen",
  why: "Their names stand in the acts of the live pictures that are watched here, until {{until}} at the latest.", whyNone: "Their names stand in the acts of the live pictures that are watched here.",
  save: "Put on record", leave: "Nobody else any more", saved: "Who is here is on record.", outsider: "{{name}} ({{unit}})",
};
