/** The rights of the watch. */
export const dutyAction = {
  duty_read: "see rooms, rosters and duty records", duty_stand: "keep watch", duty_plan: "plan rosters", duty_decide: "decide on leave, swaps and the watch",
  duty_instruct: "give instructions to a room", duty_configure: "set up control rooms", visitor_approve: "let visitors into a room",
};

/** Acts on control rooms. */
export const dutyAct = { room_added: "set up a control room", room_changed: "changed a control room", room_retired: "took a control room out of use" };

/** Refusals of the watch. */
export const dutyProblem = {
  room_name_taken: "Another control room has this name.", room_retired: "This control room was taken out of use.",
  room_area: "There is no such area.", room_head: "Choose somebody whose account is in use and who may decide on the watch there.", room_staff: "A watch takes 1 to 50 people.",
  room_hours: "Choose when the room is watched.", room_watched: "Somebody keeps watch in this room. End the watch first.", room_elsewhere: "Your position includes this in other areas than those of {{room}}.",
};
