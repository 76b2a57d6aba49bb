/** Storage faults: kinds, steps, and what somebody does about them. */
export const storageFault = {
  volume_full: "The disk is full",
  volume_failing: "The disk answers with errors or not at all",
  volume_away: "The disk is not there: its folder is missing or another's, or the configuration no more has it",
  tier_away: "The archive cannot be reached", tier_full: "The archive has no room left", tier_failing: "The archive answers with errors",
  retention_at_risk: "The minimum cannot be kept", footage_damaged: "Footage is not what was recorded, or is missing", damagedFiles_one: "{{count}} file: {{file}}", damagedFiles_other: "{{count}} files, the first of them {{file}}",
  what_altered: "Its bytes are not those that were recorded.", what_missing: "It is not there, and no record tells why.", what_short: "Parts that had been sealed were gone after the recorder died.", what_unproved: "Nothing shows that this camera's recorder wrote it at that time; it may have been put there.", what_misplaced: "It lies in the folder of another camera or day, and was left there. Move it back by hand, or take it away.",
  opened: "Noticed",
  repeated: "Told again",
  escalated: "Leaders told",
  acknowledged: "Acknowledged",
  over: "The cause is gone",
  back: "It is back",
  unproved: "Not proved yet",
  closed: "Closed",
  not_recording: "Recording does not run again",
  oldest_unproved: "The oldest footage is not proved",
  place_absent: "The configuration lacks a disk or tier that footage lies on",
  given_up: "Given up",
  absent: "The configuration no more has {{name}}, and footage lies on it. Put it back into the configuration, or give it up.",
  giveUp: "Give up", giveUpTitle: "Give up {{name}}",
  giveUpText: "All footage that lies there counts as missing from then on: as a gap in the timeline, as a breach of the minimum, and with footage-loss statements. It is mended when the disk or tier is configured again and its files are what was recorded. Your name and the reason go on record.",
};

/** Alarms about disks and tiers that the configuration no more has. */
export const absentAlarms = {
  volume_absent: "Footage lies on the recording disk {{place}}, which the configuration no more has. It cannot be played, and the storage fault stays open until the disk is back or somebody gives it up.",
  tier_absent: "Footage lies on the archive tier {{place}}, which the configuration no more has. It cannot be played, and the storage fault stays open until the tier is back or somebody gives it up.",
};
