package ledger

import (
	"context"
	"log/slog"
)

// Step is one step of a pump that was not started, so that a test can let the process
// die between any two.
func (p *Pump) Step(ctx context.Context) (more bool, err error) {
	if p.held == nil {
		p.held, p.Log = map[string]bool{}, slog.New(slog.DiscardHandler)
	}
	return p.step(ctx)
}

// Ending has the next step be one of the last.
func (p *Pump) Ending() { p.pace.ending = true }
