/** The rights of the watch. */
export const dutyAction = {
  duty_read: "see rooms, rosters and duty records", duty_stand: "keep watch", duty_plan: "plan rosters", duty_decide: "decide on leave, swaps and the watch",
  duty_instruct: "give instructions to a room", duty_configure: "set up control rooms", visitor_approve: "let visitors into a room",
};

/** Acts on control rooms. */
export const dutyAct = { room_added: "set up a control room", room_changed: "changed a control room", room_retired: "took a control room out of use",
  duty_signed_on: "signed on", duty_signed_off: "watch ended", duty_taken_over: "took over a watch without a signature", duty_room_closed: "closed a control room", duty_answers: "who answers for a control room changed",
};

/** Refusals of the watch. */
export const dutyProblem = {
  room_name_taken: "Another control room has this name.", room_retired: "This control room was taken out of use.",
  duty_person: "Somebody keeps watch who is signed in; a token is nobody.", duty_not_here: "People sign on at a computer of {{room}}. This is none of them.", duty_on_watch: "This person has signed on here already.",
  duty_elsewhere: "This person keeps watch in {{room}}. That watch ends first.", duty_factor: "Signing on takes a second factor besides the password. Enrol one under “My account” first, or ask for a staff card.",
  duty_unplanned: "This person is not on the roster now. Say why they sign on.", duty_checks: "Look at everything on the list, and say what is not as it should be.", duty_off_watch: "This person keeps no watch here, or is not in charge of it.",
  duty_successor: "You are in charge of {{room}}. The watch passes to a successor by a handover; until both have signed you answer for the room. The attempt is on record. If nobody comes, call the duty lead, who may take over.",
  duty_relief: "Without you fewer than {{staff}} would keep watch. Wait for your relief. The attempt is on record.", duty_own_watch: "You are in charge of this watch already.",
  duty_round_the_clock: "{{room}} is watched around the clock. Its watch passes by a handover and is not closed.", duty_stand_by: "Name somebody whose account is in use, and the telephone on which they answer for the closed room.", duty_closed: "This room is closed.", duty_meanwhile: "Somebody else acted on this watch at the same time. Look again.",
  room_area: "There is no such area.", room_head: "Choose somebody whose account is in use and who may decide on the watch there.", room_staff: "A watch takes 1 to 50 people.",
  room_hours: "Choose when the room is watched.", room_watched: "Somebody keeps watch in this room. End the watch first.", room_elsewhere: "Your position includes this in other areas than those of {{room}}.",
};

/** Parameters of the watch. */
export const dutyGroup = { duty: "Watch" };
export const dutyName = {
  duty_early: "How early people sign on for a shift", duty_grace: "How late, or early, is not worth a word", duty_factor: "Signing on takes a second factor", duty_start_checks: "Looked at when signing on", duty_close_checks: "Looked at when closing a room",
};
export const dutyAbout = {
  duty_early: "Who signs on earlier is not on the roster yet and says why.", duty_grace: "Beyond it lateness and leaving early stand in the duty record.", duty_factor: "An authenticator, a passkey or a staff card besides the password.",
  duty_start_checks: "Everybody who signs on looks at these things and says what is not as it should be.", duty_close_checks: "Whoever closes a room of business hours looks at these things.",
};
export const dutyWord = {
  dress: "Dress and badge in order", clean: "Room and equipment clean", dry: "Dry and ventilated", flammables: "Nothing flammable, explosive or toxic in the room", smoking: "No smoking, no open fire", cups: "Cups away from the equipment",
  equipment: "Equipment running", keys: "Keys complete", radios: "Radios present and charged", visitors: "Nobody in the room who does not belong there",
  recording: "All cameras record", displays: "Displays off", consoles: "Consoles off", windows: "Windows closed", doors: "Doors locked", power: "Power of what is not needed off", keys_back: "Keys back in their place", alarms_routed: "Alarms ring at the stand-by",
};
export const dutyClause = {
  C044: "The room is staffed around the clock", C045: "Shift times are kept", C053: "Room and equipment are clean", C054: "No dangerous goods in the room", C055: "No smoking or open fire", C056: "Cups stay away from equipment", C059: "Equipment is checked continuously", C079: "Shut down in order after work",
};
