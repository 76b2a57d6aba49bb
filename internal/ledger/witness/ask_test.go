package witness

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"testing"
	"time"

	"watchroom/evidence/tlog"
	ledger "watchroom/internal/ledger/tlog"
	"watchroom/internal/testkit/leak"
)

// cosignedLog gives the folder of a log of 3 entries, and a copy of it from before the witnesses
// have cosigned 5 more.
func cosignedLog(t *testing.T, places int) (dir, backup string, all []*place) {
	t.Helper()
	dir, backup = t.TempDir(), t.TempDir()
	l := openLog(t, dir, nil)
	put(t, l, 3)
	key := l.Key()
	l.Close()
	for range places {
		all = append(all, newPlace(t, t.TempDir(), key))
	}
	c := &Client{Witnesses: named(all), Interval: time.Hour}
	l = openLog(t, dir, c)
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.Finish(t.Context())
	if err := os.CopyFS(backup, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	put(t, l, 5)
	l.Finish()
	c.Finish(t.Context())
	l.Close()
	for _, p := range all {
		if p.Server.logs[key.Name()].latest.Size != 8 {
			t.Fatalf("a witness has %d entries", p.Server.logs[key.Name()].latest.Size)
		}
	}
	return dir, backup, all
}

func named(all []*place) (list []Witness) {
	for i, p := range all {
		list = append(list, p.witness(string(rune('a'+i))))
	}
	return list
}

func away(all []*place, which string) {
	for i, p := range all {
		p.away.Store(slices.Contains([]byte(which), byte('a'+i)))
	}
}

// TestWhoseWordIsWaitedFor: of one or two witnesses each must have said what it has before
// anything is signed or appended, of more than two more than half, unless a person or the
// configuration lets the log go on; which stays to be seen until the witness agrees.
func TestWhoseWordIsWaitedFor(t *testing.T) {
	leak.Check(t)
	for name, c := range map[string]struct {
		places  int
		away    string
		passed  []string
		goOn    bool
		waits   []string
		without map[string]string
	}{
		"one":                   {places: 1},
		"one, away":             {places: 1, away: "a", waits: []string{"a"}},
		"one, passed over":      {places: 1, away: "a", passed: []string{"a"}, without: map[string]string{"a": WithoutPerson}},
		"one, by configuration": {places: 1, away: "a", goOn: true, without: map[string]string{"a": WithoutOption}},
		"two, one away":         {places: 2, away: "b", waits: []string{"b"}},
		"two, passed over":      {places: 2, away: "b", passed: []string{"b"}, without: map[string]string{"b": WithoutPerson}},
		"three, one away":       {places: 3, away: "b", without: map[string]string{"b": WithoutMost}},
		"three, two away":       {places: 3, away: "bc", waits: []string{"b", "c"}},
		"three, one passed":     {places: 3, away: "bc", passed: []string{"c"}, without: map[string]string{"b": WithoutMost, "c": WithoutPerson}},
	} {
		t.Run(name, func(t *testing.T) {
			dir, _, all := cosignedLog(t, c.places)
			away(all, c.away)
			client := &Client{Witnesses: named(all), GoOn: c.goOn}
			client.PassOver(c.passed...)
			l := openLog(t, dir, client)
			defer l.Close()
			until(t, "judged", func() bool { s := l.Status(); return s.Ready || s.Trouble != nil || s.Refusal != nil })
			if awaited := client.Awaited(); !slices.Equal(awaited, c.waits) {
				t.Errorf("it waits for %v", awaited)
			}
			_, err := l.Append(t.Context(), []byte("more"))
			if s := l.Status(); c.waits != nil {
				if !errors.Is(err, ledger.ErrNotReady) || !errors.Is(s.Trouble, ledger.ErrAwaited) || s.Size != 8 || s.Signed != 8 || s.Refusal != nil {
					t.Errorf("%v; %+v", err, s)
				}
			} else if err != nil || s.Trouble != nil || !s.Ready {
				t.Errorf("%v; %+v", err, s)
			}
			without := map[string]string{}
			for _, s := range client.States() {
				if s.Without != "" {
					without[s.Name] = s.Without
				}
			}
			if len(without) != len(c.without) {
				t.Errorf("without %v, want %v", without, c.without)
			}
			for n, w := range c.without {
				if without[n] != w {
					t.Errorf("without %v, want %v", without, c.without)
				}
			}
			away(all, "")
			client.PassOver() // asks at once
			until(t, "signed", func() bool { s := l.Status(); return s.Ready && s.Trouble == nil })
			if _, err := l.Append(t.Context(), []byte("more")); err != nil {
				t.Error(err)
			}
			client.Submit(t.Context())
			for _, s := range client.States() {
				if s.Without != "" || s.Failure != nil || len(client.Awaited()) > 0 {
					t.Errorf("%+v", s)
				}
			}
			client.HTTP.CloseIdleConnections()
		})
	}
	http.DefaultClient.CloseIdleConnections()
}

// TestNoForkWhileTheWitnessIsAway: a machine was set back to a copy and its witness is cut off.
// Nothing is signed; when the witness answers the log is refused.
func TestNoForkWhileTheWitnessIsAway(t *testing.T) {
	leak.Check(t)
	_, backup, all := cosignedLog(t, 1)
	away(all, "a")
	c := &Client{Witnesses: named(all)}
	l := openLog(t, backup, c)
	defer l.Close()
	until(t, "it waits", func() bool { return l.Status().Trouble != nil })
	if _, err := l.Append(t.Context(), []byte("another past")); !errors.Is(err, ledger.ErrNotReady) {
		t.Errorf("append: %v", err)
	}
	if s := l.Status(); s.Signed != 3 || s.Size != 3 {
		t.Errorf("%+v", s)
	}
	away(all, "")
	c.PassOver() // asks at once
	until(t, "refused", func() bool { return l.Status().Refusal != nil })
	if r := l.Status().Refusal; r.Params["cause"] != ledger.CauseRolledBack || r.Params["known"] != int64(8) {
		t.Errorf("%v %v", r, r.Params)
	}
	c.HTTP.CloseIdleConnections()
}

// TestAnotherInItsPlaceSaysNothing: who stands in the place of the witness can serve what that
// cosigned once, and cannot cosign now.
func TestAnotherInItsPlaceSaysNothing(t *testing.T) {
	leak.Check(t)
	_, backup, all := cosignedLog(t, 1)
	w := named(all)[0]
	c := &Client{Dir: backup, Witnesses: []Witness{w}}
	if err := c.Open(); err != nil {
		t.Fatal(err)
	}
	books, err := ledger.Books(backup)
	if err != nil {
		t.Fatal(err)
	}
	served, _, ok := c.kept(w, books[0].Key)
	if !ok {
		t.Fatal("nothing was kept of it")
	}
	replay := func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(served) }
	for name, post := range map[string]func(http.ResponseWriter, *http.Request){
		"an old cosignature": replay,
		"it follows not":     func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnprocessableEntity) },
		"it knows no log":    func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) },
		"it has more": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", sizeType)
			w.WriteHeader(http.StatusConflict)
			fmt.Fprintln(w, 999)
		},
	} {
		fake := httptest.NewServer(liar{post, replay})
		w.URL = fake.URL
		c = &Client{Witnesses: []Witness{w}, Clock: func() time.Time { return cosignedAt().Add(stale + time.Second) }}
		l := openLog(t, backup, c)
		until(t, "it waits", func() bool { s := l.Status(); return s.Trouble != nil || s.Ready || s.Refusal != nil })
		if awaited := c.Awaited(); !slices.Equal(awaited, []string{"a"}) || l.Status().Ready {
			t.Errorf("%s: it waits for %v, %+v", name, awaited, l.Status())
		}
		l.Close()
		c.HTTP.CloseIdleConnections()
		fake.Close()
	}
}

// TestAFirstLogWaitsForNobody: nobody can have seen what is signed with a key of now.
func TestAFirstLogWaitsForNobody(t *testing.T) {
	leak.Check(t)
	p := newPlace(t, t.TempDir(), tlogKey(t))
	p.away.Store(true)
	c := &Client{Witnesses: []Witness{p.witness("audit")}}
	l := openLog(t, t.TempDir(), c)
	defer l.Close()
	put(t, l, 2)
	if s := l.Status(); s.Signed != 2 || c.States()[0].Without != "" {
		t.Errorf("%+v, %+v", s, c.States())
	}
}

func tlogKey(t *testing.T) tlog.Key {
	t.Helper()
	l := openLog(t, t.TempDir(), nil)
	defer l.Close()
	put(t, l, 1)
	return l.Key()
}

// TestWhatWasSignedLastIsCosignedAtTheEnd, within a moment although one does not answer, and
// soon where that is asked for.
func TestWhatWasSignedLastIsCosignedAtTheEnd(t *testing.T) {
	leak.Check(t)
	dir := t.TempDir()
	l := openLog(t, dir, nil)
	put(t, l, 3)
	defer l.Close()
	p := newPlace(t, t.TempDir(), l.Key())
	c := &Client{Log: l, Dir: dir, Witnesses: []Witness{p.witness("audit")}, Interval: time.Hour, Fold: time.Millisecond}
	if err := c.Open(); err != nil {
		t.Fatal(err)
	}
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	until(t, "the first", func() bool { return l.Status().Cosigned == 3 })
	put(t, l, 4)
	for range 3 {
		c.Soon()
	}
	until(t, "soon", func() bool { return l.Status().Cosigned == 7 })
	put(t, l, 2)
	l.Finish()
	c.Finish(t.Context())
	if s := l.Status(); s.Signed != 9 || s.Cosigned != 9 {
		t.Errorf("signed %d, cosigned %d", s.Signed, s.Cosigned)
	}
	if _, err := l.Append(t.Context(), []byte("x")); err != nil {
		t.Errorf("between the last checkpoint and the end: %v", err)
	}
}
