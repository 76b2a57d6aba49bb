// Package people puts people into a test's database, because most records name
// the person who made them.
package people

import (
	"context"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
)

// Add makes an account without a password that anybody knows, and gives who acts
// as it in these positions.
func Add(t testing.TB, d *db.DB, username string, positions ...access.Position) access.Actor {
	t.Helper()
	id := db.NewID()
	err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO people (id, username, username_key, display_name, password_hash, disabled, created_at)
			VALUES (?, ?, ?, ?, '', FALSE, 1)`, id, username, username, username)
		if err != nil {
			return err
		}
		for _, p := range positions {
			if _, err := tx.ExecContext(ctx, `INSERT INTO people_positions (person, position, since_at) VALUES (?, ?, 1)`, id, p); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatalf("add %s: %v", username, err)
	}
	return access.ActorOf(id, positions...)
}

// OnRecord writes the acts by which people were made who act as somebody: without them nobody
// is believed who asks a transparency log.
func OnRecord(t testing.TB, d *db.DB, people ...access.Actor) {
	t.Helper()
	err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		for _, p := range people {
			err := ledger.Record(ctx, tx, access.CommandLine().Act(1, "person.created", p.Person, "", map[string]any{"username": p.Person, "positions": p.Positions()}))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatalf("put people on record: %v", err)
	}
}

// Camera puts a bare camera into the registry's table, for records that name one.
func Camera(t testing.TB, d *db.DB, name string) (id string) {
	t.Helper()
	id = db.NewID()
	err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO cameras (id, name, name_key, place, note, enabled, provisional, record_audio, audio_purpose, created_at)
			VALUES (?, ?, ?, '', '', TRUE, FALSE, FALSE, '', 1)`, id, name, name)
		return err
	})
	if err != nil {
		t.Fatalf("add camera %s: %v", name, err)
	}
	return id
}
