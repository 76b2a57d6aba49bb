package access

import "slices"

// Papers without which nobody sees pictures, where the house has said so: what lacks is told
// as the paper that ran out, or was never on file.
const (
	LackPledge  Lack = "pledge"  // of secrecy (C100)
	LackVetting Lack = "vetting" // (C100)
	LackLicence Lack = "licence" // of a guard (C025)
	// LackBriefing is what a stand-in lacks who has not signed briefing and pledge (C100, P5).
	LackBriefing Lack = "briefing"
)

// Papers are how a person's papers stand.
type Papers struct {
	Lapsed Lack  // LackPledge, LackVetting, LackLicence or LackBriefing; empty: none that counts
	Next   int64 // µs, when the next one runs out; 0: none does
	Host   *Host // of a stand-in; nil: nobody had to let them in
}

// shows are the actions by which somebody sees what cameras saw.
func shows() []Action { return []Action{LiveView, PlaybackView, SnapshotTake, FootageDownload} }

// Shows tells whether an action lets somebody see pictures.
func (a Action) Shows() bool { return slices.Contains(shows(), a) }
