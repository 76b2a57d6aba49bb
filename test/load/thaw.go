package main

import (
	"context"
	"fmt"
	"net/http"

	"watchroom/internal/archive/frozen"
)

// freeze is a reason for which nothing is removed, as the program tells it.
type freeze struct{ ID, Reason, Detail string }

// thaw confirms as the supervisor that the clock is right: an archive that is used again
// was last signed when it was last served, and by now that may be long ago. Any other
// reason is one for which nothing can be measured.
func (d *depth) thaw(ctx context.Context, standing []freeze) error {
	var seen []string
	for _, f := range standing {
		seen = append(seen, f.ID)
		if f.Reason != string(frozen.Leapt) {
			return fmt.Errorf("nothing is removed: %+v", standing)
		}
	}
	if len(standing) == 0 {
		return nil
	}
	return d.Call(ctx, d.supervisor, http.MethodPost, "/api/v1/retention/confirm", map[string]any{"seen": seen, "note": "The archive was not served for a while."}, nil)
}
