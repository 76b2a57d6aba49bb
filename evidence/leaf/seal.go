package leaf

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Seal ties together what stood in all open segments within a minute: its root is the
// Merkle root over one Member each. The members are kept beside the log, so that one
// can be shown to belong to the seal without the others.
type Seal struct {
	At      int64 // µs since 1970 UTC; its UTC day names the file that holds the members
	Members int64
	Root    Hash
}

// Kind implements Entry.
func (*Seal) Kind() string { return "seal" }

func (s *Seal) walk(w *walker) {
	w.when("at", &s.At)
	w.count("members", &s.Members)
	w.hash("root", &s.Root)
}

// Member is an open segment as far as it stood on the disk.
type Member struct {
	Camera string
	At     int64  // µs since 1970 UTC
	File   string // by its closed name, below the recordings folder
	Parts  int64
	Bytes  int64
	Root   Hash // over initialisation segment and these parts
	Place  Place
}

// memberHead begins the line of a member. The version is that of the line.
const memberHead = headWord + " member " + first

// Encode gives the line of a member, without line feed: memberHead and the values of
// camera, instant, file, parts, bytes, root, volume, day and offset.
func (m *Member) Encode() ([]byte, error) {
	w := walker{}
	m.walk(&w)
	if w.err != nil {
		return nil, w.err
	}
	b := []byte(memberHead)
	for line := range strings.Lines(string(w.out)) {
		_, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		b = append(append(b, ' '), value...)
	}
	return b, nil
}

// DecodeMember reads the line of a member, taking nothing that Encode would not have
// written.
func DecodeMember(b []byte) (*Member, error) {
	values, ok := strings.CutPrefix(string(b), memberHead+" ")
	words := strings.Split(values, " ")
	memberKeys := [...]string{"camera", "at", "file", "parts", "bytes", "root", "volume", "day", "offset"}
	if !ok || len(words) != len(memberKeys) || strings.Contains(values, "\n") {
		return nil, fmt.Errorf("%w: not the line of a member", ErrEntry)
	}
	var text strings.Builder
	for i, key := range memberKeys {
		text.WriteString(key + " " + words[i] + "\n")
	}
	m, w := &Member{}, walker{reading: true, rest: text.String()}
	m.walk(&w)
	if w.err != nil {
		return nil, w.err
	}
	if again, err := m.Encode(); err != nil || string(again) != string(b) {
		return nil, fmt.Errorf("%w: it is not written in the one way", ErrEntry)
	}
	return m, nil
}

func (m *Member) walk(w *walker) {
	w.word("camera", &m.Camera)
	w.when("at", &m.At)
	w.word("file", &m.File)
	w.count("parts", &m.Parts)
	w.count("bytes", &m.Bytes)
	w.hash("root", &m.Root)
	m.Place.walk(w)
}

// NewSeal orders members by camera and file and gives their seal and the block that is
// kept of them: a line "seal", the root and the number of members, then their lines.
func NewSeal(at int64, members []Member) (*Seal, []byte, error) {
	slices.SortFunc(members, func(a, b Member) int {
		return cmp.Or(cmp.Compare(a.Camera, b.Camera), cmp.Compare(a.File, b.File), cmp.Compare(a.At, b.At))
	})
	var tree Tree
	var lines []byte
	for i := range members {
		line, err := members[i].Encode()
		if err != nil {
			return nil, nil, err
		}
		tree.Add(Part(line))
		lines = append(append(lines, line...), '\n')
	}
	s := &Seal{At: at, Members: int64(len(members)), Root: tree.Root()}
	return s, append(fmt.Appendf(nil, "seal %x %d\n", s.Root[:], s.Members), lines...), nil
}

// ParseBlockHead reads the first line of a block, without line feed.
func ParseBlockHead(line string) (root Hash, members int64, ok bool) {
	words := strings.Split(line, " ")
	if len(words) != 3 || words[0] != "seal" {
		return root, 0, false
	}
	w := walker{reading: true, rest: "root " + words[1] + "\n"}
	w.hash("root", &root)
	members, err := strconv.ParseInt(words[2], 10, 32)
	return root, members, w.err == nil && err == nil && members >= 0
}

// DayOf is the UTC day of an instant (µs since 1970 UTC), as entries and folders name
// it.
func DayOf(micro int64) string { return time.UnixMicro(micro).UTC().Format(time.DateOnly) }
