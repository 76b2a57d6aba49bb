package ledger

import (
	"context"
	"maps"
	"slices"

	"watchroom/evidence/leaf"
)

// formed gives those of some acts that have an entry, and tells of the others.
func (p *Pump) formed(rows []loggedRow, at map[string]int64) (left []loggedRow) {
	if p.formless == nil {
		p.formless = map[string]bool{}
	}
	for i := range rows {
		if _, ok := at[rows[i].ID]; ok {
			left = append(left, rows[i])
		} else {
			p.formless[rows[i].ID] = true
		}
	}
	p.tellFormless()
	return left
}

// reformed looks again at the acts without a form, and tells whether some have one by now.
func (p *Pump) reformed(ctx context.Context) (some bool, err error) {
	if len(p.formless) == 0 {
		return false, nil
	}
	rows, err := waiting(ctx, p.DB.Read(), len(p.formless), nil, slices.Collect(maps.Keys(p.formless))...)
	if err != nil {
		return false, err
	}
	still := map[string]bool{}
	for i := range rows {
		if _, err := leaf.Encode((&Logged{Act: Act{ID: rows[i].ID, At: rows[i].At, Kind: rows[i].Kind}}).Entry()); err != nil {
			still[rows[i].ID] = true
		} else {
			some = true
		}
	}
	if len(still) < len(p.formless) {
		p.formless = still
		p.tellFormless()
	}
	return some, nil
}

func (p *Pump) tellFormless() {
	if p.OnFormless != nil {
		p.OnFormless(slices.Sorted(maps.Keys(p.formless)))
	}
}
