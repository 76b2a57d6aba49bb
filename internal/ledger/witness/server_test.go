package witness

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"watchroom/evidence/leaf"
	"watchroom/evidence/tlog"
	"watchroom/internal/ledger/disk"
	"watchroom/internal/testkit/crashdisk"
	"watchroom/internal/testkit/leak"
)

// tree is a log made by hand: its entries are numbers, after a word of its own.
type tree struct {
	origin string
	key    tlog.Key
	signer note.Signer
	word   string
}

func newTree(t testing.TB, origin, letter, word string) tree {
	t.Helper()
	private := ed25519.NewKeyFromSeed([]byte(strings.Repeat(letter, 32)))
	k, err := tlog.NewKey(origin, tlog.TypeEd25519, private.Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	return tree{origin, k, signer{k, private}, word}
}

type signer struct {
	tlog.Key
	private ed25519.PrivateKey
}

func (s signer) Sign(text []byte) ([]byte, error) { return ed25519.Sign(s.private, text), nil }

func (l tree) leaves(n int) []leaf.Hash {
	all := make([]leaf.Hash, n)
	for i := range all {
		all[i] = leaf.Part(fmt.Appendf(nil, "%s %d", l.word, i))
	}
	return all
}

func (l tree) checkpoint(t testing.TB, n int) []byte {
	t.Helper()
	c := tlog.Checkpoint{Origin: l.origin, Size: int64(n), Root: tlog.Hash(leaf.Root(l.leaves(n)))}
	b, err := note.Sign(&note.Note{Text: c.Text()}, l.signer)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// consistency is the proof of RFC 6962 2.1.2, written from its definition.
func (l tree) consistency(m, n int) []tlog.Hash {
	if m == 0 || m == n {
		return nil
	}
	var sub func(m int, d []leaf.Hash, whole bool) []tlog.Hash
	sub = func(m int, d []leaf.Hash, whole bool) []tlog.Hash {
		if m == len(d) {
			if whole {
				return nil
			}
			return []tlog.Hash{tlog.Hash(leaf.Root(d))}
		}
		k := 1
		for k*2 < len(d) {
			k *= 2
		}
		if m <= k {
			return append(sub(m, d[:k], whole), tlog.Hash(leaf.Root(d[k:])))
		}
		return append(sub(m-k, d[k:], false), tlog.Hash(leaf.Root(d[:k])))
	}
	return sub(m, l.leaves(n), true)
}

func (l tree) request(t testing.TB, m, n int) string {
	return string(encodeRequest(int64(m), l.consistency(m, n), l.checkpoint(t, n)))
}

func begin(t testing.TB, s *Server) *Server {
	t.Helper()
	if s.Clock == nil {
		s.Clock = func() time.Time { return time.Unix(1_795_680_000, 0) }
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func ask(h http.Handler, method, path, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
	return w
}

func TestAddCheckpoint(t *testing.T) {
	a, b := newTree(t, "room/a", "a", "x"), newTree(t, "room/b", "b", "y")
	fork, forged := a, newTree(t, "room/a", "f", "x")
	fork.word = "z"
	s := begin(t, &Server{Dir: t.TempDir(), Logs: []tlog.Key{a.key, b.key}, Name: "audit.local/w"})
	defer s.Close()
	emptyWithRoot, err := note.Sign(&note.Note{Text: tlog.Checkpoint{Origin: "room/b", Root: tlog.EntryHash(nil)}.Text()}, b.signer)
	if err != nil {
		t.Fatal(err)
	}
	signedTwice := strings.Replace(a.request(t, 0, 5), "\n\n— ", "\n\n— room/other AAAAAAAAAAAAAAAAAAAA\n— ", 1)
	broken := a.request(t, 0, 5)
	broken = broken[:len(broken)-9] + "AAAAAA==\n"
	for _, c := range []struct {
		name   string
		body   string
		status int
		text   string
	}{
		{"the first", signedTwice, 200, "— audit.local/w "},
		{"the same, as if it were new", a.request(t, 0, 5), 409, "5\n"},
		{"the same again", a.request(t, 5, 5), 200, "— audit.local/w "},
		{"more", a.request(t, 5, 70), 200, "— audit.local/w "},
		{"an old one", a.request(t, 5, 70), 409, "70\n"},
		{"back", a.request(t, 0, 5), 409, "70\n"},
		{"old size beyond", string(encodeRequest(71, nil, a.checkpoint(t, 70))), 400, ""},
		{"another tree of this size", fork.request(t, 70, 70), 422, "does not follow"},
		{"a fork", fork.request(t, 70, 80), 422, "does not follow"},
		{"no proof", string(encodeRequest(70, nil, a.checkpoint(t, 80))), 422, ""},
		{"another proof", string(encodeRequest(70, a.consistency(69, 80), a.checkpoint(t, 80))), 422, ""},
		{"a proof from nothing", string(encodeRequest(0, a.consistency(5, 6), b.checkpoint(t, 6))), 422, ""},
		{"an empty tree with a root", string(encodeRequest(0, nil, emptyWithRoot)), 422, ""},
		{"an empty tree", b.request(t, 0, 0), 200, "— audit.local/w "},
		{"another log", b.request(t, 0, 3), 200, "— audit.local/w "},
		{"an unknown log", newTree(t, "room/c", "c", "x").request(t, 0, 1), 404, "room/c"},
		{"a forged key", forged.request(t, 70, 80), 403, "room/a"},
		{"a broken signature", broken, 403, ""},
		{"nothing", "", 400, ""},
		{"no old size", "\n\n" + string(a.checkpoint(t, 80)), 400, ""},
		{"a negative old size", "old -1\n\n" + string(a.checkpoint(t, 80)), 400, ""},
		{"an old size with a zero", "old 070\n\n" + string(a.checkpoint(t, 80)), 400, ""},
		{"a bad hash", "old 70\nAAAA\n\n" + string(a.checkpoint(t, 80)), 400, ""},
		{"64 hashes", string(encodeRequest(70, make([]tlog.Hash, 64), a.checkpoint(t, 80))), 400, ""},
		{"no checkpoint", "old 70\n\n", 400, ""},
		{"a megabyte", "old 70\n" + strings.Repeat("x", 1<<20), 400, ""},
		{"after all that", a.request(t, 70, 71), 200, "— audit.local/w "},
	} {
		w := ask(s, "POST", "/add-checkpoint", c.body)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.text) {
			t.Errorf("%s: %d %q, want %d %q", c.name, w.Code, w.Body, c.status, c.text)
		}
		if w.Code == 409 && (w.Header().Get("Content-Type") != "text/x.tlog.size" || w.Body.String() != c.text) {
			t.Errorf("%s: %q of type %s", c.name, w.Body, w.Header().Get("Content-Type"))
		}
		if w.Code != 200 {
			continue
		}
		_, signed, _ := strings.Cut(c.body, "\n\n")
		whole := []byte(signed + w.Body.String())
		if _, at, err := verify(whole, map[bool]tlog.Key{true: a.key, false: b.key}[strings.HasPrefix(signed, "room/a")], s.Key()); err != nil || at != 1_795_680_000 {
			t.Errorf("%s: %d, %v", c.name, at, err)
		}
	}
	for path, want := range map[string]int{"/" + originHash("room/a") + "/checkpoint": 200, "/" + originHash("room/c") + "/checkpoint": 404, "/x/checkpoint": 404, "/": 404, "/add-checkpoint": 405} {
		if w := ask(s, "GET", path, ""); w.Code != want {
			t.Errorf("GET %s: %d, want %d", path, w.Code, want)
		}
	}
	w := ask(s, "GET", "/"+originHash("room/a")+"/checkpoint", "")
	if c, _, err := verify(w.Body.Bytes(), a.key, s.Key()); err != nil || c.Size != 71 {
		t.Errorf("%+v, %v", c, err)
	}
}

// TestAWitnessTellsOfALogThatWasSetBack: whoever watches the witness hears of it, once for
// what is shown, and again after it was good.
func TestAWitnessTellsOfALogThatWasSetBack(t *testing.T) {
	a := newTree(t, "room/a", "a", "x")
	var told strings.Builder
	s := begin(t, &Server{Dir: t.TempDir(), Logs: []tlog.Key{a.key}, Log: slog.New(slog.NewTextHandler(&told, nil))})
	defer s.Close()
	for i, c := range []struct {
		old, size int
		lines     int
	}{{0, 70, 0}, {0, 70, 0}, {5, 5, 1}, {5, 5, 1}, {0, 5, 1}, {5, 6, 2}, {0, 0, 3}, {70, 71, 3}, {6, 6, 4}} {
		ask(s, "POST", "/add-checkpoint", a.request(t, c.old, c.size))
		if n := strings.Count(told.String(), "level=ERROR"); n != c.lines {
			t.Errorf("%d: %d lines, want %d: %s", i, n, c.lines, told.String())
		}
	}
	if !strings.Contains(told.String(), "log=room/a cosigned=70 shown=5") {
		t.Error(told.String())
	}
}

func TestAWitnessRemembersOverARestart(t *testing.T) {
	leak.Check(t)
	a, dir := newTree(t, "room/a", "a", "x"), t.TempDir()
	s := begin(t, &Server{Dir: dir, Logs: []tlog.Key{a.key}})
	if err := (&Server{Dir: dir, Logs: []tlog.Key{a.key}}).Start(t.Context()); !errors.Is(err, disk.ErrLocked) {
		t.Errorf("a second witness in this folder: %v", err)
	}
	if w := ask(s, "POST", "/add-checkpoint", a.request(t, 0, 9)); w.Code != 200 {
		t.Fatal(w.Body)
	}
	key := s.Key()
	s.Close()
	s = begin(t, &Server{Dir: dir, Logs: []tlog.Key{a.key}})
	if s.Key() != key || !strings.HasPrefix(key.Name(), "witness/") {
		t.Errorf("key %s, then %s", key, s.Key())
	}
	if w := ask(s, "POST", "/add-checkpoint", a.request(t, 0, 3)); w.Code != 409 || w.Body.String() != "9\n" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	s.Close()
	secret, err := os.ReadFile(filepath.Join(dir, "key"))
	if err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(filepath.Join(dir, "key")); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", st.Mode(), err)
	}
	kept := filepath.Join(dir, "logs", originHash("room/a"))
	good, err := os.ReadFile(kept)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ path, text, want string }{
		"another name": {"", "", "is named"},
		"a bad key":    {filepath.Join(dir, "key"), string(secret[:len(secret)-5]), "not the key of a witness"},
		"no key":       {filepath.Join(dir, "key"), "", "missing"},
		"bad state":    {kept, strings.Replace(string(good), "\n9\n", "\n8\n", 1), "damaged"},
	} {
		s := &Server{Dir: dir, Logs: []tlog.Key{a.key}}
		if c.path == "" {
			s.Name = "another"
		} else if c.text == "" {
			os.Remove(c.path)
		} else if err := os.WriteFile(c.path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := s.Start(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), string(secret[60:80])) {
			t.Errorf("%s: %v", name, err)
		}
		for path, text := range map[string][]byte{filepath.Join(dir, "key"): secret, kept: good} {
			if err := os.WriteFile(path, text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := (&Server{Dir: dir}).Start(t.Context()); err == nil {
		t.Error("a witness of nothing")
	}
	if err := (&Server{Dir: dir, Logs: []tlog.Key{key}}).Start(t.Context()); err == nil || !strings.Contains(err.Error(), "not the key of a log") {
		t.Error(err)
	}
}

// Two that come at once with the same old size: one is cosigned, and a size never
// goes back.
func TestAtTheSameTime(t *testing.T) {
	a := newTree(t, "room/a", "a", "x")
	s := begin(t, &Server{Dir: "/", Logs: []tlog.Key{a.key}, disk: crashdisk.New()})
	var all sync.WaitGroup
	codes := make([]int, 20)
	for i := range codes {
		body := a.request(t, 0, 10+i)
		all.Go(func() { codes[i] = ask(s, "POST", "/add-checkpoint", body).Code })
	}
	all.Wait()
	good := 0
	for _, c := range codes {
		if c == 200 {
			good++
		} else if c != 409 {
			t.Errorf("status %d", c)
		}
	}
	if good != 1 {
		t.Errorf("%d of them were cosigned", good)
	}
}

// A witness that is stopped anywhere never forgets what it answered.
func TestWitnessCrashAtEveryStep(t *testing.T) {
	a := newTree(t, "room/a", "a", "x")
	sizes := []int{0, 3, 8, 20}
	serve := func(d *crashdisk.Disk) (answered int, finished bool) {
		s := &Server{Dir: "/", Logs: []tlog.Key{a.key}, disk: d, Clock: func() time.Time { return time.Unix(5, 0) }}
		if s.Start(t.Context()) != nil {
			return 0, false
		}
		for i := range len(sizes) - 1 {
			w := ask(s, "POST", "/add-checkpoint", a.request(t, sizes[i], sizes[i+1]))
			if w.Code != 200 {
				return answered, false
			}
			answered = sizes[i+1]
		}
		return answered, true
	}
	for stop, done := 1, false; !done; stop++ {
		d := crashdisk.New()
		d.StopAt = stop
		var answered int
		answered, done = serve(d)
		for name, left := range map[string]*crashdisk.Disk{"kill": d.AfterKill(), "power cut": d.AfterPowerCut(), "mess": d.AfterMess(uint64(stop))} {
			s := begin(t, &Server{Dir: "/", Logs: []tlog.Key{a.key}, disk: left})
			if got := s.logs["room/a"].latest.Size; got < int64(answered) {
				t.Errorf("step %d, %s: answered for %d, remembers %d", stop, name, answered, got)
			}
		}
		if stop > 200 {
			t.Fatal("no end")
		}
	}
}

// A write that fails is no cosignature, and the next request finds what is there.
func TestWitnessWithAFailingDisk(t *testing.T) {
	a := newTree(t, "room/a", "a", "x")
	for more := 1; more < 8; more++ {
		d := crashdisk.New()
		s := begin(t, &Server{Dir: "/", Logs: []tlog.Key{a.key}, disk: d})
		n, _ := d.Steps()
		d.FailAt = n + more
		first := ask(s, "POST", "/add-checkpoint", a.request(t, 0, 5))
		if first.Code == 200 {
			if more <= 4 {
				t.Errorf("step %d failed, and it was cosigned", more)
			}
			continue
		}
		if first.Code != 500 || strings.Contains(first.Body.String(), "PRIVATE") {
			t.Errorf("%d %s", first.Code, first.Body)
		}
		second := ask(s, "POST", "/add-checkpoint", a.request(t, 0, 5))
		if second.Code == 409 && second.Body.String() == "5\n" {
			second = ask(s, "POST", "/add-checkpoint", a.request(t, 5, 5))
		}
		if second.Code != 200 {
			t.Errorf("step %d failed, and later: %d %s", more, second.Code, second.Body)
		}
	}
}

func FuzzParseRequest(f *testing.F) {
	a := newTree(f, "room/a", "a", "x")
	f.Add([]byte(a.request(f, 3, 9)))
	f.Add([]byte("old 0\n\n"))
	s := begin(f, &Server{Dir: "/", Logs: []tlog.Key{a.key}, disk: crashdisk.New()})
	if w := ask(s, "POST", "/add-checkpoint", a.request(f, 0, 3)); w.Code != 200 {
		f.Fatal(w.Body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := parseRequest(body)
		if err == nil && string(encodeRequest(r.old, r.path, r.signed)) != string(body) {
			t.Errorf("%q becomes %q", body, encodeRequest(r.old, r.path, r.signed))
		}
		if lines, err := s.cosign(body); err == nil && !strings.HasPrefix(string(lines), "— ") {
			t.Errorf("%q", lines)
		}
	})
}

func get(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
