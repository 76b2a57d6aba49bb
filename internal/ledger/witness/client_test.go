package witness

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"watchroom/evidence/tlog"
	ledger "watchroom/internal/ledger/tlog"
	"watchroom/internal/testkit/await"
	"watchroom/internal/testkit/leak"
)

// place is a witness behind HTTP that can be away.
type place struct {
	*Server
	http *httptest.Server
	away atomic.Bool
}

func newPlace(t *testing.T, dir string, logs ...tlog.Key) *place {
	t.Helper()
	p := &place{Server: begin(t, &Server{Dir: dir, Logs: logs})}
	p.http = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p.away.Load() {
			http.Error(w, "away", http.StatusBadGateway)
			return
		}
		p.ServeHTTP(w, r)
	}))
	t.Cleanup(func() { p.http.Close(); p.Close() })
	return p
}

func (p *place) witness(name string) Witness { return Witness{name, p.http.URL + "/", p.Key()} }

// cosignedAt is the clock of the witnesses, too.
func cosignedAt() time.Time { return time.Unix(1_795_680_000, 0) }

// openLog starts a log that signs every millisecond, so that a test waits little.
func openLog(t *testing.T, dir string, c *Client) *ledger.Log {
	t.Helper()
	l := &ledger.Log{Dir: dir, Node: "example.org/room", Interval: time.Millisecond}
	if c != nil {
		if c.Dir == "" {
			c.Dir = dir
		}
		if c.Clock == nil {
			c.Clock = cosignedAt
		}
		c.Log = l
		if err := c.Open(); err != nil {
			t.Fatal(err)
		}
		l.Ask = c.Ask
	}
	if err := l.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return l
}

var until = await.Until

func put(t *testing.T, l *ledger.Log, n int) {
	t.Helper()
	for range n {
		if _, err := l.Append(t.Context(), fmt.Appendf(nil, "entry %d", l.Size())); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "signed", func() bool { return l.Checkpoint().Size == l.Size() })
}

func TestClientCollectsCosignatures(t *testing.T) {
	leak.Check(t)
	dir := t.TempDir()
	first := openLog(t, dir, nil)
	put(t, first, 3)
	key := first.Key()
	first.Close()
	a, b := newPlace(t, t.TempDir(), key), newPlace(t, t.TempDir(), key)
	c := &Client{Witnesses: []Witness{a.witness("audit"), b.witness("finance")}, Interval: time.Hour}
	l := openLog(t, dir, c)
	defer l.Close()
	put(t, l, 4)
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	policy, err := tlog.ParsePolicy(fmt.Appendf(nil, "log %s\nwitness audit %s\nwitness finance %s\ngroup g all audit finance\nquorum g\n", key, a.Key(), b.Key()))
	if err != nil {
		t.Fatal(err)
	}
	check := func(size int64, cosigned int) {
		t.Helper()
		c.Submit(t.Context())
		p, err := l.ProofFile(size - 1)
		if err != nil {
			t.Fatal(err)
		}
		v, err := p.Verify(policy, fmt.Appendf(nil, "entry %d", size-1))
		if err != nil || len(v.Cosigned) != cosigned || v.Checkpoint.Size != size {
			t.Errorf("over %d entries: %+v, %v", size, v, err)
		}
	}
	check(7, 2)
	put(t, l, 300)
	check(307, 2)
	b.away.Store(true) // for days
	for range 3 {
		put(t, l, 5)
		check(l.Size(), 1)
	}
	states := c.States()
	if states[0].Size != 322 || states[0].Failure != nil || states[0].At != 1_795_680_000 || states[0].Tried == 0 ||
		states[1].Size != 307 || states[1].Failure == nil || !strings.Contains(states[1].Failure.Error(), "502") {
		t.Errorf("%+v", states)
	}
	b.away.Store(false)
	check(322, 2)
	// Nothing new: they are asked all the same, so that one sees whether they are there.
	check(322, 2)
	if served := get(t, b.http.URL+"/"+originHash(key.Name())+"/checkpoint"); !strings.Contains(served, "\n322\n") {
		t.Error(served)
	}
	if st := l.Status(); st.Refusal != nil || st.Cosigned != 322 {
		t.Errorf("%+v", st)
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestClientKeepsWhatWasCosigned(t *testing.T) {
	dir := t.TempDir()
	l := openLog(t, dir, nil)
	put(t, l, 3)
	key := l.Key()
	l.Close()
	a := newPlace(t, t.TempDir(), key)
	c := &Client{Witnesses: []Witness{a.witness("audit")}}
	l = openLog(t, dir, c)
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.Submit(t.Context())
	c.Close()
	l.Close()
	a.away.Store(true)
	c = &Client{Witnesses: []Witness{a.witness("audit")}, GoOn: true}
	l = openLog(t, dir, c)
	defer l.Close()
	put(t, l, 1) // after the comparison
	if s := c.States()[0]; s.Size != 3 || s.At == 0 || s.Origin != key.Name() || s.Without != WithoutOption {
		t.Errorf("%+v", s)
	}
}

// A whole machine went back to a copy, its guard with it: the witness remembers.
func TestARestoredMachineIsFoundByItsWitness(t *testing.T) {
	for _, late := range []bool{false, true} {
		dir, backup := t.TempDir(), t.TempDir()
		l := openLog(t, dir, nil)
		put(t, l, 3)
		key := l.Key()
		l.Close()
		if err := os.CopyFS(backup, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		a := newPlace(t, t.TempDir(), key)
		c := &Client{Witnesses: []Witness{a.witness("audit")}}
		l = openLog(t, dir, c)
		put(t, l, 5)
		if err := c.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.Submit(t.Context())
		c.Close()
		l.Close()
		a.away.Store(late)
		c = &Client{Witnesses: []Witness{a.witness("audit")}, GoOn: late}
		l = openLog(t, backup, c)
		if late { // the witness was away at the start, and the log was let go another way
			if _, err := l.Append(t.Context(), []byte("another past")); err != nil {
				t.Fatal(err)
			}
			put(t, l, 8)
		}
		a.away.Store(false)
		if err := c.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.Submit(t.Context())
		until(t, "refused", func() bool { return l.Status().Refusal != nil })
		if _, err := l.Append(t.Context(), []byte("x")); !errors.Is(err, ledger.ErrRefused) {
			t.Errorf("late %v: append: %v", late, err)
		}
		if s := c.States()[0]; s.Refused == nil || s.Refused.Cosigned != 8 || s.Refused.Have == 0 || s.Size != 8 || s.At == 0 || s.Failure == nil {
			t.Errorf("late %v: %+v", late, s)
		}
		a.away.Store(true)
		c.Submit(t.Context())
		if s := c.States()[0]; s.Refused == nil { // being away is no second thought
			t.Errorf("late %v: %+v", late, s)
		}
		a.away.Store(false)
		if r := l.Status().Refusal; r.Params["cause"] != ledger.CauseRolledBack || r.Params["known"] != int64(8) {
			t.Errorf("late %v: %v %v", late, r, r.Params)
		}
		next, err := l.Continue("the machine was restored from a copy")
		if err != nil || next.Known != 8 {
			t.Errorf("late %v: %+v, %v", late, next, err)
		}
		c.Close()
		l.Close()
	}
}

// liar answers what it likes.
type liar struct {
	post, get func(w http.ResponseWriter, r *http.Request)
}

func (l liar) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		l.post(w, r)
		return
	}
	l.get(w, r)
}

func TestClientAndWitnessesThatLie(t *testing.T) {
	leak.Check(t)
	dir := t.TempDir()
	l := openLog(t, dir, nil)
	put(t, l, 5)
	defer l.Close()
	honest := newPlace(t, t.TempDir(), l.Key())
	size := func(text string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", sizeType)
			w.WriteHeader(409)
			fmt.Fprint(w, text)
		}
	}
	answer := func(status int, text string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status); fmt.Fprint(w, text) }
	}
	nothing := answer(404, "")
	for name, c := range map[string]struct {
		liar    liar
		want    string
		refused bool
	}{
		"nonsense":              {liar{answer(200, "hello\n"), nothing}, "without a good cosignature", false},
		"nothing":               {liar{answer(200, ""), nothing}, "without a good cosignature", false},
		"another key":           {liar{answer(200, "— witness/o AAAA\n"), nothing}, "without a good cosignature", false},
		"does not know us":      {liar{answer(404, "no such log"), nothing}, "404", false},
		"does not believe us":   {liar{answer(403, ""), nothing}, "403", false},
		"elsewhere":             {liar{func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/x", http.StatusTemporaryRedirect) }, nothing}, "307", false},
		"a conflict of nothing": {liar{answer(409, "7\n"), nothing}, "409", false},
		"a conflict of words":   {liar{size("seven\n"), nothing}, "without its size", false},
		"always behind":         {liar{size("2\n"), nothing}, "409", false},
		"inconsistent, it says": {liar{answer(422, ""), nothing}, "does not follow", false},
		"ahead, by its word":    {liar{size("6\n"), nothing}, "says that it cosigned 6", true},
	} {
		own := openLog(t, t.TempDir(), nil)
		put(t, own, 5)
		server := httptest.NewServer(c.liar)
		client := &Client{Log: own, Dir: t.TempDir(), Interval: time.Hour, Timeout: time.Minute,
			Witnesses: []Witness{{"liar", server.URL, honest.Key()}}}
		if err := client.Open(); err != nil {
			t.Fatal(err)
		}
		client.Submit(t.Context())
		s := client.States()[0]
		if s.Failure == nil || !strings.Contains(s.Failure.Error(), c.want) || s.Size != 0 {
			t.Errorf("%s: %+v", name, s)
		}
		if refused := own.Status().Refusal != nil; refused != c.refused {
			t.Errorf("%s: refused %v", name, own.Status().Refusal)
		}
		client.HTTP.CloseIdleConnections()
		server.Close()
		own.Close()
	}
}

func TestClientRefusesBadConfiguration(t *testing.T) {
	a := newTree(t, "room/a", "a", "x")
	w := begin(t, &Server{Dir: t.TempDir(), Logs: []tlog.Key{a.key}})
	defer w.Close()
	for name, list := range map[string][]Witness{
		"no name":          {{"", "http://x", w.Key()}},
		"twice":            {{"a", "http://x", w.Key()}, {"a", "http://y", w.Key()}},
		"no address":       {{"a", "", w.Key()}},
		"no scheme":        {{"a", "audit.local:8470", w.Key()}},
		"another scheme":   {{"a", "ftp://audit.local", w.Key()}},
		"a password in it": {{"a", "http://u:p@audit.local", w.Key()}},
		"the log's key":    {{"a", "http://audit.local", a.key}},
		"no key":           {{"a", "http://audit.local", tlog.Key{}}},
	} {
		if err := (&Client{Dir: t.TempDir(), Witnesses: list}).Open(); err == nil || strings.Contains(err.Error(), "u:p") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := (&Client{Dir: filepath.Join(t.TempDir(), "none")}).Open(); err == nil {
		t.Error("a folder that is not there")
	}
}

// A witness that does not answer holds nothing up but its own place.
func TestASilentWitness(t *testing.T) {
	leak.Check(t)
	l := openLog(t, t.TempDir(), nil)
	defer l.Close()
	put(t, l, 2)
	good := newPlace(t, t.TempDir(), l.Key())
	stop := make(chan struct{})
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-stop:
		case <-r.Context().Done():
		}
	}))
	defer silent.Close()
	defer close(stop)
	c := &Client{Log: l, Dir: t.TempDir(), Timeout: 3 * time.Second, Interval: time.Hour, Clock: cosignedAt,
		Witnesses: []Witness{{"silent", silent.URL, newPlace(t, t.TempDir(), l.Key()).Key()}, good.witness("good")}}
	if err := c.Open(); err != nil {
		t.Fatal(err)
	}
	c.Submit(t.Context())
	s := c.States()
	if s[0].Failure == nil || !errors.Is(s[0].Failure, context.DeadlineExceeded) || s[1].Failure != nil || l.CosignedCheckpoint().Size != 2 {
		t.Errorf("%+v, cosigned %d", s, l.CosignedCheckpoint().Size)
	}
	seen, awaited := c.Ask(t.Context(), l.Key(), l.Checkpoint())
	if len(seen) != 1 || !slices.Equal(awaited, []string{"silent"}) { // what is kept here of the good one, which cosigns it again
		t.Errorf("%+v, waits for %v", seen, awaited)
	}
	c.HTTP.CloseIdleConnections()
}

// TestOnlyAnotherMachineTellsTheTime: a cosignature bears the time of the witness's clock,
// and one on this machine has none of its own.
func TestOnlyAnotherMachineTellsTheTime(t *testing.T) {
	leak.Check(t)
	for name, here := range map[string]func(net.Conn) bool{"by its address": nil, "another": func(net.Conn) bool { return false }} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			first := openLog(t, dir, nil)
			put(t, first, 3)
			key := first.Key()
			first.Close()
			p := newPlace(t, t.TempDir(), key)
			var mu sync.Mutex
			told := map[string]int64{}
			c := &Client{Witnesses: []Witness{p.witness("audit")}, Interval: time.Hour, Here: here, OnCosigned: func(w Witness, at time.Time) {
				mu.Lock()
				defer mu.Unlock()
				told[w.Name] = at.Unix()
			}}
			if at := Kept(dir, key, c.Witnesses); !at.IsZero() {
				t.Errorf("before it has cosigned anything: %v", at)
			}
			l := openLog(t, dir, c)
			defer l.Close()
			put(t, l, 1)
			if err := c.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			c.Submit(t.Context())
			state := c.States()[0]
			want := map[string]int64{}
			if here != nil {
				want["audit"] = state.At
			}
			mu.Lock()
			defer mu.Unlock()
			if state.At == 0 || state.Failure != nil || !maps.Equal(told, want) {
				t.Errorf("told %v, want %v; %+v", told, want, state)
			}
			if at := Kept(dir, key, c.Witnesses); at.Unix() != state.At {
				t.Errorf("kept of %v, cosigned at %d", at, state.At)
			}
			if at := Kept(dir, key, []Witness{newPlace(t, t.TempDir(), key).witness("audit")}); !at.IsZero() {
				t.Errorf("of one with another key: %v", at)
			}
		})
	}
}

// TestWhatIsHere: a connection leads to this machine where it cannot be told apart.
func TestWhatIsHere(t *testing.T) {
	for _, c := range []struct {
		local, remote string
		here          bool
	}{
		{"127.0.0.1", "127.0.0.1", true}, {"127.0.0.1", "127.0.0.9", true}, {"::1", "::1", true},
		{"192.0.2.7", "192.0.2.7", true}, {"192.0.2.7", "192.0.2.8", false}, {"2001:db8::1", "2001:db8::2", false},
	} {
		if got := here(ends{local: &net.TCPAddr{IP: net.ParseIP(c.local)}, remote: &net.TCPAddr{IP: net.ParseIP(c.remote)}}); got != c.here {
			t.Errorf("from %s to %s: %v", c.local, c.remote, got)
		}
	}
	if !here(ends{local: &net.UnixAddr{}, remote: &net.UnixAddr{}}) {
		t.Error("a socket of this machine")
	}
}

// ends is a connection of which only the addresses are known.
type ends struct {
	net.Conn
	local, remote net.Addr
}

func (e ends) LocalAddr() net.Addr  { return e.local }
func (e ends) RemoteAddr() net.Addr { return e.remote }
