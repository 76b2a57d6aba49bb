package audit

import (
	"watchroom/internal/archive/audit/finding"
	"watchroom/internal/archive/audit/instants"
)

// late names acts that came into the log long after their instants.
func (a *Audit) late(acts []instants.Act) (found []Finding) {
	for i := range acts {
		found = append(found, lateOf(&acts[i]))
	}
	return found
}

func lateOf(one *instants.Act) Finding {
	return Finding{Kind: finding.ActLate, Leaf: one.Leaf, Row: "acts " + one.ID, Detail: one.String()}
}

// undecided notes what nothing in the log shows to be late or not yet. Of a log that ended
// nothing will.
func (a *Audit) undecided(t tx, src *Source) error {
	if src.Number > 0 {
		return nil
	}
	open := a.instants.Open()
	for i := range open {
		if err := t.doubt("late "+open[i].ID, a.began, lateOf(&open[i])); err != nil {
			return err
		}
	}
	return nil
}
