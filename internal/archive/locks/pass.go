package locks

import (
	"context"
	"sync"
)

// pass is what one pass of removals has found out about places.
type pass struct {
	mu      sync.Mutex // guards refused
	refused map[string]error
}

type passKey struct{}

// Pass gives a context under which a place that refused once is not asked again: one pass
// asks it once, however much it keeps.
func Pass(ctx context.Context) context.Context {
	return context.WithValue(ctx, passKey{}, &pass{refused: map[string]error{}})
}

// Refused is the refusal that a place has given in this pass, nil where it has given none.
func Refused(ctx context.Context, place string) error {
	p, ok := ctx.Value(passKey{}).(*pass)
	if !ok {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.refused[place]
}

// Refuse notes that a place refuses whatever it is asked to remove, and gives the refusal back.
func Refuse(ctx context.Context, place string, err error) error {
	if p, ok := ctx.Value(passKey{}).(*pass); ok {
		p.mu.Lock()
		p.refused[place] = err
		p.mu.Unlock()
	}
	return err
}
