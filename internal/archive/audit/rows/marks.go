package rows

import (
	"fmt"

	"watchroom/internal/ledger"
)

// Misplaced says how the row of an act is marked otherwise than with the entry where it stands,
// of a log by its origin; empty where it is not. at (µs since 1970 UTC; 0 says nothing) is when
// it came to be so where it may be on its way.
func Misplaced(l *ledger.Logged, origin string, index int64) (why string, at int64) {
	switch {
	case l.Log == origin && l.Leaf == index:
		return "", 0
	case l.Log == "" && l.Leaf == 0: // between the log and its mark
		return "it is marked with no entry", l.Act.At
	}
	return fmt.Sprintf("it is marked with entry %d of %q", l.Leaf, l.Log), 0
}
