/** The cameras of control rooms. */
export const room = {
  controlRoom: {
    title: "Control room", watches: "This camera watches the control room {{name}}.", watchesNone: "This camera watches no control room.", mark: "Mark as a control room's camera", edit: "Change", end: "It no longer watches it",
    about: "A control room has a camera of its own, for spot checks. Those who keep watch see its live picture; they play nothing back of it and change nothing about it, whatever else they hold.",
    aside: "You hold a position whose people keep watch in control rooms: you see the live picture of this camera and play nothing back of it.",
    networks: "Computers in this room: {{list}}", noNetworks: "Nobody has said which computers stand in this room. A leaked picture leads to it as a possible one only.",
    markedBy: "Set by {{name}}, {{time}}", markedHere: "Set on the server itself, {{time}}", waits: "Somebody proposed to end this; another person has to confirm it",
    markTitle: "{{name}} watches a control room", markText: "From now on those who keep watch play nothing back of this camera, take no pictures of it and neither switch it off nor set it up. Taking this back needs a second person.",
    name: "Name of the room", nameFor: "Such as “Control room, building 1”", addresses: "Addresses of the computers in it", addressesFor: "One per line, such as 10.1.2.30 or 10.1.2.0/24. By these a leaked picture leads to what this camera saw of the room.",
    endTitle: "{{name}} no longer watches the control room?", endText: "Those who keep watch could then play this camera back and act on it as rights have it. Another person confirms it; until then everything stays as it is.", endDo: "Propose it",
    saved: "{{name}} watches the control room {{room}}.", ended: "{{name}} no longer watches a control room.", endedWaits: "Proposed. Another person has to confirm that {{name}} no longer watches the control room.",
    badge: "Control room", badgeOf: "Watches the control room {{name}}", none: "No control room has a camera of its own.", noneText: "Say on the page of a camera that it watches one. It is then outside what those on watch may play back and change, and serves for spot checks.",
    waiting: "Cameras that are to be a control room's no longer", then: "The room then", held: "The camera watches the control room: whoever keeps watch may not {{right}} there", markedLater: "said to watch the room since {{time}} only", possible: "if it was from this room", bounded: "no end on record, at most until then", watchedThen: "{{name}}: {{from}} – {{to}}", playThen: "Play this back",
  },
};

/** Of the end of a mark that waits for another person. */
export const roomEnds = {
  overtakenRoom: "Overtaken: it no longer watches the room", roomIs: "It watches the control room {{name}}. It is to be its camera no longer.",
  approveRoomTitle: "Confirm that {{name}} no longer watches the control room?", approveRoomText: "From then on those who keep watch play this camera back and act on it as rights have it. It counts once the act stands in the log, within seconds.",
  rejectRoomTitle: "Keep {{name}} as the camera of the control room?", rejectRoomText: "The camera stays that of the room. Your reason goes on record.", withdrawRoomTitle: "Withdraw the proposal about {{name}}?",
  done_approveRoom: "{{name}} no longer watches the control room.", done_rejectRoom: "{{name}} stays the camera of the room.",
};
