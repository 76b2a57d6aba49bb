// Package retention decides how long footage is kept, and is the only code that
// removes any. A rule says for a camera what must be kept at least and what may be
// kept at most, each with its basis. A minimum is a promise to the footage that was
// recorded under it: raising it covers all there is, lowering it frees nothing that
// was promised more, unless a second person approves that.
//
// # The removal of one segment
//
//  1. It is decided in a transaction that sees every hold, rule and order: the row
//     gets the state "deleting". A hold whose transaction comes first wins; one that
//     comes later is told what it came too late for.
//  2. A line of kind "del" is forced into the camera's journal.
//  3. What is derived from the footage (snapshots) is removed, then the file, and its
//     folder is forced to the disk.
//  4. The catalogue takes the line in: the row goes, a tombstone comes, and the time
//     becomes a gap with the cause deleted_retention or deleted_order.
//  5. The tombstone is marked as finished.
//
// Killed between 1 and 2 nothing has happened: the row goes back and is decided on
// anew. Killed after 2 the catalogue finds the line, and the next pass the tombstone
// that is not finished, and goes on with 3. There is never a file missing without a word.
package retention

import "watchroom/internal/archive/retention/rulebook"

// What rules are package rulebook says.
type (
	Class  = rulebook.Class
	Basis  = rulebook.Basis
	Rule   = rulebook.Rule
	Plan   = rulebook.Plan
	Window = rulebook.Window
)

// Classes, and bases of rules.
const (
	Main       = rulebook.Main
	Snapshot   = rulebook.Snapshot
	AntiTerror = rulebook.AntiTerror
	Regime     = rulebook.Regime
	Order799   = rulebook.Order799
	Sector     = rulebook.Sector
	Privacy    = rulebook.Privacy
	Own        = rulebook.Own
)

const day = rulebook.Day
