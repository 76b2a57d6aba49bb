// Package compared lists the records that `ledger verify` holds against the acts that made them.
package compared

import (
	"watchroom/internal/access/area"
	"watchroom/internal/access/emergency"
	"watchroom/internal/access/federation"
	"watchroom/internal/access/kiosk"
	"watchroom/internal/access/means"
	"watchroom/internal/access/policy"
	"watchroom/internal/access/proposal"
	"watchroom/internal/access/review"
	"watchroom/internal/access/roll"
	"watchroom/internal/access/staff"
	"watchroom/internal/access/unit"
	"watchroom/internal/archive/audit/rows"
	"watchroom/internal/archive/frozen"
	"watchroom/internal/archive/hold"
	"watchroom/internal/archive/retention/decision"
	"watchroom/internal/camera"
	"watchroom/internal/camera/mask"
	"watchroom/internal/camera/roomcam"
	"watchroom/internal/camera/sidedoor"
	"watchroom/internal/disclosure"
	"watchroom/internal/disclosure/purpose"
	"watchroom/internal/disclosure/second"
	"watchroom/internal/duty"
	"watchroom/internal/duty/handover"
	"watchroom/internal/playback/snapshot"
	"watchroom/internal/regime"
)

// Records compares the records of what people look at and decide about footage, of the rules that
// they make, and of what rights follow from.
var Records = []rows.Differ{
	snapshot.Differ, roll.Differ, roll.NamesDiffer, policy.Differ, purpose.Differ, decision.Differ, frozen.Differ, camera.Differ, camera.GapsDiffer(roll.Names),
	disclosure.Differ, hold.Differ, regime.Differ, proposal.Differ, emergency.Differ, area.Differ, unit.Differ, staff.Differ, means.Differ,
	second.Differ, review.Differ, federation.Differ, mask.Differ, sidedoor.Differ, roomcam.Differ, kiosk.Differ, duty.Differ, handover.Differ,
}
