package journal

import "watchroom/internal/media"

// plain reads the object of a line as this program writes it: no spaces, no escapes,
// nothing but ASCII, every name a known one. There are hundreds of thousands of lines in
// the way of a start, and encoding/json takes ten times as long for each. Where ok is
// false the object may be all right and is for encoding/json to read; where it is true,
// that would come to the same record.
func (r *Record) plain(text string) (ok bool) {
	p := plainText{rest: text}
	p.object(r.field)
	return !p.odd && p.rest == ""
}

// field reads the value that belongs to a name.
func (r *Record) field(name string, p *plainText) {
	switch name {
	case "k":
		r.Kind = p.text()
	case "at":
		r.At = p.number()
	case "cause":
		r.Cause = media.Cause(p.text())
	case "detail":
		r.Detail = p.text()
	case "salt":
		r.Salt = p.text()
	case "run":
		r.Run = p.text()
	case "offset_us":
		r.Offset = new(p.number())
	case "source":
		r.Source = p.text()
	case "state":
		r.State = p.text()
	case "stratum":
		r.Stratum = p.small()
	case "step_us":
		r.Step = new(p.number())
	case "ground":
		r.Ground = p.text()
	case "by":
		r.Authority = p.text()
	case "to":
		r.To = new(p.text())
	case "alive":
		r.Alive = p.number()
	case "again":
		r.Again = p.truth()
	case "seal":
		if r.Sealed != nil { // encoding/json writes into the one there is
			p.odd = true
			return
		}
		r.Sealed = &Sealed{}
		p.object(r.Sealed.field)
	default:
		if r.Segment == nil {
			r.Segment = &Segment{}
		}
		fieldOf(r.Segment, name, p)
	}
}

func (s *Sealed) field(name string, p *plainText) {
	switch name {
	case "file":
		s.File = p.text()
	case "parts":
		s.Parts = p.small()
	case "bytes":
		s.Bytes = p.number()
	case "root":
		s.Root = p.text()
	default:
		p.odd = true
	}
}

func fieldOf(s *Segment, name string, p *plainText) {
	switch name {
	case "file":
		s.File = p.text()
	case "start":
		s.Start = p.number()
	case "end":
		s.End = p.number()
	case "bytes":
		s.Bytes = p.number()
	case "parts":
		s.Parts = p.small()
	case "frames":
		s.Frames = p.small()
	case "root":
		s.Root = p.text()
	case "codec":
		s.Codec = p.text()
	case "mime":
		s.MIME = p.text()
	case "width":
		s.Width = p.small()
	case "height":
		s.Height = p.small()
	case "audio":
		s.Audio = p.text()
	case "recovered":
		s.Recovered = p.truth()
	case "short":
		s.Short = p.small()
	case "altered":
		s.Altered = p.truth()
	case "unproved":
		s.Unproved = p.truth()
	case "lost":
		s.Lost = new(p.number())
	case "dropped":
		s.Dropped = new(p.number())
	default:
		p.odd = true
	}
}

// plainText is what is still to be read. Once it is odd, what is read means nothing.
type plainText struct {
	rest string
	odd  bool
}

// object reads names, each followed by what field reads.
func (p *plainText) object(field func(name string, p *plainText)) {
	p.skip('{')
	for first := true; !p.odd; first = false {
		if len(p.rest) > 0 && p.rest[0] == '}' {
			break
		}
		if !first {
			p.skip(',')
		}
		name := p.text()
		p.skip(':')
		if !p.odd {
			field(name, p)
		}
	}
	p.skip('}')
}

func (p *plainText) skip(c byte) {
	if p.odd || p.rest == "" || p.rest[0] != c {
		p.odd = true
		return
	}
	p.rest = p.rest[1:]
}

func (p *plainText) text() string {
	p.skip('"')
	for i := 0; !p.odd && i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '"':
			s := p.rest[:i]
			p.rest = p.rest[i+1:]
			return s
		case c == '\\' || c < ' ' || c > '~':
			p.odd = true
		}
	}
	p.odd = true
	return ""
}

// number reads an integer of at most 18 digits, so that it fits.
func (p *plainText) number() (n int64) {
	negative := len(p.rest) > 0 && p.rest[0] == '-'
	if negative {
		p.rest = p.rest[1:]
	}
	i := 0
	for i < len(p.rest) && '0' <= p.rest[i] && p.rest[i] <= '9' {
		n = n*10 + int64(p.rest[i]-'0')
		if i++; i > 18 {
			break
		}
	}
	if i == 0 || i > 18 || i > 1 && p.rest[0] == '0' {
		p.odd = true
		return 0
	}
	p.rest = p.rest[i:]
	if negative {
		return -n
	}
	return n
}

// small is number for what an int holds, whatever the machine.
func (p *plainText) small() int {
	n := p.number()
	if int64(int32(n)) != n { //nolint:gosec // that is what is asked
		p.odd = true
	}
	return int(n)
}

func (p *plainText) truth() bool {
	for _, word := range []string{"true", "false"} {
		if len(p.rest) >= len(word) && p.rest[:len(word)] == word {
			p.rest = p.rest[len(word):]
			return word == "true"
		}
	}
	p.odd = true
	return false
}
