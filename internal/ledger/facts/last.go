package facts

import (
	"cmp"
	"slices"

	"watchroom/internal/ledger"
)

// Last gives the last of some acts: by the clock, which may have been set back, and by the
// log. What is on its way comes last, and of several logs the one that was written to last.
// Without acts both are nil.
func Last(acts []*ledger.Logged) (byTime, byLog *ledger.Logged) {
	for _, a := range slices.SortedFunc(slices.Values(acts), func(a, b *ledger.Logged) int {
		return cmp.Or(cmp.Compare(a.Act.At, b.Act.At), cmp.Compare(a.Act.ID, b.Act.ID))
	}) {
		byTime = a
		if byLog == nil || a.Log == "" || a.Log != byLog.Log || a.Leaf > byLog.Leaf {
			byLog = a
		}
	}
	return byTime, byLog
}
