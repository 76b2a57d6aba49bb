package db

import (
	"context"
	"database/sql/driver"
	"testing"
	"testing/synctest"
)

// mute is a server that never answers.
type mute struct{}

func (mute) Connect(ctx context.Context) (driver.Conn, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func (mute) Driver() driver.Driver { return nil }

// TestWhoGivesUpSuspectsNobody: that a caller ends while a connection is made is no
// sign of a silent server; that the time for it runs out is one.
func TestWhoGivesUpSuspectsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &listener{}
		l.settled.Store(true)
		c := &connector{Connector: mute{}, listener: l}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := c.Connect(ctx); err == nil || l.suspect.Load() {
			t.Errorf("err %v, suspect %v after the caller gave up", err, l.suspect.Load())
		}
		if _, err := c.Connect(t.Context()); err == nil || !l.suspect.Load() {
			t.Errorf("err %v, suspect %v after silence", err, l.suspect.Load())
		}
	})
}
