package leaf

import "fmt"

// Place is where the line of a journal stands that an entry tells of: together with
// the camera it names the line, so that none goes into the log twice.
type Place struct {
	Volume string // id of the recording folder; empty for the first
	Day    string // folder of the journal, a UTC day
	Offset int64  // of the line's first byte
}

func (p *Place) walk(w *walker) {
	w.maybe("volume", &p.Volume)
	w.day("day", &p.Day)
	w.count("offset", &p.Offset)
}

// Placed is an entry that comes from a line of a journal.
type Placed interface {
	Entry
	From() (camera string, at Place)
}

// Segment tells of a closed segment. Instants are µs since 1970 UTC.
type Segment struct {
	Camera     string
	Start, End int64
	Run        string
	File       string // below the recordings folder
	Bytes      int64
	Parts      int64 // the initialisation segment not counted
	Frames     int64
	Root       Hash // over initialisation segment and parts: its identity
	// What it is short of, nil where nobody counted.
	Lost, Dropped *int64
	Recovered     bool  // made whole after a crash
	Short         int64 // then: parts that had been sealed and are gone
	Altered       bool  // then: parts that had been sealed are others
	Place         Place
}

// Kind implements Entry.
func (*Segment) Kind() string { return "segment" }

// From implements Placed.
func (s *Segment) From() (string, Place) { return s.Camera, s.Place }

func (s *Segment) walk(w *walker) {
	w.word("camera", &s.Camera)
	w.when("start", &s.Start)
	w.when("end", &s.End)
	w.word("run", &s.Run)
	w.word("file", &s.File)
	w.count("bytes", &s.Bytes)
	w.count("parts", &s.Parts)
	w.count("frames", &s.Frames)
	w.hash("root", &s.Root)
	w.known("lost", &s.Lost, 0)
	w.known("dropped", &s.Dropped, 0)
	w.flag("recovered", &s.Recovered)
	w.count("short", &s.Short)
	w.flag("altered", &s.Altered)
	s.Place.walk(w)
}

// Gap tells that from an instant on there is no picture, and why. What people wrote
// beside the cause stays in the journal, since it may hold names; version 2 of the entry
// commits to it.
type Gap struct {
	Camera string
	At     int64
	Line   string // "gap" or "stop": the line it comes from
	Cause  string
	Words  *GapWords // nil: an entry of version 1, which says nothing of them
	Place  Place
}

// GapWords is what an entry says of the words beside the cause of a gap.
type GapWords struct {
	Commitment *Hash // see WordsOf; nil: there are none
}

// WordsOf is the commitment to the words beside the cause of a gap, under the salt that stands
// beside them in the journal.
func WordsOf(salt Salt, words string) Hash {
	return Commit(salt, fmt.Appendf(nil, "%s\nwords %d:%s\n", head("gap-words", first), len(words), words))
}

func (g *Gap) version() string {
	if g.Words == nil {
		return first
	}
	return second
}

func (g *Gap) read(version string) bool {
	if version == second {
		g.Words = &GapWords{}
	}
	return version == first || version == second
}

// Kind implements Entry.
func (*Gap) Kind() string { return "gap" }

// From implements Placed.
func (g *Gap) From() (string, Place) { return g.Camera, g.Place }

func (g *Gap) walk(w *walker) {
	w.word("camera", &g.Camera)
	w.when("at", &g.At)
	w.oneOf("line", &g.Line, "gap", "stop")
	w.maybe("cause", &g.Cause)
	if g.Words != nil {
		w.maybeHash("words", &g.Words.Commitment)
	}
	g.Place.walk(w)
}

// Tombstone tells that a closed segment was removed lawfully.
type Tombstone struct {
	Camera     string
	At         int64
	File       string
	Start, End int64
	Bytes      int64
	Root       Hash
	Ground     string // why it might go: "maximum", "space", "order"
	Rule       string // id of the rule or order
	Place      Place
}

// Kind implements Entry.
func (*Tombstone) Kind() string { return "tombstone" }

// From implements Placed.
func (t *Tombstone) From() (string, Place) { return t.Camera, t.Place }

func (t *Tombstone) walk(w *walker) {
	w.word("camera", &t.Camera)
	w.when("at", &t.At)
	w.word("file", &t.File)
	w.when("start", &t.Start)
	w.when("end", &t.End)
	w.count("bytes", &t.Bytes)
	w.hash("root", &t.Root)
	w.word("ground", &t.Ground)
	w.maybe("rule", &t.Rule)
	t.Place.walk(w)
}

// Move tells that a closed segment lies on another volume or tier from now on.
type Move struct {
	Camera string
	At     int64
	File   string
	To     string // id of the volume or tier; empty for the first recording folder
	Place  Place
}

// Kind implements Entry.
func (*Move) Kind() string { return "move" }

// From implements Placed.
func (m *Move) From() (string, Place) { return m.Camera, m.Place }

func (m *Move) walk(w *walker) {
	w.word("camera", &m.Camera)
	w.when("at", &m.At)
	w.word("file", &m.File)
	w.maybe("to", &m.To)
	m.Place.walk(w)
}

// Time tells what was known of a clock at an instant: of the camera's against the
// recorder's, or of the recorder's own.
type Time struct {
	Camera string // whose journal tells it
	At     int64
	Clock  string // "camera" or "recorder"
	State  string // of the recorder's: whether it is synchronised; empty for a camera's
	Offset *int64 // the clock minus what it was measured against, µs; nil where it is unknown
	Step   *int64 // by which the recorder's was just set, µs; nil where it was not
	Source string // how it was measured
	Place  Place
}

// Kind implements Entry.
func (*Time) Kind() string { return "time" }

// From implements Placed.
func (t *Time) From() (string, Place) { return t.Camera, t.Place }

const leastOffset = -1 << 62

func (t *Time) walk(w *walker) {
	w.word("camera", &t.Camera)
	w.when("at", &t.At)
	w.oneOf("clock", &t.Clock, "camera", "recorder")
	w.maybe("state", &t.State)
	w.known("offset_us", &t.Offset, leastOffset)
	w.known("step_us", &t.Step, leastOffset)
	w.maybe("source", &t.Source)
	t.Place.walk(w)
}

// Line tells of a line of a journal that no other kind of entry can tell of, such as
// one that a newer program wrote.
type Line struct {
	Camera string
	Hash   Hash // of the line without its line feed, as Part hashes
	Place  Place
}

// Kind implements Entry.
func (*Line) Kind() string { return "line" }

// From implements Placed.
func (l *Line) From() (string, Place) { return l.Camera, l.Place }

func (l *Line) walk(w *walker) {
	w.word("camera", &l.Camera)
	w.hash("hash", &l.Hash)
	l.Place.walk(w)
}
