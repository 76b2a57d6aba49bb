/** Following a picture that leaked back to who looked. */
export const trace = {
  title: "Trace a leaked picture", open: "Trace a leaked picture", back: "Audit trail",
  lead: "The watermark on a picture bears a trace id. Typed in here it tells who looked, when, from where and at which camera. Where no id can be read, the camera and the minute will do. Every search goes on record.",
  id: "Trace id", idHint: "Nine letters and digits, such as 7KQ-2MD-4XZ. Case, spaces and dashes do not matter.", or: "Or, where no id can be read", camera: "Camera", minute: "Minute shown", minuteHint: "Such as 2026-11-22 02:13, in the time of the site.", search: "Trace", minuteInvalid: "Write the minute as 2026-11-22 02:13.", needsCamera: "Choose the camera.",
  found_one: "{{count}} look", found_other: "{{count}} looks", none: "Nobody's look is on record for this", noneText: "No look that you may know of bears this trace id. Compare it with the picture again: 8 and B, 5 and S, 2 and Z are easily mistaken.", noneMinute: "Nobody is on record who saw this minute of the camera, live or later.",
  partial: "There is more than is shown here; the audit trail has all of it.",
  kind_live: "Watched live", kind_picture: "Looked at a live picture", kind_playback: "Played back", kind_snapshot: "Kept or looked at a snapshot",
  when: "Looked", footage: "Footage", purpose: "Purpose", address: "Address", console: "Console", signedIn: "Signed in", session: "Session", token: "Token", noEnd: "from {{from}} on, no end on record", latest: "from {{from}} on, no end on record; over by {{latest}} unless another entry tells more", act: "Act {{n}} on record", acts: "Proof", allActs: "All acts under this id",
  deters: "A watermark deters and helps to find; it proves nothing by itself. The acts prove.",
  asked: "Trace id {{id}}", askedMinute: "Minute {{minute}}", led_one: "led to {{count}} look", led_other: "led to {{count}} looks",
};
