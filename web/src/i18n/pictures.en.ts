// Words of snapshots as a class of records with rules of its own.
export const pictures = {
  footage: "Footage", snapshots: "Snapshots", kind: "Kind of record",
  lead: "A snapshot goes with the footage that it shows, whatever stands here. A maximum lets it go earlier.",
  acts: "What people did stays on record: acts are never removed, so network and operation logs are there for more than six months.",
  asFootage: "As long as their footage", asFootageText: "Nobody has set anything: snapshots are kept for as long as their footage must be, and go with it.",
  noMaximum: "None of their own; they go with their footage", withFootage: "then with their footage",
  cell: "Snapshots: {{rule}}", there_one: "{{count}} snapshot, {{size}}", there_other: "{{count}} snapshots, {{size}}", none: "No snapshot", lastPass_one: "{{count}} snapshot removed", lastPass_other: "{{count}} snapshots removed",
  promised_one: "{{count}} day is promised to older snapshots", promised_other: "{{count}} days are promised to older snapshots",
  older: "Older snapshots are kept",
  limit: "Set a maximum: older snapshots are removed, also while their footage is there", limitHint: "Without one, snapshots stay for as long as their footage.",
  late_one: "Their footage goes after {{count}} day, and they go with it.", late_other: "Their footage goes after {{count}} days, and they go with it.", uncapped_one: "Their footage need not be kept for longer than {{count}} day, and they go with it.", uncapped_other: "Their footage need not be kept for longer than {{count}} days, and they go with it.",
  lowers_one: "The minimum goes from {{from}} days to {{count}} day, for pictures of what happens from now on", lowers_other: "The minimum goes from {{from}} to {{count}} days, for pictures of what happens from now on", existing: "Also for older snapshots, which were promised more", approveText: "Snapshots that were promised more may go sooner from now on. What is removed does not come back.",
  alsoExisting: "Also for older snapshots", effect: "What the change does to snapshots that are there", effectNothing: "No snapshot that is there now goes sooner.",
  effectRemoved_one: "{{count}} snapshot goes within minutes, {{size}}", effectRemoved_other: "{{count}} snapshots go within minutes, {{size}}",
  ownFromNow: "Snapshots of this camera follow the rule for all. What you set here becomes a rule of its own.",
  removed: "Removed snapshots", removedNone: "No snapshot was removed yet", of: "of {{time}}", by_main_maximum: "With its footage: past the maximum", by_main_space: "With its footage: room was needed", by_main_order: "With its footage: lawful order", by_snapshot_maximum: "Past the maximum for snapshots",
  gone: "Removed {{time}}", going: "Being removed",
};
