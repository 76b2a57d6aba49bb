/** Reasons of viewings that are due afterwards. */
export const owed = {
  due: "The reason for looking ({{purpose}}, {{camera}}) is due by {{time}}", missing: "The reason for looking ({{purpose}}, {{camera}}) was due by {{time}} and is missing: that is on record",
  write: "Write the reason", title: "Why did you look?", lead: "{{purpose}}, {{camera}}, from {{time}}. It stands on record beside the viewing and is given once.", send: "Put on record", sent: "The reason is on record.",
  buttons: "Look at once; the reason is due afterwards", button: "Look now: {{purpose}}", hint: "Footage of the last {{time}}. You are told by when the reason is due.",
  listTitle: "Reasons of viewings that are due", state_due: "Due", state_missing: "Missing", by: "{{name}} looked at {{camera}}, {{time}}", dueAt: "due by {{time}}", none: "No reason is due.", more_one: "and {{count}} more", more_other: "and {{count}} more",
};
