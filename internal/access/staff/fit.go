package staff

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/problem"
)

// Lacks names the papers that somebody lacks at an instant (µs), which may be to come: of those on which the
// right to see pictures depends, and of others that are demanded, by the words licence, qualification,
// vetting and pledge. A licence in application stands for one: pendingUntil is until when (µs), 0
// where none does (practice P5).
func (f *Files) Lacks(ctx context.Context, tx bun.IDB, person string, held []access.Holding, demanded []string, at int64) (lacks []string, pendingUntil int64, err error) {
	rows := []fileRow{}
	if err := tx.NewSelect().Model(&rows).Where("person = ?", person).Scan(ctx); err != nil {
		return nil, 0, problem.Wrap(err, "read the file of a person")
	}
	r := &append(rows, fileRow{})[0]
	positions := make([]access.Position, len(held))
	for i := range held {
		positions[i] = held[i].Position
	}
	all := f.Settings.counting(r, positions)
	for _, word := range demanded {
		if guest(held) && word != "licence" {
			continue // the company answers for who stands in
		}
		switch word {
		case "licence":
			all = append(all, paper{access.LackLicence, max(r.LicenceUntil, r.LicencePending)})
		case "qualification":
			all = append(all, paper{"qualification", qualifiedUntil(r)})
		case "vetting":
			all = append(all, paper{access.LackVetting, f.Settings.vettedUntil(r.VettedOn)})
		case "pledge":
			all = append(all, paper{access.LackPledge, r.PledgeUntil})
		}
	}
	for _, p := range all {
		if end := f.Settings.end(p.last); (end == nil || *end <= at) && !slices.Contains(lacks, string(p.lack)) {
			lacks = append(lacks, string(p.lack))
		}
	}
	good, pending := f.Settings.end(r.LicenceUntil), f.Settings.end(r.LicencePending)
	if (good == nil || *good <= at) && pending != nil && at < *pending {
		pendingUntil = *pending
	}
	return lacks, pendingUntil, nil
}

// forever is the last day of what has no end.
const forever Day = "9999-12-31"

// qualifiedUntil is the last day of a qualification; one on file without a day has no end.
func qualifiedUntil(r *fileRow) Day {
	if r.Qualification != "" && r.QualificationUntil == "" {
		return forever
	}
	return r.QualificationUntil
}

// vettedUntil is the last day of a vetting, which has no end where none is set.
func (s *Settings) vettedUntil(on Day) Day {
	if on != "" && VettingYears.Get(s.Rules) == 0 {
		return forever
	}
	return s.vetted(on)
}
