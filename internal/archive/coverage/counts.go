package coverage

import "watchroom/internal/recording/journal"

// Counts tells whether records of a kind are what the account of a camera's time is
// made of. Others say nothing of where a journal stands: those who move and remove
// footage write them into the journals of volumes that nobody records onto.
func Counts(kind string) bool {
	switch kind {
	case journal.KindStart, journal.KindStop, journal.KindRun, journal.KindSegment, journal.KindGap:
		return true
	}
	return false
}
