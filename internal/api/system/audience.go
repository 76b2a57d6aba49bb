package system

import (
	"maps"

	"watchroom/internal/access"
)

// told has every code of an alarm, and the right by which somebody is told of one that is about
// no camera. One about a camera is told to whoever reads the state of the system there.
var told = map[string]access.Action{
	// What people took, hold or prove is told where it can be looked into.
	"emergency_taken": access.EmergencyReview, "emergency_report_missing": access.EmergencyReview, "viewing_reason_missing": access.ActRead,
	"rights_review_overdue": access.RightsRead, "rights_unproved": access.RightsRead,
	"commands_alone": access.RightsReview, "directory_changed": access.RightsReview,
	"console_drift": access.PeopleRead, "console_silent": access.PeopleRead,
	"shared_login": access.PeopleRead, "sign_in_unusable": access.PeopleRead,

	// Of the watch: the room, and who decides on it.
	"room_vacant": access.DutyRead, "room_understaffed": access.DutyRead, "watch_late": access.DutyRead, "relief_absent": access.DutyRead, "watch_overlong": access.DutyDecide,
	"presence_missed": access.DutyRead, "presence_missed_lead": access.DutyRead, "presence_missed_leader": access.DutyRead, "absence_overdue": access.DutyRead,

	"ledger_closed": access.LedgerRead, "ledger_behind": access.LedgerRead, "ledger_late": access.LedgerRead, "ledger_acts_behind": access.LedgerRead,
	"ledger_acts_late": access.LedgerRead, "ledger_continued": access.LedgerRead, "ledger_refuses": access.LedgerRead, "ledger_damaged": access.LedgerRead,
	"ledger_unsigned": access.LedgerRead, "witness_refuses": access.LedgerRead, "witness_silent": access.LedgerRead,
	"ledger_awaits_witness": access.LedgerRead, "witness_passed_over": access.LedgerRead, "witness_removed": access.LedgerRead, "ledger_acts_formless": access.LedgerRead,
	"ledger_unremembered": access.LedgerRead, "ledger_disk_unremembered": access.LedgerRead,
	"journal_unread": access.LedgerRead, "journal_aside": access.LedgerRead, "journal_strange": access.LedgerRead,

	// Single disks and tiers, and what becomes of footage on them.
	"volume_low": access.StorageRead, "volume_full": access.StorageRead, "volume_failing": access.StorageRead, "volume_missing": access.StorageRead,
	"volume_away": access.StorageRead, "volume_forecast": access.StorageRead, "volumes_shared": access.StorageRead, "storage_forecast": access.StorageRead,
	"volume_absent": access.StorageRead, "tier_absent": access.StorageRead, "marker_mended": access.StorageRead,
	"tier_away": access.StorageRead, "tier_other": access.StorageRead, "tier_taken": access.StorageRead, "tier_full": access.StorageRead, "tier_failing": access.StorageRead,
	"storage_fault": access.StorageRead, "footage_damaged": access.StorageRead, "hold_overdue": access.StorageRead, "recording_spared": access.StorageRead,
	"proof_failed": access.StorageRead, "proof_overdue": access.StorageRead,
	"removal_clock_leapt": access.StorageRead, "removal_failed": access.StorageRead, "removal_forbidden": access.StorageRead, "removal_frozen": access.StorageRead, "removal_unlawful": access.StorageRead,
	"removal_holds_unwritten": access.StorageRead, "removal_locked": access.StorageRead, "removal_log_unread": access.StorageRead, "removal_no_room": access.StorageRead,
	"removal_waits": access.StorageRead, "removal_stands": access.StorageRead, "moving_stands": access.StorageRead, "proofs_stand": access.StorageRead,
	"faults_stand": access.StorageRead, "losses_stand": access.StorageRead, "days_stand": access.StorageRead, "capacity_stands": access.StorageRead,
	"strayed_stands": access.StorageRead, "census_stands": access.StorageRead, "shortage_stands": access.StorageRead, "comparison_stands": access.StorageRead,

	// The room must know whether anything is recorded at all, and how the machine does.
	"storage_low": access.SystemRead, "storage_full": access.SystemRead, "storage_failing": access.SystemRead, "storage_missing": access.SystemRead,
	"storage_away": access.SystemRead, "shortage_asked": access.SystemRead, "shortage_answered": access.SystemRead,
	"database_away": access.SystemRead, "database_shared": access.SystemRead, "live_ports_taken": access.SystemRead, "live_unavailable": access.SystemRead,
	"certificate_expired": access.SystemRead, "certificate_expiring": access.SystemRead, "certificate_refused": access.SystemRead, "certificate_unreadable": access.SystemRead,
	"clock_off": access.SystemRead, "clock_drifts": access.SystemRead, "clock_stepped": access.SystemRead, "clock_unsynchronised": access.SystemRead,
	"cameras_unconfirmed": access.SystemRead, "recorder_died": access.SystemRead,

	// About one camera each.
	"camera_clock_drifts": access.SystemRead, "camera_clock_off": access.SystemRead, "camera_down": access.SystemRead, "camera_not_recorded": access.SystemRead,
	"camera_off_unfounded": access.SystemRead, "camera_secret_unreadable": access.SystemRead, "camera_unassigned": access.SystemRead, "camera_unwanted": access.SystemRead,
	"catalogue_behind": access.SystemRead, "maintenance_overrun": access.SystemRead, "recording_behind": access.SystemRead, "recording_stuck": access.SystemRead,
}

// beside are the codes that whoever answers storage faults is told of as well: a dead disk is
// told in the room, also to who does not look into the storage (P25).
var beside = map[string]bool{
	"storage_fault": true, "volume_full": true, "volume_failing": true, "volume_missing": true, "volume_away": true, "volume_absent": true,
	"tier_away": true, "tier_other": true, "tier_taken": true, "tier_full": true, "tier_failing": true, "tier_absent": true,
}

// places are the parameters of alarms that name parts of the machine.
var places = []string{"volume", "volumes", "tier", "file", "source", "udp", "tcp", "place", "subject"}

// Told gives the right by which somebody is told of each alarm that is about no camera, and
// Beside whether whoever answers storage faults is told of one as well.
func Told() map[string]access.Action { return maps.Clone(told) }

// Beside is explained with Told.
func Beside(code string) bool { return beside[code] }

// For gives an alarm as somebody may know it; false: not at all. Of several cameras it names
// those that they reach, and counts no others; parts of the machine it names to who reads the
// state of the storage.
func For(actor access.Actor, a Alarm) (Alarm, bool) {
	action := access.SystemRead
	if a.Camera == "" && told[a.Code] != "" {
		action = told[a.Code]
		if beside[a.Code] && access.Can(actor, action, "") != nil {
			action = access.FaultAcknowledge
		}
	}
	if access.Can(actor, action, a.Camera) != nil {
		return Alarm{}, false
	}
	params := maps.Clone(a.Params)
	if of, ok := a.Params["cameras"].([]string); ok {
		within := access.ReachOf(actor, action).Of(of)
		if len(within) == 0 && len(of) > 0 {
			return Alarm{}, false
		}
		params["cameras"] = within
		if _, counted := params["count"]; counted {
			params["count"] = len(within)
		}
	}
	if access.Can(actor, access.StorageRead, "") != nil {
		for _, name := range places {
			delete(params, name)
		}
	}
	a.Params = params
	return a, true
}

// discreet leaves out of an overview where things lie and whom the clock asks, for who does
// not read the state of the storage.
func (o *Overview) discreet(actor access.Actor) {
	if access.Can(actor, access.StorageRead, "") == nil {
		return
	}
	o.Storage.Path = ""
	if o.Storage.Outlook != nil {
		outlook := *o.Storage.Outlook
		outlook.Away = []string{}
		o.Storage.Outlook = &outlook
	}
	o.Time.Servers = []Server{}
	if o.Time.Source != "kernel" {
		o.Time.Source = ""
	}
}

// ForAll gives the alarms that somebody may know, in their order.
func ForAll(actor access.Actor, all []Alarm) []Alarm {
	known := []Alarm{}
	for _, a := range all {
		if a, ok := For(actor, a); ok {
			known = append(known, a)
		}
	}
	return known
}
