package unheld_test

import (
	"slices"
	"testing"

	"watchroom/internal/archive/audit/unheld"
	"watchroom/internal/db"
	"watchroom/internal/testkit/dbtest"
)

// held are the tables whose rows are compared.
var held = []string{
	"act_outbox", "act_postings", "acts", "areas", "attendances", "handover_remarks", "handover_signatures", "handovers", "rooms", "tenures", "camera_clocks", "camera_masks", "camera_streams", "cameras", "cards", "consoles", "contracts", "control_rooms", "coverage", "coverage_days", "deletion_order_cameras", "deletion_order_decisions", "deletion_orders", "directory_mappings", "emergencies", "footage_damages", "hold_cameras", "hold_releases", "holds", "identities", "leaving_ticks", "leavings", "ledger_heads", "loss_cameras", "loss_entries", "losses",
	"maintenance_cameras", "maintenance_ends", "maintenance_windows", "parameter_changes", "parameter_decisions", "parameter_proposals", "parameter_values", "passkeys",
	"person_files",
	"people", "people_position_areas", "people_positions", "positions", "proposals", "purposes", "recovery_codes", "removal_freezes", "retention_proofs", "retention_rules",
	"rights_policies", "rights_review_grants", "rights_review_items", "rights_reviews", "schedules", "second_ask_cameras", "second_asks", "segments", "side_doors", "signings", "snapshot_removals", "snapshots", "stand_ins", "storage_fault_entries", "storage_faults", "tokens", "tombstones",
	"totps", "units", "viewing_cameras", "viewing_present", "viewing_reasons", "viewings",
}

// TestEveryTableIsHeldOrNamed: who adds a table says whether it is compared.
func TestEveryTableIsHeldOrNamed(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	var tables []string
	err := d.Read().NewRaw("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'goose%'").Scan(t.Context(), &tables)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		if _, left := unheld.Tables[table]; left == slices.Contains(held, table) {
			t.Errorf("%s: left out is %v, and held the same", table, left)
		}
		var columns []string
		if err := d.Read().NewRaw("SELECT name FROM pragma_table_info(?)", table).Scan(t.Context(), &columns); err != nil {
			t.Fatal(err)
		}
		for c := range unheld.Columns[table] {
			if !slices.Contains(columns, c) {
				t.Errorf("%s has no column %s", table, c)
			}
		}
	}
	for table := range unheld.Tables {
		if !slices.Contains(tables, table) {
			t.Errorf("there is no table %s", table)
		}
	}
}
