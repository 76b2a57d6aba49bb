package position

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/ledger/called"
)

// Past tells what positions were called before, as the acts on the register tell it.
type Past struct {
	now  []Position
	past called.Past
}

// ReadPast reads it.
func ReadPast(ctx context.Context, tx bun.IDB) (Past, error) {
	all, err := Read(ctx, tx)
	if err != nil {
		return Past{}, err
	}
	past, err := called.Read(ctx, tx, KindRenamed)
	return Past{all, past}, err
}

// At gives what a position was called at an instant (µs), and what it is called now; ok is false
// for one that is not in the register.
func (h Past) At(code access.Position, at int64) (then, now Words, ok bool) {
	i := slices.IndexFunc(h.now, func(p Position) bool { return p.Code == code })
	if i < 0 {
		return then, now, false
	}
	now = h.now[i].Name
	return Words{h.past.At(string(code), "nameZh", now.ZH, at), h.past.At(string(code), "nameEn", now.EN, at)}, now, true
}
