// Package unheld names what `ledger verify` holds against nothing: rows of the database of
// which neither an act nor an entry of the log tells. It is the one place that does; the
// documents name it, and the run that forges rows leaves out what stands here and nothing else.
package unheld

// Tables are not compared at all, each with why.
var Tables = map[string]string{
	"act_unindexed":        "what is still to be indexed",
	"act_blocks":           "the index of the acts, whose postings are compared",
	"act_searches":         "questions that people keep",
	"bookmarks":            "notes of people; that they were made is an act",
	"bookmark_retractions": "likewise",
	"clock_steps":          "made from the journals",
	"factor_notices":       "reminders",
	"factor_steps":         "attempts at a second factor",
	"journal_cursors":      "how far journals were read",
	"layouts":              "pictures on screens",
	"person_photos":        "pictures of people; that they were kept is an act",
	"positions_confirmed":  "that there was somebody who confirms positions",
	"removal_state":        "a counter",
	"segment_bytes":        "sums of segments",
	"sessions":             "means of signing in",
	"setup":                "that the set-up is over",
	"shared_logins":        "warnings",
	"sign_in_devices":      "warnings",
	"sign_in_places":       "warnings",
	"tier_journals":        "how far moves were told",
	"tier_locks":           "until when objects are locked; their store tells",
	"tier_moves":           "moves that are under way",
	"volume_days":          "the past of the capacity chart",

	"visits":            "visitors to them; every step is an act",
	"visit_contents":    "likewise",
	"visit_steps":       "likewise",
	"instructions":      "what leaders tell them; every step is an act",
	"instruction_rooms": "likewise",
	"instruction_reads": "likewise",
	"instruction_steps": "likewise",
}

// Columns of the other tables that are not compared.
var Columns = map[string]map[string]string{
	"camera_streams": {"password": "sealed", "password_at": "when that became another; one later than the act of it is named"},
	"cameras":        {"name_key": "made from the name"},
	"ledger_heads":   {"at": "when it was noted"},
	"people": {"password_by": "whose act the password is of", "password_at": "when the password was set", "username_key": "made from the name",
		"directory":         "by which the account opens; whose identity opens it is compared",
		"directory_left_at": "since when its directory does not vouch for it, which ends by itself at the next sign-in and gives no position; those are compared", "created_at": "when the row was made"},
	"identities": {"directory": "what the issuer is called here", "username": "as the directory told last", "display_name": "likewise", "first_at": "when it first came",
		"checked_at": "when it was asked last", "ticket": "sealed"},
	"cards":          {"wrong": "wrong PINs that are counted; that they lock the card is an act", "used_at": "the act of its use tells it"},
	"areas":          {"name_key": "made from the name"},
	"passkeys":       {"sign_count": "counted by the key", "flags": "told by the key", "transports": "a hint for browsers", "used_at": "the act of its use tells it"},
	"recovery_codes": {"created_at": "shown to nobody but their owner", "used_at": "the act of its use tells it"},
	"consoles":       {"name_key": "made from the name", "reported_at": "when it last said the same; that it says nothing any more is an act"},
	"segments": {"aged_at": "made from the steps of the clock", "recovered": "the entry of the segment tells it",
		"state": "that its removal was decided; nothing goes for it without a line of a journal, and the next pass takes it back"},
	"stand_ins":             {"identity": "but for its end, which the act tells"},
	"totps":                 {"sealed": "sealed for this row", "last_step": "of the code that was taken last", "used_at": "the act of its use tells it"},
	"units":                 {"name_key": "made from the name", "code_key": "made from the code"},
	"purposes":              {"created_at": "shown to nobody"},
	"storage_fault_entries": {"id": "shown to nobody"},
	"snapshot_removals":     {"finished_at": "when a file was seen to be gone; whether it is gone is looked at"},
	"tombstones":            {"finished_at": "when a file was seen to be gone, which is shown to nobody; whether it is gone is looked at"},
}
