// Package unheld names what `ledger verify` holds against nothing: rows of the database of
// which neither an act nor an entry of the log tells. It is the one place that does; the
// documents name it, and the run that forges rows leaves out what stands here and nothing else.
package unheld

// Tables are not compared at all, each with why.
var Tables = map[string]string{
	"act_outbox":           "where acts stand in the log, which is read itself",
	"act_unindexed":        "what is still to be indexed",
	"act_blocks":           "the index of the acts, whose postings are compared",
	"act_searches":         "questions that people keep",
	"areas":                "names of areas",
	"bookmarks":            "notes of people; that they were made is an act",
	"bookmark_retractions": "likewise",
	"camera_clocks":        "the lines of the journals tell of them, and the log of those",
	"clock_steps":          "made from the journals",
	"contracts":            "made by acts that are not compared",
	"directory_mappings":   "settings of a directory",
	"emergencies":          "made by acts that are not compared",
	"factor_notices":       "reminders",
	"factor_steps":         "attempts at a second factor",
	"identities":           "accounts of a directory",
	"journal_cursors":      "how far journals were read",
	"layouts":              "pictures on screens",
	"ledger_heads":         "checkpoints, which are held against the log",
	"parameter_changes":    "made by acts that are not compared",
	"parameter_decisions":  "likewise",
	"parameter_proposals":  "likewise",
	"parameter_values":     "likewise",
	"passkeys":             "means of signing in",
	"person_files":         "papers of people",
	"person_photos":        "likewise",
	"recovery_codes":       "means of signing in",
	"removal_state":        "a counter",
	"rights_review_items":  "made by acts that are not compared",
	"rights_reviews":       "likewise",
	"second_ask_cameras":   "likewise",
	"second_asks":          "likewise; the second person of what was opened stands in its act",
	"segment_bytes":        "sums of segments",
	"sessions":             "means of signing in",
	"setup":                "that the set-up is over",
	"shared_logins":        "warnings",
	"sign_in_devices":      "warnings",
	"sign_in_places":       "warnings",
	"stand_ins":            "made by acts that are not compared",
	"tier_journals":        "how far moves were told",
	"tier_locks":           "until when objects are locked; their store tells",
	"tier_moves":           "moves that are under way",
	"tokens":               "means of signing in",
	"totps":                "means of signing in",
	"units":                "names of units",
	"volume_days":          "the past of the capacity chart",
}

// Columns of the other tables that are not compared.
var Columns = map[string]map[string]string{
	"camera_streams":        {"password": "sealed"},
	"cameras":               {"name_key": "made from the name"},
	"storage_fault_entries": {"id": "shown to nobody"},
	"tombstones":            {"finished_at": "when a file was seen to be gone; whether it is, is looked at"},
}
