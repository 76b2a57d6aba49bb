// Package tenant sees to it that one server alone works in an archive tier: moves footage to it
// and removes what is there. A folder on a share and a bucket lock nobody out by themselves, and
// a data folder that was copied, for a restore drill for instance, bears the marks of the one it
// was copied from. Decision 0107.
//
// Who works there is told by a file in the tier. Another server puts a claim beside it; who works
// there answers it within seconds, and whoever is not answered is the only one that is left.
package tenant

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"watchroom/internal/archive"
	"watchroom/internal/archive/tier"
	"watchroom/internal/clock"
	"watchroom/internal/clock/every"
	"watchroom/internal/db"
	"watchroom/internal/durable"
	"watchroom/internal/recording/marker"
)

// How often who works in a tier looks for claims, for how long a claim waits for an answer, and
// when one that was answered is made again.
const (
	Every = 30 * time.Second
	Wait  = 100 * time.Second
	Again = 10 * time.Minute
)

// longest is how many bytes one of the files has at most.
const longest = 4 << 10

// Tenant is a server in one tier.
type Tenant struct {
	Tier  string // its name
	Store tier.Store
	Place string // of the data folder; a copy of it has another
	Node  string // what people know the server by
	Clock clock.Clock
	Log   *slog.Logger

	now  func() time.Time // in tests; nil: time.Now
	run  string           // of this process
	loop every.Loop

	mu       sync.Mutex // guards all below, and reading and writing the files
	holds    bool
	lost     bool // another took it from us
	met      bool // another answered a claim of ours: this process takes nothing by itself any more
	looked   time.Time
	refusal  error
	answered string // the claim that was answered last
	claim    string // ours, while another works there
	claimed  time.Time
	seen     record // of the other, when it was claimed
}

// record is what the file says of who works in a tier.
type record struct {
	Run      string    `json:"run"`
	Place    string    `json:"place"`
	Node     string    `json:"node"`
	At       time.Time `json:"at"`
	Answered string    `json:"answered,omitempty"` // claim
	Ended    bool      `json:"ended,omitempty"`
}

// claim is what the other file says.
type claim struct {
	ID   string    `json:"id"`
	Run  string    `json:"run"`
	Node string    `json:"node"`
	At   time.Time `json:"at"`
}

// Start begins to look for claims.
func (t *Tenant) Start(ctx context.Context) {
	t.prepare()
	t.loop.Start(ctx, Every, func(ctx context.Context) {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.holds {
			_ = t.look(ctx) // whoever wants to work there is told
		}
	})
}

func (t *Tenant) prepare() {
	if t.run = db.NewID(); t.now == nil {
		t.now = time.Now
	}
	if t.Log == nil {
		t.Log = slog.New(slog.DiscardHandler)
	}
}

// Close ends looking, and says that this server has ended. Its data folder goes on there at once,
// another one when its claim was not answered.
func (t *Tenant) Close() {
	t.loop.Close()
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.holds {
		return
	}
	t.holds = false
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	if is, err := read[record](ctx, t.Store, marker.TenantName); err == nil && is.Run == t.run {
		is.Ended, is.At = true, t.Clock.Now().UTC()
		if err := write(ctx, t.Store, marker.TenantName, is); err != nil {
			t.Log.Warn("an archive tier does not say that this server has ended", "tier", t.Tier, "err", err)
		}
	}
}

// Mine is nil while this server works in the tier; else archive.ErrTierAway with tier.ErrTaken
// behind it, or what keeps the tier from telling.
func (t *Tenant) Mine(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch since := t.now().Sub(t.looked); {
	case t.holds && since < 2*Every:
		return nil
	case !t.holds && t.refusal != nil && since < Every/10:
		return t.refusal
	}
	return t.look(ctx)
}

// look reads the files, and does what follows. mu is held.
func (t *Tenant) look(ctx context.Context) error {
	is, err := read[record](ctx, t.Store, marker.TenantName)
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, durable.ErrIrregular) {
		return err
	}
	t.looked = t.now()
	if t.holds && err == nil && is.Run != t.run && is.Run != "" {
		t.holds, t.lost = false, true
		t.Log.Error("another server has begun to work in an archive tier; this one moves nothing to it and removes nothing there any more", "tier", t.Tier, "node", is.Node)
	}
	own := t.Place != "" && is.Place == t.Place && !t.lost
	switch {
	case is.Run == t.run:
		return t.answer(ctx, is)
	case err != nil, is.Run == "", own, t.unanswered(&is):
		return t.enter(ctx, &is)
	}
	t.met = t.met || t.claim != "" && is.Answered == t.claim
	if t.claim == "" || is != t.seen && (is.Ended || t.now().Sub(t.claimed) >= Again) {
		c := claim{ID: db.NewID(), Run: t.run, Node: t.Node, At: t.Clock.Now().UTC()}
		if err := write(ctx, t.Store, marker.ClaimName, c); err != nil {
			return err
		}
		t.claim, t.claimed, t.seen = c.ID, t.now(), is
	}
	t.refusal = archive.ErrTierAway.With("tier", t.Tier).Because(fmt.Errorf("%w: %s, since %s", tier.ErrTaken, is.Node, is.At.Format(time.RFC3339)))
	return t.refusal
}

// unanswered tells whether a claim was made and nobody has answered for long enough. Who was
// answered once has met another that lives: it stops for a while now and then, as for an update
// or without power, and is to find its place as it left it.
func (t *Tenant) unanswered(is *record) bool {
	return !t.met && t.claim != "" && *is == t.seen && t.now().Sub(t.claimed) >= Wait
}

// enter has this server work in the tier.
func (t *Tenant) enter(ctx context.Context, before *record) error {
	if before.Run != "" && before.Place != t.Place {
		t.Log.Warn("nobody answers for the server that worked in an archive tier; this one goes on there", "tier", t.Tier, "node", before.Node, "at", before.At)
	}
	is := record{Run: t.run, Place: t.Place, Node: t.Node, At: t.Clock.Now().UTC()}
	if err := write(ctx, t.Store, marker.TenantName, is); err != nil {
		return err
	}
	t.holds, t.lost, t.claim, t.refusal = true, false, "", nil
	return nil
}

// answer tells whoever has a claim that this server is at work.
func (t *Tenant) answer(ctx context.Context, is record) error {
	t.holds, t.lost, t.claim, t.refusal = true, false, "", nil
	c, err := read[claim](ctx, t.Store, marker.ClaimName)
	if err != nil || c.Run == t.run || c.ID == "" || c.ID == t.answered || c.ID == is.Answered {
		return nil // without a claim there is nothing to answer, and the place has just told that it is ours
	}
	is.Answered, is.At = c.ID, t.Clock.Now().UTC()
	if err := write(ctx, t.Store, marker.TenantName, is); err != nil {
		return err
	}
	t.answered = c.ID
	t.Log.Error("another server wants to work in an archive tier and was refused", "tier", t.Tier, "node", c.Node)
	return nil
}

// read reads one of the files; what is none of them is an empty one.
func read[T any](ctx context.Context, s tier.Store, name string) (is T, err error) {
	f, err := s.ReadBack(ctx, name)
	if err != nil {
		return is, err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil || size > longest {
		return is, err
	}
	b := make([]byte, size)
	if n, err := f.ReadAt(b, 0); n < len(b) && err != nil && !errors.Is(err, io.EOF) {
		return is, err
	}
	if json.Unmarshal(b, &is) != nil {
		var none T
		return none, nil
	}
	return is, nil
}

func write(ctx context.Context, s tier.Store, name string, what any) error {
	b, err := json.Marshal(what)
	if err != nil {
		return err
	}
	return s.Put(ctx, name, bytes.NewReader(b), int64(len(b)), tier.Lock{})
}
