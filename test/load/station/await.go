package station

import (
	"context"
	"errors"
	"fmt"
	"time"

	"watchroom/test/program"
)

// patience is how long a recorder may take to bring its cameras into a state before
// it is given up.
const patience = 90 * time.Second

// Until waits for a state of the cameras; what names it. A recorder that does not
// answer for a moment is asked again.
func (s *Server) Until(ctx context.Context, what string, reached func([]Camera) bool) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("%s: not within %v", what, patience))
	defer cancel()
	for {
		list, err := s.Cameras(ctx)
		if err == nil && reached(list) {
			return nil
		}
		if program.Wait(ctx, 100*time.Millisecond) != nil {
			return errors.Join(context.Cause(ctx), err)
		}
	}
}

// Recording waits until all cameras, so many, are recorded.
func (s *Server) Recording(ctx context.Context, cameras int) error {
	return s.Until(ctx, "every camera is recorded", func(list []Camera) bool {
		for _, c := range list {
			if !c.State.Recording || c.State.Status != "live" {
				return false
			}
		}
		return len(list) == cameras
	})
}
