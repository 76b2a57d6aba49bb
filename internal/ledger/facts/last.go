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

// InLog puts acts, which are in order of their time, into the order of the log, since the clock
// may have been set back between them. What is on its way comes last, and of several logs what
// stands in the one that was written to last.
func InLog(acts []Act) {
	InOrder(acts, func(a *Act) (string, int64) { return a.log, a.leaf })
}

// InOrder is InLog of acts of whatever kind, by where the log has them.
func InOrder[T any](acts []T, place func(*T) (log string, leaf int64)) {
	logs := map[string]int{}
	for i := range acts {
		if log, _ := place(&acts[i]); log != "" && logs[log] == 0 {
			logs[log] = len(logs) + 1
		}
	}
	slices.SortStableFunc(acts, func(a, b T) int {
		l, i := place(&a)
		m, j := place(&b)
		if l == "" || m == "" {
			return cmp.Compare(b2i(l == ""), b2i(m == ""))
		}
		return cmp.Or(cmp.Compare(logs[l], logs[m]), cmp.Compare(i, j))
	})
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
