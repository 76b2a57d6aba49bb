package search_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/search"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/people"
)

func TestSavedSearches(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := &search.Searches{DB: d, Clock: time.Now}
		anna, bo, guard := people.Add(t, d, "anna", access.Auditor), people.Add(t, d, "bo", access.Supervisor), people.Add(t, d, "guard", access.Operator)
		mine, err := s.Save(t.Context(), anna, "", "谁看过 2 号门", "camera=gate2&kind=viewing.", false)
		if err != nil {
			t.Fatal(err)
		}
		shared, err := s.Save(t.Context(), bo, "", "Refused", "verdict=refused", true)
		if err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			err  error
			want error
		}{
			"another's that is not shared": {s.Remove(t.Context(), bo, mine.ID), search.ErrUnknown},
			"another's that is shared":     {s.Remove(t.Context(), anna, shared.ID), search.ErrNotYours},
			"one that is not there":        {s.Remove(t.Context(), anna, "0000000000000"), search.ErrUnknown},
			"by who reads no acts":         {s.Remove(t.Context(), guard, shared.ID), access.ErrRightMissing},
		} {
			if !errors.Is(c.err, c.want) {
				t.Errorf("%s: %v", name, c.err)
			}
		}
		for name, c := range map[string]struct {
			by       access.Actor
			id, n, q string
			want     error
		}{
			"the same name":        {anna, "", "谁看过 2 号门", "", search.ErrNameTaken},
			"no name":              {anna, "", "  ", "", nil},
			"a query that is none": {anna, "", "x", "%zz", search.ErrQuery},
			"over another's":       {anna, shared.ID, "mine now", "", search.ErrNotYours},
			"who reads no acts":    {guard, "", "x", "", access.ErrRightMissing},
		} {
			if _, err := s.Save(t.Context(), c.by, c.id, c.n, c.q, false); err == nil || c.want != nil && !errors.Is(err, c.want) || problem.Of(err).Kind == problem.Internal {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := s.Save(t.Context(), anna, mine.ID, "Gate 2", "camera=gate2", true); err != nil {
			t.Fatal(err)
		}
		list, err := s.List(t.Context(), bo)
		if err != nil || len(list) != 2 || list[0].Name != "Gate 2" || list[1].Name != "Refused" {
			t.Errorf("%+v, %v", list, err)
		}
		if _, err := s.List(t.Context(), guard); !errors.Is(err, access.ErrRightMissing) {
			t.Errorf("a guard: %v", err)
		}
		if err := s.Remove(t.Context(), anna, mine.ID); err != nil {
			t.Error(err)
		}
		acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: "search."})
		if err != nil || len(acts) != 4 {
			t.Errorf("%d acts, %v", len(acts), err)
		}
		for i := range 50 {
			if _, err = s.Save(t.Context(), anna, "", fmt.Sprint("search ", i), "", false); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Save(t.Context(), anna, "", "one more", "", false); !errors.Is(err, search.ErrTooMany) {
			t.Errorf("too many: %v", err)
		}
	})
}
