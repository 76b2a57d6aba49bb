package witness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"watchroom/evidence/tlog"
	"watchroom/internal/clock"
	"watchroom/internal/durable"
	"watchroom/internal/ledger/disk"
	ledger "watchroom/internal/ledger/tlog"
)

// Witness is one that a log asks.
type Witness struct {
	Name string   // for people; unique among the witnesses
	URL  string   // submission prefix (C2SP tlog-witness), such as http://audit.local:8470
	Key  tlog.Key // its verifier key, got another way than from URL
}

// Log is what a client needs of a transparency log.
type Log interface {
	Checkpoint() ledger.Signed
	Consistency(old, size int64) ([]tlog.Hash, error)
	Cosigned(signed []byte, witnesses ...tlog.Key) error
	Witnessed(ledger.Seen)
	Key() tlog.Key
}

// Client sends checkpoints to witnesses and brings their cosignatures back. Witnesses
// may be away for days; what they last cosigned is kept in Dir. Its Ask is an input
// of the log.
type Client struct {
	Log       Log
	Dir       string // an existing folder; state goes into Dir/witnesses
	Witnesses []Witness
	// Gone names the witnesses that the log tells of and that nobody asks any more: they were
	// taken out of the configuration, or have another key. They count as not heard.
	Gone     []string
	Interval time.Duration // between submissions; 0 means 1 min
	Fold     time.Duration // within which Soon submits; 0 means 3 s
	GoOn     bool          // let the log be signed after a start although witnesses do not answer
	Timeout  time.Duration // of one request; 0 means 10 s
	HTTP     *http.Client  // nil means one that follows no redirects
	Clock    clock.Clock
	Logger   *slog.Logger
	// OnCosigned is told of every new cosignature of a witness on another machine: by that
	// one's clock it was made at an instant. It must return at once. May be nil.
	OnCosigned func(w Witness, at time.Time)
	// Here tells whether a connection leads to this machine, whose witness has no clock of
	// its own; nil means that by its addresses. A tunnel leads here as far as anybody can see.
	Here func(c net.Conn) bool

	disk   disk.Disk
	cancel context.CancelFunc
	done   chan struct{}
	soon   chan struct{}
	keep   sync.Mutex // held while what a witness cosigned is written

	mu      sync.Mutex        // guards what follows
	states  map[string]*State // by name
	gone    map[string]string // by name of who is Gone, why the log is signed although it was not heard; empty while it is not
	passed  map[string]bool   // witnesses that a person passed over
	awaited []string          // those for whom the log waits
	again   time.Time         // before that they are not asked again
}

// State is how it stands with a witness.
type State struct {
	Name    string
	URL     string
	Key     string
	Origin  string // the log of which the rest is
	Size    int64  // entries in the checkpoint that it cosigned last
	At      int64  // when, by its clock, seconds since 1970 UTC; 0: never
	Tried   int64  // µs since 1970 UTC, by ours; 0: not since the start
	Failure error  // of the last try; nil if it went well
	// Refused is set since it refused this log, until it cosigns again: it knows more of it
	// than there is, or something else.
	Refused *Refused
	// Without is why the log was signed after the start although this one had not said what
	// it has, one of the words above; empty, and again so once it has cosigned.
	Without string
}

// Refused says why a witness that answers does not cosign.
type Refused struct {
	Cosigned int64 // entries that it has cosigned, or says so
	Have     int64 // entries that this log has signed
	why      string
}

func (r *Refused) Error() string { return r.why }

// Open reads what is kept of every witness. It comes before Ask and Start.
func (c *Client) Open() error {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Interval <= 0 {
		c.Interval = time.Minute
	}
	if c.Fold <= 0 {
		c.Fold = 3 * time.Second
	}
	if c.Timeout <= 0 {
		c.Timeout = 10 * time.Second
	}
	if c.HTTP == nil {
		c.HTTP = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	if c.Here == nil {
		c.Here = here
	}
	if c.disk == nil {
		c.disk = disk.OS{}
	}
	if err := c.disk.Mkdir(c.folder()); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("witnesses: %w", err)
	}
	c.soon, c.states, c.gone = make(chan struct{}, 1), map[string]*State{}, map[string]string{}
	for _, name := range c.Gone {
		c.gone[name] = ""
	}
	for _, w := range c.Witnesses {
		u, err := url.Parse(w.URL)
		switch {
		case w.Name == "" || c.states[w.Name] != nil:
			return fmt.Errorf("witnesses: the name %q is empty or stands twice", w.Name)
		case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "":
			return fmt.Errorf("witness %s: want an address such as http://audit.local:8470 without name and password", w.Name)
		case w.Key.Type() != tlog.TypeCosignature:
			return fmt.Errorf("witness %s: its key must be of type %#02x, as a witness prints it", w.Name, tlog.TypeCosignature)
		}
		c.states[w.Name] = &State{Name: w.Name, URL: w.URL, Key: w.Key.String()}
	}
	return nil
}

// Start submits on the interval until Close.
func (c *Client) Start(ctx context.Context) error {
	ctx, c.cancel = context.WithCancel(context.WithoutCancel(ctx))
	c.done = make(chan struct{})
	go c.run(ctx)
	return nil
}

// Close ends submitting.
func (c *Client) Close() {
	c.cancel()
	<-c.done
	c.HTTP.CloseIdleConnections()
}

// States tells how it stands with every witness, in the order of Witnesses.
func (c *Client) States() []State {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []State
	for _, w := range c.Witnesses {
		list = append(list, *c.states[w.Name])
	}
	return list
}

// Unasked tells of each witness that is Gone why the log is signed although it was not heard,
// one of the words above; empty while it is not signed.
func (c *Client) Unasked() map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.gone)
}

func (c *Client) folder() string { return filepath.Join(c.Dir, "witnesses") }

// file is where the checkpoint lies that a witness cosigned last of an origin.
func (c *Client) file(w Witness, origin string) string {
	return filepath.Join(c.folder(), fmt.Sprintf("%08x-%.16s", w.Key.KeyHash(), originHash(origin)))
}

// kept reads what a witness cosigned last and sets its state.
func (c *Client) kept(w Witness, key tlog.Key) ([]byte, tlog.Checkpoint, bool) {
	signed, err := c.disk.ReadFile(c.file(w, key.Name()))
	if err != nil {
		return nil, tlog.Checkpoint{}, false
	}
	checkpoint, at, err := verify(signed, key, w.Key)
	if err != nil {
		c.Logger.Warn("what was kept of a witness is damaged", "witness", w.Name, "error", err)
		return nil, tlog.Checkpoint{}, false
	}
	c.note(w, key.Name(), checkpoint.Size, at)
	return signed, checkpoint, true
}

// Kept is when, by its own clock, one of the witnesses cosigned last what is kept in a
// folder of a log; zero if none has.
func Kept(dir string, log tlog.Key, witnesses []Witness) (newest time.Time) {
	for _, w := range witnesses {
		c := &Client{Dir: dir}
		signed, err := durable.ReadRegular(c.file(w, log.Name()), 1<<20)
		if err != nil {
			continue
		}
		if _, at, err := verify(signed, log, w.Key); err == nil && time.Unix(at, 0).After(newest) {
			newest = time.Unix(at, 0)
		}
	}
	return newest
}

// verify checks that both the log and the witness signed.
func verify(signed []byte, log, witness tlog.Key) (checkpoint tlog.Checkpoint, at int64, err error) {
	checkpoint, sigs, err := tlog.Open(signed, log, witness)
	if err != nil {
		return checkpoint, 0, err
	}
	byLog := false
	for _, s := range sigs {
		switch {
		case s.Name == log.Name() && s.Hash == log.KeyHash():
			byLog = true
		case s.Name == witness.Name() && s.Hash == witness.KeyHash():
			if at, err = tlog.CosignedAt(s); err != nil {
				return checkpoint, 0, err
			}
		}
	}
	if !byLog || at == 0 || checkpoint.Origin != log.Name() {
		return checkpoint, 0, errors.New("not signed by log and witness both")
	}
	return checkpoint, at, nil
}

func (c *Client) note(w Witness, origin string, size, at int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.states[w.Name]
	if s.Origin == origin && s.Size > size {
		return // it has said more before
	}
	s.Origin, s.Size, s.At = origin, size, at
}

// fetch asks a witness for the checkpoint that it serves; nil if it has none. at is
// when it cosigned that, by its clock, in seconds since 1970 UTC.
func (c *Client) fetch(ctx context.Context, w Witness, key tlog.Key) (signed []byte, checkpoint tlog.Checkpoint, at int64, err error) {
	a, err := c.send(ctx, w, http.MethodGet, "/"+originHash(key.Name())+"/checkpoint", nil)
	switch {
	case err != nil:
		return nil, tlog.Checkpoint{}, 0, err
	case a.status == http.StatusNotFound:
		return nil, tlog.Checkpoint{}, 0, nil
	case a.status != http.StatusOK:
		return nil, tlog.Checkpoint{}, 0, fmt.Errorf("the witness answers %d", a.status)
	}
	checkpoint, at, err = verify(a.body, key, w.Key)
	if err != nil {
		return nil, tlog.Checkpoint{}, 0, fmt.Errorf("what the witness serves cannot be verified: %w", err)
	}
	return a.body, checkpoint, at, nil
}

// reply is what a witness answers.
type reply struct {
	status int
	kind   string // of the body
	body   []byte
	here   bool // by this machine, as far as it shows
}

func (c *Client) send(ctx context.Context, w Witness, method, path string, body []byte) (a reply, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	a.here = true
	trace := &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) { a.here = c.Here(i.Conn) }}
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, trace), method, strings.TrimSuffix(w.URL, "/")+path, bytes.NewReader(body))
	if err != nil {
		return a, err
	}
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return a, err
	}
	defer resp.Body.Close()
	a.status, a.kind = resp.StatusCode, resp.Header.Get("Content-Type")
	a.body, err = io.ReadAll(io.LimitReader(resp.Body, maxBody))
	return a, err
}

// here tells whether a connection begins and ends on one machine: it bears the same
// address at both ends, or one that leaves none.
func here(c net.Conn) bool {
	local, ok := c.LocalAddr().(*net.TCPAddr)
	remote, is := c.RemoteAddr().(*net.TCPAddr)
	return !ok || !is || remote.IP.IsLoopback() || remote.IP.Equal(local.IP)
}

// Submit asks all witnesses now to cosign what was signed last, and waits for their answers:
// all at the same time, so that their cosignatures come together under it.
func (c *Client) Submit(ctx context.Context) {
	head := c.Log.Checkpoint()
	if head.Note == nil || len(c.Witnesses) == 0 {
		return
	}
	key := c.Log.Key()
	text, _, err := tlog.SplitNote(head.Note)
	if err != nil || key.Name() != head.Origin {
		return
	}
	lines := make([]string, len(c.Witnesses))
	var all sync.WaitGroup
	for i, w := range c.Witnesses {
		all.Go(func() {
			line, err := c.submit(ctx, w, key, head, c.Log.Witnessed)
			if ctx.Err() != nil && err != nil {
				return
			}
			lines[i] = line
			c.tried(w, err)
		})
	}
	all.Wait()
	var keys []tlog.Key
	signed := own(head.Note, text, key)
	for i, w := range c.Witnesses {
		if lines[i] != "" {
			signed, keys = signed+lines[i], append(keys, w.Key)
		}
	}
	if len(keys) == 0 {
		return
	}
	if err := c.Log.Cosigned([]byte(signed), keys...); err != nil {
		c.Logger.Warn("cosignatures could not be kept", "error", err)
	}
}

// own is a checkpoint with the log's own signatures alone.
func own(signed []byte, text string, key tlog.Key) string {
	s := text + "\n"
	if _, sigs, err := tlog.Open(signed, key); err == nil {
		for _, sig := range sigs {
			s += "— " + sig.Name + " " + sig.Base64 + "\n"
		}
	}
	return s
}

// tried notes how a try ended and logs what is new.
func (c *Client) tried(w Witness, err error) {
	c.mu.Lock()
	s := c.states[w.Name]
	was := s.Failure
	s.Tried, s.Failure = c.Clock.Micro(), err
	if refused := (*Refused)(nil); errors.As(err, &refused) || err == nil { // one that is away now has not thought better of it
		s.Refused = refused
	}
	if err == nil {
		s.Without = ""
	}
	c.mu.Unlock()
	switch {
	case err != nil && was == nil:
		c.Logger.Warn("a witness does not cosign; it is asked again and again", "witness", w.Name, "error", err)
	case err == nil && was != nil:
		c.Logger.Info("a witness cosigns again", "witness", w.Name)
	}
}

// submit asks one witness and gives its signature line. A witness that is behind or
// ahead says so, and is asked once more. tell is told what it has that contradicts head.
func (c *Client) submit(ctx context.Context, w Witness, key tlog.Key, head ledger.Signed, tell func(ledger.Seen)) (line string, err error) {
	old := int64(0)
	c.mu.Lock()
	if s := c.states[w.Name]; s.Origin == key.Name() {
		old = min(s.Size, head.Size)
	}
	c.mu.Unlock()
	text, _, err := tlog.SplitNote(head.Note)
	if err != nil {
		return "", err
	}
	signed := []byte(own(head.Note, text, key))
	for try := 0; ; try++ {
		path, err := c.Log.Consistency(old, head.Size)
		if err != nil {
			return "", err
		}
		a, err := c.send(ctx, w, http.MethodPost, "/add-checkpoint", encodeRequest(old, path, signed))
		switch {
		case err != nil:
			return "", err
		case a.status == http.StatusOK:
			return c.take(w, key, signed, a)
		case a.status == http.StatusConflict && a.kind == sizeType && try < 2:
			size, err := tlog.ParseSize(strings.TrimSuffix(string(a.body), "\n"))
			if err != nil {
				return "", fmt.Errorf("the witness answers a conflict without its size: %w", err)
			}
			if size > head.Size {
				return "", c.ahead(ctx, w, key, size, head.Size, tell)
			}
			old = size
		case a.status == http.StatusUnprocessableEntity:
			return "", c.ahead(ctx, w, key, old, head.Size, tell)
		default:
			return "", fmt.Errorf("the witness answers %d: %.200q", a.status, a.body)
		}
	}
}

// ahead finds out what a witness has that this log does not have, and tells the log.
func (c *Client) ahead(ctx context.Context, w Witness, key tlog.Key, size, ours int64, tell func(ledger.Seen)) error {
	signed, checkpoint, at, err := c.fetch(ctx, w, key)
	if signed != nil {
		tell(ledger.Seen{Who: w.Name, Note: signed, Size: checkpoint.Size})
		c.note(w, key.Name(), checkpoint.Size, at)
		return &Refused{checkpoint.Size, ours, fmt.Sprintf("the witness cosigned %d entries, which this log of %d does not agree with", checkpoint.Size, ours)}
	}
	if size > ours {
		tell(ledger.Seen{Who: w.Name, Size: size})
		return errors.Join(&Refused{size, ours, fmt.Sprintf("the witness says that it cosigned %d entries, and this log has signed %d", size, ours)}, err)
	}
	return errors.Join(&Refused{size, ours, fmt.Sprintf("the witness says that this log does not follow from what it cosigned over %d entries", size)}, err)
}

// take verifies the answer, and keeps it: a witness that is away later has spoken.
func (c *Client) take(w Witness, key tlog.Key, signed []byte, a reply) (line string, err error) {
	for l := range strings.SplitAfterSeq(string(a.body), "\n") {
		whole := append(bytes.Clone(signed), l...)
		checkpoint, at, err := verify(whole, key, w.Key)
		if err != nil {
			continue
		}
		c.keep.Lock()
		err = disk.Replace(c.disk, c.file(w, key.Name()), whole, 0o640)
		c.keep.Unlock()
		if err != nil {
			return "", err
		}
		c.note(w, key.Name(), checkpoint.Size, at)
		if c.OnCosigned != nil && !a.here {
			c.OnCosigned(w, time.Unix(at, 0))
		}
		return l, nil
	}
	return "", errors.New("the witness answers without a good cosignature of its key")
}
