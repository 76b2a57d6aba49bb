/** Acts on handovers. */
export const handoverAct = {
  handover_opened: "opened a handover", handover_outgoing_signed: "signed a handover as the one who hands over", handover_incoming_signed: "signed a handover and took over the watch",
  handover_reviewed: "looked a handover through", handover_remarked: "said something of a handover afterwards", handover_printed: "took a handover out on paper",
};

/** Refusals of a handover. */
export const handoverProblem = {
  handover_unknown: "There is no such handover.", handover_unwatched: "Nobody keeps watch in this room. Whoever signs on is in charge of it.", handover_overtaken: "This watch has passed in another way since. Begin again.",
  handover_outgoing: "The one who is in charge of the watch signs first. You are somebody else.", handover_signed: "This was signed already.", handover_first: "Whoever is in charge signs first, then the one who takes over.",
  handover_absent: "Whoever takes over signs on at this room first.", handover_self: "Nobody takes over from themselves.", handover_other: "The sheet was signed for somebody else to take over. Whoever hands over signs it anew for you.",
  handover_unfit: "A watch is not handed over to somebody who is not fit for it. Call the duty lead; you answer for the room until then.", handover_barred: "Something has to be dealt with first: {{why}}",
  handover_unread: "Some open matters are not acknowledged yet: {{count}}.", handover_record: "The duty record of this watch is not complete.", handover_counts: "Count everything on the list, and say what is missing or broken.",
  handover_remarks_over: "The time for remarks on this handover is over.", handover_not_yours: "Remarks are made by who handed over or took over, and by who decides on the watch.", handover_reviewer: "Whoever signed a handover does not review it.",
  handover_undone: "This handover was not completed.", handover_remark_kind: "Choose a remark, a dispute or a defect.",
};

/** Parameters of handovers. */
export const handoverGroup = { handover: "Handover" };
export const handoverName = { handover_counts: "Counted at a handover", handover_remarks: "Remarks on a handover are taken for", handover_found_within: "A defect told within this time was found at the takeover" };
export const handoverAbout = {
  handover_counts: "Whoever hands over says how many there are and whether all is complete.", handover_remarks: "After that a handover stands as it is.", handover_found_within: "Later ones count as found during the watch.",
};
export const handoverWord = {
  keys: "Keys", access_cards: "Access cards", radios: "Radios", torch: "Torches", first_aid: "First-aid kit", shield: "Shields", helmet: "Helmets", steel_fork: "Steel forks", baton: "Batons",
  media: "Storage media", documents: "Documents and registers", cash: "Cash", lost_property: "Lost property",
};
export const handoverClause = { C066: "The watch is handed over by the rules", C067: "What is open is handed on" };
