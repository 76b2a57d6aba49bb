package purpose

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access/username"
	"watchroom/internal/ledger/called"
)

// Said is what a purpose was called, and on what it was based.
type Said struct{ Name, Basis Words }

// Past tells what purposes were called before, as the acts on the register tell it.
type Past struct {
	now  []Purpose
	past called.Past
}

// ReadPast reads it.
func ReadPast(ctx context.Context, tx bun.IDB) (Past, error) {
	all, err := read(ctx, tx)
	if err != nil {
		return Past{}, err
	}
	return pastOf(ctx, tx, all)
}

func pastOf(ctx context.Context, tx bun.IDB, all []Purpose) (Past, error) {
	past, err := called.Read(ctx, tx, "purpose.changed", "purpose.approved")
	return Past{all, past}, err
}

// At gives what was said of a purpose at an instant (µs), and what is said of it now; ok is false
// for one that is not in the register.
func (h Past) At(code string, at int64) (then, now Said, ok bool) {
	i := slices.IndexFunc(h.now, func(p Purpose) bool { return p.Code == code })
	if i < 0 {
		return then, now, false
	}
	p := h.now[i]
	was := func(field, now string) string { return h.past.At(code, field, now, at) }
	return Said{Words{was("nameZh", p.Name.ZH), was("nameEn", p.Name.EN)}, Words{was("basisZh", p.Basis.ZH), was("basisEn", p.Basis.EN)}}, Said{p.Name, p.Basis}, true
}

// bears tells whether another purpose has, or had on any day, a name that p has: looks of before
// are read by it, whether it is in use or retired.
func (h Past) bears(p Purpose) bool {
	drawn := map[string]bool{}
	for _, name := range []string{p.Name.ZH, p.Name.EN} {
		if name != "" {
			drawn[username.Drawn(name)] = true
		}
	}
	return slices.ContainsFunc(h.now, func(o Purpose) bool {
		names := append(h.past.Ever(o.Code, "nameZh", "nameEn"), o.Name.ZH, o.Name.EN)
		return o.Code != p.Code && slices.ContainsFunc(names, func(n string) bool { return n != "" && drawn[username.Drawn(n)] })
	})
}
