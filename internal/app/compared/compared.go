// Package compared lists the records that `ledger verify` holds against the acts that made them.
package compared

import (
	"watchroom/internal/access/area"
	"watchroom/internal/access/emergency"
	"watchroom/internal/access/means"
	"watchroom/internal/access/proposal"
	"watchroom/internal/access/review"
	"watchroom/internal/access/staff"
	"watchroom/internal/access/unit"
	"watchroom/internal/archive/audit/rows"
	"watchroom/internal/archive/hold"
	"watchroom/internal/disclosure"
	"watchroom/internal/disclosure/second"
	"watchroom/internal/regime"
)

// Records compares the records of what people look at and decide about footage, of the rules that
// they make, and of what rights follow from.
var Records = []rows.Differ{
	disclosure.Differ, hold.Differ, regime.Differ, proposal.Differ, emergency.Differ, area.Differ, unit.Differ, staff.Differ, means.Differ,
	second.Differ, review.Differ,
}
