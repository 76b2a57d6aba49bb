/** What covers a camera's pictures, and the other ways to them. */
export const device = {
  masks: {
    title: "Privacy masks", none: "Nothing covers the pictures of this camera.", covered: "Covered: {{names}}", onDevice: "Covered on the device itself: {{what}}", setBy: "Set by {{name}}, {{time}}", setHere: "Set on the server itself, {{time}}", waits: "A change that shows more waits to be confirmed by another person",
    edit: "Edit masks", editOf: "Privacy masks of {{name}}", rectangle: "Rectangle", outline: "Outline", byNumbers: "By numbers", nth: "Mask {{n}}", canvas: "Picture of {{name}} with its masks",
    hint: "Drag a mask or its corners; arrow keys move a corner by half a per cent, with Shift by five.", hint_rectangle: "Drag from one corner to the other. Esc stops.", hint_outline: "Click corner by corner; Enter, a double click or the first corner closes the outline. Esc stops.",
    noPicture: "The camera has no picture now. Masks can be set by numbers.", noRight: "Your position does not see pictures. Masks can be set by numbers.",
    name: "Name", reason: "Reason", reasonFor: "What it covers, for whose sake", points: "Corners, in per cent of width and height", x: "Corner {{n}}, from the left", y: "Corner {{n}}, from the top", point: "Corner {{n}}: {{x}} % from the left, {{y}} % from the top", addPoint: "Add a corner", removePoint: "Remove corner {{n}}", remove: "Remove {{name}}",
    device: "Covered on the device itself", deviceFor: "What is set there, such as “two windows, in the device’s own menu”", why: "Why it changes", whyHint: "More is covered at once. Where less is covered a reason is needed, and another person confirms it.",
    saved: "The masks of {{name}} are set.", savedWaits: "This shows more at {{name}}. It waits for another person; until then everything stays as it was.", waiting: "Masks that are to go", fromTo: "{{from}} masks now, {{to}} then", stays: "stays", differs: "smaller, or elsewhere", goes: "goes",
  },
  doors: {
    title: "Other ways to the pictures", lead: "Every way past this program, and whose it is. What nobody knows is a finding.", filter: "Other ways",
    kind_recorder_client: "Recorder and its client", kind_web_page: "Web page of the device", kind_cloud_app: "Cloud or phone app", kind_shared_account: "Shared account on the device", kind_other: "Another way",
    state: "What is found", state_closed: "Closed", state_owned: "Somebody’s", state_unknown: "Unknown", ownedBy: "{{name}} answers for it", since: "Since {{day}}; checked by {{name}}, {{time}}", onServer: "the server’s command line", nobody: "Nobody has looked yet",
    check: "Check", checkOf: "Check: {{what}}", add: "Add another way", label: "What it is", labelFor: "Such as “monitor in the lodge”", owner: "Who answers for it", byPerson: "A person of the register", byName: "Somebody else", sinceDay: "Since (today if left out)", noteFor: "How it was checked", saved: "The camera’s file is kept.",
    password_one: "The device’s password was changed {{count}} day ago, on {{day}}; it may be {{most}} days old", password_other: "The device’s password was changed {{count}} days ago, on {{day}}; it may be {{most}} days old", passwordOld_one: "The device’s password is {{count}} day old, since {{day}}, and may be {{most}}. Change it on the device, then type it under Edit.", passwordOld_other: "The device’s password is {{count}} days old, since {{day}}, and may be {{most}}. Change it on the device, then type it under Edit.", noPassword: "No password is kept for this device",
    unknown_one: "{{count}} way to its pictures is unknown", unknown_other: "{{count}} ways to its pictures are unknown", old_one: "Password {{count}} day old", old_other: "Password {{count}} days old",
  },
};
