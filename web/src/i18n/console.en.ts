/** Computers at which people watch. */
export const consoles = {
  title: "Consoles", script: "The script is deploy/console/setup in the source; the guide “Consoles for one purpose”, docs/guide/en/consoles.md beside it, tells step by step how a computer is set up.", lead: "Each is set up to run the browser alone, without USB storage, and reports every five minutes how it stands. A report is what the console says of itself. The guide says how to set one up, what drift means and what this does not protect.",
  count_one: "{{count}} in use", count_other: "{{count}} in use",
  none: "No consoles yet", noneText: "Add a console, then run the set-up script on that computer with its id and token.",
  add: "Add console", name: "Name", place: "Where it stands", lasts: "Its token lasts", days_one: "{{count}} day", days_other: "{{count}} days",
  id: "Id {{id}}", reported: "Last report {{time}}", never: "No report yet", tokenEnds: "Token until {{time}}", tokenEnded: "Its token is over: give it another one",
  state_waiting: "Not set up yet", state_ok: "As set up", state_drift: "Differs", state_silent: "Silent", state_retired: "Out of use",
  driftSince: "Differs since {{time}}", silentSince: "Nothing heard since {{time}}",
  found_file_missing: "A file of the set-up is missing", found_file_changed: "A file of the set-up was changed", found_policy_added: "Another policy of the browser was added",
  found_usb_allowed: "A driver of USB storage may load", found_usb_loaded: "A driver of USB storage is loaded", found_media_mounted: "A removable medium is mounted",
  found_program: "A program that is not allowed runs", found_unread: "The checker could not look at this", found_profile: "It was set up otherwise than at its first report", found_unreadable: "What it reported cannot be read here",
  renew: "New token", renewOf: "New token for {{name}}", renewTitle: "Give {{name}} another token?", renewText: "The one before is over at once. Run the set-up script on the computer with the new one; the set-up that it then reports is the one that counts.",
  retire: "Take out of use", retireOf: "Take {{name}} out of use", retireTitle: "Take {{name}} out of use", retireText: "Its token is over at once, and nobody waits for its reports any more.", retired: "{{name}} is out of use.",
  made: "Token of {{name}}", once: "It is shown only now. Write it into a file on the computer that root alone reads, and run there as root:", done: "I have kept it",
};

/** What a stand-in reads and signs. */
export const briefing = {
  title: "Before you take the post", script: "The script is deploy/console/setup in the source; the guide “Consoles for one purpose”, docs/guide/en/consoles.md beside it, tells step by step how a computer is set up.", lead: "You stand in for one shift. Read this, take your time, and sign it yourself. Until then no picture is shown.",
  begin: "Open the briefing", pledge: "Pledge of secrecy", wait: "You can sign in {{left}}.", password: "Sign with the password of {{name}}", sign: "I have read it and sign", signed: "Signed. Live pictures are open to you.",
};
