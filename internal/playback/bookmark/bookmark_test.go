package bookmark_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/playback/bookmark"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/people"
	"watchroom/internal/text"
)

const (
	second = int64(1_000_000)
	day    = 86400 * second
	begin  = int64(1_700_000_000) * second
)

func acts(t *testing.T, d *db.DB) []ledger.Act {
	t.Helper()
	acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	return acts
}

func TestCreateAndRetract(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
		s := &bookmark.Bookmarks{DB: d, Clock: func() time.Time { now = now.Add(time.Second); return now }}
		guard, lead := people.Add(t, d, "guard", access.Operator), people.Add(t, d, "lead", access.DutyLead)
		gate := people.Camera(t, d, "gate")
		got, err := s.Create(t.Context(), guard, bookmark.New{Camera: gate, At: begin, Title: " 黑色轿车 ", Note: "plate\r\nunread"})
		if err != nil {
			t.Fatal(err)
		}
		want := bookmark.Bookmark{ID: got.ID, Camera: gate, At: begin, End: begin, Title: "黑色轿车", Note: "plate\nunread",
			Person: guard.Person, CreatedAt: got.CreatedAt}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("want (-), got (+):\n%s", diff)
		}
		list := func(f bookmark.Filter) []bookmark.Bookmark {
			t.Helper()
			all, err := s.List(t.Context(), lead, f)
			if err != nil {
				t.Fatal(err)
			}
			return all
		}
		if all := list(bookmark.Filter{Camera: gate}); len(all) != 1 || !cmp.Equal(all[0], want) {
			t.Errorf("list = %+v", all)
		}
		for _, c := range []struct {
			name, id, reason string
			actor            access.Actor
			want             error
		}{
			{"without the right", got.ID, "wrong camera", access.ActorOf("x", access.Auditor), access.ErrRightMissing},
			{"without a reason", got.ID, "", lead, text.ErrRequired},
			{"unknown", db.NewID(), "wrong camera", lead, bookmark.ErrUnknown},
		} {
			if _, err := s.Retract(t.Context(), c.actor, c.id, c.reason); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", c.name, err, c.want)
			}
		}
		want.Retraction = &bookmark.Retraction{Person: lead.Person, Reason: "wrong camera"}
		after, err := s.Retract(t.Context(), lead, got.ID, "wrong camera")
		if err != nil {
			t.Fatal(err)
		}
		want.Retraction.At = after.Retraction.At
		if diff := cmp.Diff(want, after); diff != "" {
			t.Errorf("want (-), got (+):\n%s", diff)
		}
		if _, err := s.Retract(t.Context(), lead, got.ID, "once more"); !errors.Is(err, bookmark.ErrRetracted) {
			t.Errorf("twice: %v", err)
		}
		if all := list(bookmark.Filter{}); len(all) != 0 {
			t.Errorf("those that stand: %+v", all)
		}
		if all := list(bookmark.Filter{Retracted: true}); len(all) != 1 || !cmp.Equal(all[0], want) {
			t.Errorf("all: %+v", all)
		}
		var kinds []string
		for _, a := range acts(t, d) {
			kinds = append(kinds, a.Kind+" "+a.Camera+" "+a.Person+" "+a.Subject)
		}
		wantActs := []string{"bookmark.retracted " + gate + " " + lead.Person + " " + got.ID, "bookmark.created " + gate + " " + guard.Person + " " + got.ID}
		if diff := cmp.Diff(wantActs, kinds); diff != "" {
			t.Errorf("acts: want (-), got (+):\n%s", diff)
		}
	})
}

func TestCreateRefusals(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := &bookmark.Bookmarks{DB: d}
		guard, gate := people.Add(t, d, "guard", access.Operator), people.Camera(t, d, "gate")
		for _, c := range []struct {
			name  string
			actor access.Actor
			n     bookmark.New
			want  error
		}{
			{"without the right", people.Add(t, d, "boss", access.Administrator), bookmark.New{Camera: gate, At: begin, Title: "x"}, access.ErrRightMissing},
			{"unknown camera", guard, bookmark.New{Camera: db.NewID(), At: begin, Title: "x"}, bookmark.ErrCamera},
			{"no time", guard, bookmark.New{Camera: gate, Title: "x"}, bookmark.ErrInterval},
			{"backwards", guard, bookmark.New{Camera: gate, At: begin, End: begin - 1, Title: "x"}, bookmark.ErrInterval},
			{"too long", guard, bookmark.New{Camera: gate, At: begin, End: begin + 32*day, Title: "x"}, bookmark.ErrInterval},
			{"no title", guard, bookmark.New{Camera: gate, At: begin}, text.ErrRequired},
			{"title of two lines", guard, bookmark.New{Camera: gate, At: begin, Title: "a\nb"}, text.ErrCharacter},
			{"a novel", guard, bookmark.New{Camera: gate, At: begin, Title: "x", Note: strings.Repeat("x", 4001)}, text.ErrTooLong},
		} {
			if _, err := s.Create(t.Context(), c.actor, c.n); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", c.name, err, c.want)
			}
		}
		if n := len(acts(t, d)); n != 0 {
			t.Errorf("%d acts of refused acts", n)
		}
	})
}

func TestListFinds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := &bookmark.Bookmarks{DB: d}
		guard := people.Add(t, d, "guard", access.Operator)
		gate, hall := people.Camera(t, d, "gate"), people.Camera(t, d, "hall")
		for _, n := range []bookmark.New{
			{Camera: gate, At: begin + 20, Title: "c"},
			{Camera: gate, At: begin, Title: "a"},
			{Camera: hall, At: begin + 10, Title: "b"},
			{Camera: gate, At: begin - 30*day, End: begin + 5, Title: "long"},
		} {
			if _, err := s.Create(t.Context(), guard, n); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range []struct {
			name string
			f    bookmark.Filter
			want string
		}{
			{"all", bookmark.Filter{}, "long a b c"},
			{"camera", bookmark.Filter{Camera: gate}, "long a c"},
			{"a moment on the edge", bookmark.Filter{From: begin, To: begin + 1}, "long a"},
			{"past the long one", bookmark.Filter{From: begin + 6}, "b c"},
			{"before", bookmark.Filter{To: begin}, "long"},
			{"limit", bookmark.Filter{Limit: 2}, "long a"},
			{"nowhere", bookmark.Filter{Camera: db.NewID()}, ""},
		} {
			all, err := s.List(t.Context(), guard, c.f)
			var titles []string
			for _, b := range all {
				titles = append(titles, b.Title)
			}
			if got := strings.Join(titles, " "); got != c.want || err != nil || all == nil {
				t.Errorf("%s: %q, %v, want %q", c.name, got, err, c.want)
			}
		}
		if _, err := s.List(t.Context(), access.ActorOf("x", access.Technician), bookmark.Filter{}); !errors.Is(err, access.ErrRightMissing) {
			t.Errorf("who sees neither footage nor acts: %v", err)
		}
	})
}

func TestTwoRetractAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := &bookmark.Bookmarks{DB: d}
		guard, gate := people.Add(t, d, "guard", access.Operator), people.Camera(t, d, "gate")
		b, err := s.Create(t.Context(), guard, bookmark.New{Camera: gate, At: begin, Title: "x"})
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				if _, err := s.Retract(t.Context(), guard, b.ID, "a mistake"); err != nil && !errors.Is(err, bookmark.ErrRetracted) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := len(acts(t, d)); n != 2 {
			t.Errorf("%d acts, want one retraction", n)
		}
	})
}

func TestBookmarksAreAppendOnly(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := &bookmark.Bookmarks{DB: d}
		guard, gate := people.Add(t, d, "guard", access.Operator), people.Camera(t, d, "gate")
		b, err := s.Create(t.Context(), guard, bookmark.New{Camera: gate, At: begin, Title: "x"})
		if err == nil {
			_, err = s.Retract(t.Context(), guard, b.ID, "a mistake")
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, sql := range []string{"UPDATE bookmarks SET title = 'y'", "DELETE FROM bookmarks",
			"UPDATE bookmark_retractions SET reason = 'y'", "DELETE FROM bookmark_retractions"} {
			err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, sql)
				return err
			})
			if !db.IsRefused(err) {
				t.Errorf("%s: %v", sql, err)
			}
		}
	})
}
