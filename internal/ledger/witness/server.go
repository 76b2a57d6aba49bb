// Package witness has both sides of C2SP tlog-witness: the cosigner that runs on a
// second machine, under another department, and the client with which a log asks its
// witnesses. A witness keeps one checkpoint of every log and cosigns a newer one only
// when it follows from it, so that who administers the log alone cannot rewrite it.
package witness

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/mod/sumdb/note"

	"watchroom/evidence/tlog"
	"watchroom/internal/clock"
	"watchroom/internal/ledger/disk"
)

const (
	keyName   = "key"  // the secret; 0600, never logged
	logsName  = "logs" // folder with one file a log
	sizeType  = "text/x.tlog.size"
	textType  = "text/plain; charset=utf-8"
	maxBody   = 512 << 10 // a request: 63 hashes and a checkpoint with its signatures
	maxHashes = 63
)

// Server is a witness. It is an http.Handler between Start and Close.
type Server struct {
	Dir   string     // an existing folder, for this witness alone
	Name  string     // of the key when it is made at the first start; empty means a random one
	Logs  []tlog.Key // verifier keys of the logs that it cosigns; a key's name is the origin
	Clock clock.Clock
	Log   *slog.Logger

	disk   disk.Disk // tests put another in its place
	lock   io.Closer
	signer *tlog.Cosigner
	mux    *http.ServeMux
	logs   map[string]*watched // by origin
}

// watched is one log. Its file holds the checkpoint that was cosigned last.
type watched struct {
	origin string
	keys   []tlog.Key
	path   string

	mu     sync.Mutex // held from the comparison to the answer, so that a size never goes back
	known  bool       // guarded by mu; false: read the file first
	latest tlog.Checkpoint
	signed []byte // what is served; nil before the first
	short  int64  // one more than the entries of the last checkpoint that was complained of as too small; 0: none
}

// Start opens the folder, making the key at the first start, and reads what was
// cosigned.
func (s *Server) Start(context.Context) error {
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	if s.disk == nil {
		s.disk = disk.OS{}
	}
	if len(s.Logs) == 0 {
		return errors.New("witness: no log is named, so there is nothing to cosign")
	}
	lock, err := s.disk.Lock(filepath.Join(s.Dir, "lock"))
	if err != nil {
		return fmt.Errorf("witness: %w", err)
	}
	s.lock = lock
	if err := s.open(); err != nil {
		lock.Close()
		return fmt.Errorf("witness: %w", err)
	}
	return nil
}

// Close gives the folder back. The HTTP server that uses s must have ended.
func (s *Server) Close() { s.lock.Close() }

// Key is what others verify the cosignatures with.
func (s *Server) Key() tlog.Key { return s.signer.Key() }

func (s *Server) open() error {
	var err error
	if s.signer, err = s.readKey(); err != nil {
		return err
	}
	if err := s.disk.Mkdir(filepath.Join(s.Dir, logsName)); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := s.disk.SyncDir(s.Dir); err != nil {
		return err
	}
	s.logs = map[string]*watched{}
	for _, k := range s.Logs {
		if k.Type() != tlog.TypeEd25519 {
			return fmt.Errorf("%s is not the key of a log but of a witness", k)
		}
		w := s.logs[k.Name()]
		if w == nil {
			w = &watched{origin: k.Name(), path: filepath.Join(s.Dir, logsName, originHash(k.Name()))}
			s.logs[k.Name()] = w
		}
		w.keys = append(w.keys, k)
	}
	for _, w := range s.logs {
		if err := s.read(w); err != nil {
			return err
		}
	}
	s.mux = http.NewServeMux()
	s.mux.HandleFunc("POST /add-checkpoint", s.add)
	s.mux.HandleFunc("GET /{origin}/checkpoint", s.show)
	return nil
}

// originHash names a log in paths (C2SP tlog-witness).
func originHash(origin string) string {
	sum := sha256.Sum256([]byte(origin))
	return hex.EncodeToString(sum[:])
}

// readKey reads or makes the key: PRIVATE+KEY+name+id+base64(type || seed), as a
// log's, with the type of a cosignature.
func (s *Server) readKey() (*tlog.Cosigner, error) {
	path := filepath.Join(s.Dir, keyName)
	data, err := s.disk.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s.makeKey(path)
	}
	if err != nil {
		return nil, err
	}
	malformed := fmt.Errorf("%s is not the key of a witness; put it back, or begin with an empty folder and tell every log the new key", path)
	parts := strings.SplitN(strings.TrimSuffix(string(data), "\n"), "+", 5)
	if len(parts) != 5 || parts[0] != "PRIVATE" || parts[1] != "KEY" {
		return nil, malformed
	}
	secret, err := base64.StdEncoding.DecodeString(parts[4])
	if err != nil || len(secret) != 1+ed25519.SeedSize || secret[0] != tlog.TypeCosignature {
		return nil, malformed
	}
	c, err := tlog.NewCosigner(parts[2], secret[1:], s.Clock.Now)
	if err != nil || fmt.Sprintf("%08x", c.KeyHash()) != parts[3] {
		return nil, malformed
	}
	if s.Name != "" && s.Name != c.Name() {
		return nil, fmt.Errorf("the witness in this folder is named %s, not %s", c.Name(), s.Name)
	}
	return c, nil
}

func (s *Server) makeKey(path string) (*tlog.Cosigner, error) {
	// Without its key a witness that has cosigned is another one.
	if entries, err := s.disk.ReadDir(filepath.Join(s.Dir, logsName)); err == nil && len(entries) > 0 {
		return nil, fmt.Errorf("%s is missing, and this folder is not new; put the key back", path)
	}
	seed := make([]byte, ed25519.SeedSize)
	_, _ = rand.Read(seed) // never fails
	name := s.Name
	if name == "" {
		name = "witness/" + rand.Text()[:8]
	}
	c, err := tlog.NewCosigner(name, seed, s.Clock.Now)
	if err != nil {
		return nil, err
	}
	text := fmt.Sprintf("PRIVATE+KEY+%s+%08x+%s\n", name, c.KeyHash(), base64.StdEncoding.EncodeToString(append([]byte{tlog.TypeCosignature}, seed...)))
	return c, disk.Replace(s.disk, path, []byte(text), 0o600)
}

// read takes what the file says. It was cosigned by this witness, so anything else is
// damage, with which nothing may be cosigned. Called with mu held, or at the start.
func (s *Server) read(w *watched) error {
	data, err := s.disk.ReadFile(w.path)
	if errors.Is(err, fs.ErrNotExist) {
		w.latest, w.signed, w.known = tlog.Checkpoint{Origin: w.origin, Root: tlog.EmptyRoot()}, nil, true
		return nil
	}
	if err != nil {
		return err
	}
	c, _, err := tlog.Open(data, s.signer.Key())
	if err != nil || c.Origin != w.origin {
		return fmt.Errorf("%s, what was cosigned of %s, is damaged: %w", w.path, w.origin, err)
	}
	w.latest, w.signed, w.known = c, data, true
	return nil
}

// ServeHTTP answers add-checkpoint and the retrieval of what was cosigned.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

func (s *Server) show(w http.ResponseWriter, r *http.Request) {
	for _, l := range s.logs {
		if originHash(l.origin) != r.PathValue("origin") {
			continue
		}
		l.mu.Lock()
		signed := l.signed
		l.mu.Unlock()
		if signed != nil {
			w.Header().Set("Content-Type", textType)
			w.Header().Set("Cache-Control", "no-store")
			_, _ = w.Write(signed)
			return
		}
	}
	http.Error(w, "no checkpoint of such a log", http.StatusNotFound)
}

// refusal is an answer other than a cosignature.
type refusal struct {
	status int
	text   string
}

func (e *refusal) Error() string { return e.text }

func refuse(status int, format string, args ...any) error {
	return &refusal{status, fmt.Sprintf(format, args...)}
}

func (s *Server) add(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var lines []byte
	if err != nil {
		err = refuse(http.StatusBadRequest, "the request is too long or broke off")
	} else {
		lines, err = s.cosign(body)
	}
	var no *refusal
	switch {
	case err == nil:
		w.Header().Set("Content-Type", textType)
		_, _ = w.Write(lines)
	case errors.As(err, &no) && no.status == http.StatusConflict:
		w.Header().Set("Content-Type", sizeType)
		w.WriteHeader(http.StatusConflict)
		_, _ = io.WriteString(w, no.text+"\n")
	case errors.As(err, &no):
		s.Log.Warn("a checkpoint was not cosigned", "status", no.status, "why", no.text)
		http.Error(w, no.text, no.status)
	default:
		s.Log.Error("a checkpoint could not be cosigned", "error", err)
		http.Error(w, "the witness cannot write to its disk", http.StatusInternalServerError)
	}
}

// cosign does what C2SP tlog-witness says of add-checkpoint, in its order.
func (s *Server) cosign(body []byte) ([]byte, error) {
	req, err := parseRequest(body)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "%s", err)
	}
	l := s.logs[req.claimed.Origin]
	if l == nil {
		return nil, refuse(http.StatusNotFound, "this witness does not know the log %q", req.claimed.Origin)
	}
	c, sigs, err := tlog.Open(req.signed, l.keys...)
	if err != nil {
		return nil, refuse(http.StatusForbidden, "no good signature of a known key of %s", l.origin)
	}
	if req.old > c.Size {
		return nil, refuse(http.StatusBadRequest, "the old size %d is beyond the checkpoint's %d", req.old, c.Size)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.known {
		if err := s.read(l); err != nil {
			return nil, err
		}
	}
	if c.Size < l.latest.Size && l.short != c.Size+1 {
		l.short = c.Size + 1
		s.Log.Error("a log shows fewer entries than this witness has cosigned of it, and is not cosigned: it was set back, or is another's copy",
			"log", l.origin, "cosigned", l.latest.Size, "shown", c.Size)
	}
	if req.old != l.latest.Size {
		return nil, refuse(http.StatusConflict, "%d", l.latest.Size)
	}
	if err := tlog.VerifyConsistency(l.latest.Size, c.Size, l.latest.Root, c.Root, req.path); err != nil {
		s.Log.Error("a log shows a tree that does not follow from what it showed before",
			"log", l.origin, "before", l.latest.Size, "now", c.Size, "checkpoint", string(req.signed))
		return nil, refuse(http.StatusUnprocessableEntity, "the checkpoint does not follow from the one over %d entries", l.latest.Size)
	}
	signed, err := note.Sign(&note.Note{Text: c.Text()}, s.signer)
	if err != nil {
		return nil, err
	}
	_, line, err := tlog.SplitNote(signed)
	if err != nil {
		return nil, err
	}
	// What is kept has the log's own signatures, so that it convicts a fork.
	kept := bytes.NewBufferString(c.Text() + "\n")
	for _, sig := range sigs {
		fmt.Fprintf(kept, "— %s %s\n", sig.Name, sig.Base64)
	}
	kept.WriteString(line)
	if err := disk.Replace(s.disk, l.path, kept.Bytes(), 0o644); err != nil {
		l.known = false // the new one may be there all the same
		return nil, err
	}
	l.latest, l.signed, l.short = c, kept.Bytes(), 0
	return []byte(line), nil
}

// request is the body of add-checkpoint. Nothing in it is verified.
type request struct {
	old     int64
	path    []tlog.Hash
	signed  []byte
	claimed tlog.Checkpoint
}

func parseRequest(body []byte) (r request, err error) {
	head, rest, found := bytes.Cut(body, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	number, ok := strings.CutPrefix(lines[0], "old ")
	if !found || !ok || len(lines) > 1+maxHashes {
		return r, errors.New("want an old size, at most 63 hashes, an empty line and a checkpoint")
	}
	if r.old, err = tlog.ParseSize(number); err != nil {
		return r, fmt.Errorf("old size: %w", err)
	}
	for _, l := range lines[1:] {
		h, err := tlog.ParseHash(l)
		if err != nil {
			return r, err
		}
		r.path = append(r.path, h)
	}
	r.signed = rest
	text, _, err := tlog.SplitNote(rest)
	if err != nil {
		return r, err
	}
	r.claimed, err = tlog.ParseCheckpoint(text)
	return r, err
}

// encodeRequest is the other side of parseRequest.
func encodeRequest(old int64, path []tlog.Hash, signed []byte) []byte {
	b := []byte("old " + strconv.FormatInt(old, 10) + "\n")
	for _, h := range path {
		b = append(b, h.String()+"\n"...)
	}
	return append(append(b, '\n'), signed...)
}
