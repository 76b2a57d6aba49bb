package facts

import (
	"cmp"
	"encoding/json"
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

// Either names the rows that differ in whatever order the acts, which are in order of their
// time, are told: by the clock, which may have been set back between two of them, or by the log.
func Either(acts []Act, differ func(acts []Act) []Difference) (all []Difference) {
	byTime := differ(acts)
	if len(byTime) == 0 {
		return nil
	}
	acts = slices.Clone(acts)
	InLog(acts)
	for _, d := range differ(acts) {
		if slices.ContainsFunc(byTime, func(o Difference) bool { return o.Row == d.Row }) {
			all = append(all, d)
		}
	}
	return all
}

// TellChanges notes what became of fields by an act that tells what each was and is; as gives
// them other names, and leaves out those that it does not have.
func (b *Book) TellChanges(row Row, a *Act, as map[string]string) {
	var changes map[string]json.RawMessage
	a.Read("changes", &changes)
	for field, raw := range changes {
		var c struct{ To json.RawMessage }
		name, known := as[field]
		if !known || json.Unmarshal(raw, &c) != nil || c.To == nil {
			continue
		}
		var text string
		if json.Unmarshal(c.To, &text) != nil || c.To[0] != '"' {
			text = string(c.To)
		}
		b.Tell(row, Fields{name: text})
	}
}
