package leaf

import (
	"crypto/sha256"
	"fmt"
)

// Act tells of something that somebody did. Who, to what and why stay in the
// database; the commitment ties them to the log.
type Act struct {
	ID         string
	At         int64 // µs since 1970 UTC
	Action     string
	Commitment Hash // Commit of the row's salt and ActContent
}

// Kind implements Entry.
func (*Act) Kind() string { return "act" }

func (a *Act) walk(w *walker) {
	w.word("id", &a.ID)
	w.when("at", &a.At)
	w.word("action", &a.Action)
	w.hash("commitment", &a.Commitment)
}

// Hold tells that footage of a camera was held, so that nothing may remove it, or that
// a hold was released.
type Hold struct {
	ID       string
	At       int64
	Change   string // "placed" or "released"
	Camera   string
	From, To int64
	Act      string // id of the act that did it
}

// Kind implements Entry.
func (*Hold) Kind() string { return "hold" }

func (h *Hold) walk(w *walker) {
	w.word("id", &h.ID)
	w.when("at", &h.At)
	w.oneOf("change", &h.Change, "placed", "released")
	w.word("camera", &h.Camera)
	w.when("from", &h.From)
	w.when("to", &h.To)
	w.word("act", &h.Act)
}

// Key tells that a key counts from now on, or no more.
type Key struct {
	At        int64
	Change    string // "added" or "retired"
	Role      string // what it signs as: "log", "witness", "export", "person"
	Name      string // as signed notes name it, or an id
	Algorithm string // such as "ed25519"
	Key       Hash   // SHA-256 of the public key in the encoding of its algorithm
}

// Kind implements Entry.
func (*Key) Kind() string { return "key" }

func (k *Key) walk(w *walker) {
	w.when("at", &k.At)
	w.oneOf("change", &k.Change, "added", "retired")
	w.word("role", &k.Role)
	w.word("name", &k.Name)
	w.word("algorithm", &k.Algorithm)
	w.hash("key", &k.Key)
}

// Abreast tells that at an instant every act that was on record until then stood in the log,
// before this entry.
type Abreast struct {
	At int64 // µs since 1970 UTC, by the clock of the node
}

// Kind implements Entry.
func (*Abreast) Kind() string { return "abreast" }

func (a *Abreast) walk(w *walker) { w.when("at", &a.At) }

// Clock tells how much of what the node's clock shows at an instant nobody has borne out: by how
// much it is ahead of what is known to have passed, and what has been believed of it besides.
type Clock struct {
	At              int64 // µs since 1970 UTC, by the clock of the node
	Ahead, Believed int64 // µs
}

// Kind implements Entry.
func (*Clock) Kind() string { return "clock" }

func (c *Clock) walk(w *walker) {
	w.when("at", &c.At)
	w.count("ahead", &c.Ahead)
	w.count("believed", &c.Believed)
}

// Summary tells of a UTC day that is over what the log took in since the summary
// before: the entries From up to, not including, To.
type Summary struct {
	Day      string
	From, To int64
	Counts
	Root Hash // Merkle root over these entries alone
}

// Counts says how many entries of each kind there are, and what the segments hold.
type Counts struct {
	Segments, Gaps, Seals, Tombstones, Moves, Times int64
	Acts, Holds                                     int64
	Others                                          int64 // of all other kinds
	Bytes                                           int64 // of the segments
	Recorded                                        int64 // µs: sum of the segments' lengths
	Removed                                         int64 // bytes that tombstones tell of
}

// Add counts an entry; nil is one that could not be read.
func (c *Counts) Add(e Entry) {
	switch e := e.(type) {
	case *Segment:
		c.Segments++
		c.Bytes += e.Bytes
		c.Recorded += max(e.End-e.Start, 0)
	case *Gap:
		c.Gaps++
	case *Seal:
		c.Seals++
	case *Tombstone:
		c.Tombstones++
		c.Removed += e.Bytes
	case *Move:
		c.Moves++
	case *Time:
		c.Times++
	case *Act:
		c.Acts++
	case *Hold:
		c.Holds++
	default:
		c.Others++
	}
}

// Kind implements Entry.
func (*Summary) Kind() string { return "summary" }

func (s *Summary) walk(w *walker) {
	w.day("day", &s.Day)
	w.count("from", &s.From)
	w.count("to", &s.To)
	for _, f := range []struct {
		key string
		v   *int64
	}{
		{"segments", &s.Segments}, {"gaps", &s.Gaps}, {"seals", &s.Seals}, {"tombstones", &s.Tombstones}, {"moves", &s.Moves},
		{"times", &s.Times}, {"acts", &s.Acts}, {"holds", &s.Holds}, {"others", &s.Others},
		{"bytes", &s.Bytes}, {"recorded_us", &s.Recorded}, {"removed", &s.Removed},
	} {
		w.count(f.key, f.v)
	}
	w.hash("root", &s.Root)
}

// Salt keeps a commitment from being guessed: what is committed to is often one of few
// things.
type Salt [32]byte

// Commit ties content to a hash that tells nothing of it: SHA-256 of the line
// "watchroom commitment v1", the salt and the content. Who is shown salt and content
// can check it.
func Commit(salt Salt, content []byte) Hash {
	h := sha256.New()
	h.Write([]byte(head("commitment", first) + "\n"))
	h.Write(salt[:])
	h.Write(content)
	return Hash(h.Sum(nil))
}

// ReasonOf is the commitment to the reason for which a log continues from another, under the salt
// that stands beside it in the act. The log's first entry has it (evidence/tlog.Continuation).
func ReasonOf(salt Salt, reason string) Hash {
	return Commit(salt, fmt.Appendf(nil, "%s\nreason %d:%s\n", head("continues-reason", first), len(reason), reason))
}

// ActContent is what an act's commitment is over.
type ActContent struct {
	ID, Person, Action, Subject, Camera string
	At                                  int64  // µs since 1970 UTC
	Detail                              string // the JSON as it is kept
}

// Encode gives the bytes: a head, then a line for every value with its length in bytes
// before it, so that no value can pass for two.
func (a *ActContent) Encode() []byte {
	b := []byte(head("act-content", first) + "\n")
	b = fmt.Appendf(b, "at %d\n", a.At)
	for _, f := range [][2]string{
		{"id", a.ID}, {"person", a.Person}, {"action", a.Action}, {"subject", a.Subject}, {"camera", a.Camera}, {"detail", a.Detail},
	} {
		b = fmt.Appendf(b, "%s %d:%s\n", f[0], len(f[1]), f[1])
	}
	return b
}
