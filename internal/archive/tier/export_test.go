package tier

import (
	"context"
	"os"
)

// SetTry makes the work end between two steps where f gives an error, as a kill would.
func (m *Mover) SetTry(f func(step, file string) error) { m.try = f }

// Pass looks once, without a goroutine.
func (m *Mover) Pass(ctx context.Context) bool {
	if m.skipped == nil {
		m.prepare()
	}
	return m.pass(ctx)
}

// Hold is what a move does first.
func (p *Places) Hold(ctx context.Context, file string) (release func(), err error) {
	return p.hold(ctx, file)
}

// OpenJournals has journals opened by f until the test is over.
func OpenJournals(f func(path string) (*os.File, error)) (back func()) {
	was := openJournal
	openJournal = f
	return func() { openJournal = was }
}
