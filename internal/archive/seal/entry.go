package seal

import (
	"bytes"
	"encoding/hex"

	"watchroom/evidence/leaf"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
)

// entryOf is what the log says of a line of a camera's journal, nil for a line that it
// says nothing of. A line that no kind of entry can tell of is told of by its hash, so
// that none is left out.
func entryOf(camera string, place leaf.Place, l *journal.Line) []byte {
	e := known(camera, place, l)
	if e == nil {
		// A start says of itself nothing about footage, unless it tells until when an
		// earlier process lived.
		if l.Kind == journal.KindStart && l.Alive == 0 || l.Kind == journal.KindRun {
			return nil
		}
		e = &leaf.Line{Camera: camera, Hash: leaf.Part(l.Raw), Place: place}
	}
	b, err := leaf.Encode(e)
	if err != nil { // such as an instant before 1970
		e = &leaf.Line{Camera: camera, Hash: leaf.Part(l.Raw), Place: place}
		if b, err = leaf.Encode(e); err != nil {
			return nil // not a place in a journal: follow sees to it that it is
		}
	}
	return b
}

func known(camera string, place leaf.Place, l *journal.Line) leaf.Entry {
	switch r := &l.Record; r.Kind {
	case journal.KindGap, journal.KindStop:
		return &leaf.Gap{Camera: camera, At: r.At, Line: r.Kind, Cause: wordOr(string(r.Cause)), Words: wordsOf(r), Place: place}
	case journal.KindClock:
		if r.Offset == nil {
			return nil
		}
		return &leaf.Time{Camera: camera, At: r.At, Clock: "camera", Offset: r.Offset, Source: wordOr(r.Source), Place: place}
	case journal.KindTime:
		return &leaf.Time{Camera: camera, At: r.At, Clock: "recorder", State: wordOr(r.State), Offset: r.Offset, Step: r.Step, Source: wordOr(r.Source), Place: place}
	case journal.KindSegment, journal.KindTombstone, journal.KindMove:
		return ofSegment(camera, place, r)
	}
	return nil
}

// ofSegment is the entry of a line that names a closed segment, nil where that is none
// of the camera's: somebody may have copied a folder.
func ofSegment(camera string, place leaf.Place, r *journal.Record) leaf.Entry {
	if r.Segment == nil || !own(camera, r.File) {
		return nil
	}
	root, ok := r.RootHash()
	if !ok {
		return nil
	}
	switch r.Kind {
	case journal.KindTombstone:
		return &leaf.Tombstone{Camera: camera, At: r.At, File: r.File, Start: r.Start, End: r.End, Bytes: r.Bytes, Root: root,
			Ground: leaf.Word(r.Ground), Rule: wordOr(r.Authority), Place: place}
	case journal.KindMove:
		if r.To == nil {
			return nil
		}
		return &leaf.Move{Camera: camera, At: r.At, File: r.File, To: wordOr(*r.To), Place: place}
	}
	return &leaf.Segment{
		Camera: camera, Start: r.Start, End: r.End, Run: leaf.Word(r.Run), File: r.File, Bytes: r.Bytes, Parts: int64(r.Parts), Frames: int64(r.Frames),
		Root: root, Lost: r.Lost, Dropped: r.Dropped, Recovered: r.Recovered, Short: int64(r.Short), Altered: r.Altered, Place: place,
	}
}

// wordOr is leaf.Word of a text that may be empty.
func wordOr(s string) string {
	if s == "" {
		return ""
	}
	return leaf.Word(s)
}

// memberOf is the member of a seal that a line is, nil for any other line.
func memberOf(camera string, place leaf.Place, l *journal.Line) *leaf.Member {
	s := l.Sealed
	if l.Kind != journal.KindSeal || s == nil || !own(camera, s.File) {
		return nil
	}
	root, ok := s.RootHash()
	if !ok {
		return nil
	}
	m := &leaf.Member{Camera: camera, At: l.At, File: s.File, Parts: int64(s.Parts), Bytes: s.Bytes, Root: root, Place: place}
	if _, err := m.Encode(); err != nil {
		return nil
	}
	return m
}

func own(camera, file string) bool {
	name, _, err := segment.ParseName(file)
	return err == nil && name.Camera == camera && name.Path() == file
}

// wordsOf is what an entry says of the words beside a gap. nil: they stand there without a
// salt, as earlier versions of the program wrote them, and the log cannot commit to them.
func wordsOf(r *journal.Record) *leaf.GapWords {
	if r.Detail == "" {
		return &leaf.GapWords{}
	}
	var salt leaf.Salt
	b, err := hex.DecodeString(r.Salt)
	if err != nil || copy(salt[:], b) != len(salt) || hex.EncodeToString(salt[:]) != r.Salt {
		return nil
	}
	h := leaf.WordsOf(salt, r.Detail)
	return &leaf.GapWords{Commitment: &h}
}

// Otherwise says what a line of a journal says otherwise than the entry that the log has of
// it; empty: nothing. An entry of an earlier version says less.
func Otherwise(entry []byte, camera string, place leaf.Place, l *journal.Line) string {
	if bytes.Equal(entryOf(camera, place, l), entry) {
		return ""
	}
	e, err := leaf.Decode(entry)
	if g, ok := e.(*leaf.Gap); err == nil && ok && bytes.Equal(earlier(camera, place, l), silent(g)) {
		if g.Words == nil {
			return ""
		}
		return "gap words changed"
	}
	return "something else"
}

// earlier is the entry of a line as versions of the program up to 0.2 made it.
func earlier(camera string, place leaf.Place, l *journal.Line) []byte {
	g, ok := known(camera, place, l).(*leaf.Gap)
	if !ok {
		return entryOf(camera, place, l)
	}
	return silent(g)
}

// silent is the entry of a gap that says nothing of its words.
func silent(g *leaf.Gap) []byte {
	one := *g
	one.Words = nil
	b, err := leaf.Encode(&one)
	if err != nil {
		return nil
	}
	return b
}

// Noted says what a line tells otherwise than the note of an open segment that a member of a
// seal is of; empty: nothing.
func Noted(l *journal.Line, m *leaf.Member) string {
	if line := memberOf(m.Camera, m.Place, l); line == nil || *line != *m {
		return "something else"
	}
	return ""
}
