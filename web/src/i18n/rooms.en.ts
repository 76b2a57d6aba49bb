/** Where the screens of rooms, visitors and instructions stand. */
export const roomsNav = { rooms: "Control rooms" };

/** The register of control rooms. */
export const rooms = {
  rooms: {
    title: "Control rooms", count_one: "{{count}} in use", count_other: "{{count}} in use",
    lead: "Who answers for a room at any minute, its rosters, duty records and visitors all hang on it. While nobody keeps watch, its head answers for it.",
    add: "Add a control room", edit: "Change", retire: "Take out of use", retireOf: "Take {{name}} out of use", editOf: "Change {{name}}", none: "There is no control room yet.", noneText: "Add the first one. Its head answers for it until somebody signs on.",
    name: "Name of the room", nameFor: "Such as “Control room, building 1”", areas: "Areas that it watches", areasAll: "All areas", areasHint: "None chosen: everything. An area stands for what lies in it, too.",
    head: "Head of the room", headHint: "Consents to swaps, and answers for the room while nobody keeps watch. Those are offered who may decide on the watch in all of its areas.", headNone: "Nobody may decide on the watch in all of these areas.", headAnswers: "{{name}} heads it",
    staff: "Fewest people on a watch", staffOf_one: "{{count}} person on a watch at least", staffOf_other: "{{count}} people on a watch at least", staffWrong: "A watch takes 1 to 50 people.",
    hours: "Watched", hours_around_the_clock: "Around the clock", hours_business: "In business hours", hoursHint: "A room that is watched around the clock is never closed.",
    networks: "Addresses of the computers in it", networksHint: "One per line, such as 10.1.2.30 or 10.1.2.0/24. People sign on at these alone; none given: at any computer.", networksOf: "Signs on at {{list}}", networksAny: "Signs on at any computer",
    phone: "Telephone of the room", retireTitle: "Take {{name}} out of use?", retireText: "What the room was stays on record. Nobody signs on there any more. It cannot be taken back.",
    added: "{{name}} was added.", changed: "{{name}} was changed.", retired: "{{name}} was taken out of use.", isRetired: "Out of use since {{day}}", showRetired_one: "Show {{count}} room out of use", showRetired_other: "Show {{count}} rooms out of use", hideRetired: "Hide those out of use",
  },
};
