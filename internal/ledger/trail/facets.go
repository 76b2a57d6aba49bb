package trail

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"watchroom/internal/ledger"
)

// Verdicts.
const (
	Allowed = "allowed"
	Refused = "refused"
)

// Facets are what an act says of itself in fixed places of its detail
// (docs/formats/acts.md). What it does not say is empty.
type Facets struct {
	Positions []string // that the person held
	Unit      string   // id
	Address   string   // IP address of the client
	Session   string   // id
	Token     string   // id
	Local     bool     // a command on the machine itself
	Purpose   string
	Reason    string // what people wrote: reason and note
	Present   []Present
	Second    Second
	Verdict   string // Allowed, Refused, or empty where the act is no decision
	Action    string // the right that was asked for
	Position  string // by which it was allowed
	Rule      string // that decided
	Policy    string // its version
	From, To  int64  // of the footage, µs, To exclusive; 0 where it is about none
	Mark      string // that the picture bore
}

// Present is somebody else who was at the screen: a person of the register, or somebody from
// outside.
type Present struct {
	Person     string // id; empty for somebody from outside
	Name, Unit string // of somebody from outside
}

// Second is the second person of an act: who agreed, and in which position. Empty: there was none.
type Second struct{ Person, Position string }

// FacetsOf reads them. It never fails: an act that says something else in these places says
// nothing there.
func FacetsOf(a *ledger.Act) Facets {
	d := a.Detail
	who, decided := object(d["actor"]), object(d["decision"])
	f := Facets{
		Positions: texts(who["positions"]), Unit: text(who["unit"]), Address: text(who["address"]), Session: text(who["session"]),
		Token: text(d["token"]), Local: d["by"] == "command_line", Purpose: text(d["purpose"]),
		Verdict: text(decided["verdict"]), Action: text(decided["action"]), Position: text(decided["position"]),
		Rule: text(decided["rule"]), Policy: text(decided["policy"]), Mark: text(d["mark"]),
	}
	if f.Address == "" && strings.HasPrefix(a.Kind, "session.") { // as versions up to 0.2 wrote it
		f.Address = text(d["address"])
	}
	if f.Verdict == "" && strings.HasSuffix(a.Kind, ".refused") {
		f.Verdict = Refused
	}
	var said []string
	for _, k := range []string{"reason", "note"} {
		if s := text(d[k]); s != "" {
			said = append(said, s)
		}
	}
	f.Reason = strings.Join(said, "\n")
	list, _ := d["present"].([]any)
	for _, e := range list {
		p := object(e)
		if who := (Present{text(p["person"]), text(p["name"]), text(p["unit"])}); who != (Present{}) {
			f.Present = append(f.Present, who)
		}
	}
	pair := object(d["second"])
	f.Second = Second{text(pair["person"]), text(pair["position"])}
	f.From, f.To = footage(a)
	return f
}

// said is all that people wrote: the reason, and who from outside was there.
func (f *Facets) said() string {
	all := []string{f.Reason}
	for _, p := range f.Present {
		if p.Name != "" {
			all = append(all, p.Name+" "+p.Unit)
		}
	}
	return strings.Join(all, "\n")
}

// beside are the ids of the people of the register who were there, the second person among them.
func (f *Facets) beside() (ids []string) {
	for _, p := range f.Present {
		if p.Person != "" {
			ids = append(ids, p.Person)
		}
	}
	if f.Second.Person != "" && !slices.Contains(ids, f.Second.Person) {
		ids = append(ids, f.Second.Person)
	}
	return ids
}

// footage is the interval of the footage that an act is about.
func footage(a *ledger.Act) (from, to int64) {
	chapter, _, _ := strings.Cut(a.Kind, ".")
	switch chapter {
	case "live": // what is seen is what happens then
		if from, to = instant(a.Detail["from"]), instant(a.Detail["to"]); from > 0 && to > from { // the end tells how long
			return from, to
		}
		return a.At, a.At + 1
	case "snapshot":
		if at := instant(a.Detail["at"]); at != 0 {
			return at, at + 1
		}
		return 0, 0
	case "viewing", "second", "hold", "deletion", "bookmark", "export", "download", "access":
		from, to = instant(a.Detail["from"]), instant(a.Detail["to"])
		if at := instant(a.Detail["at"]); from == 0 && at != 0 {
			return at, at + 1
		}
		if from > 0 && to > from {
			return from, to
		}
	}
	return 0, 0
}

func object(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

func texts(v any) (out []string) {
	list, _ := v.([]any)
	for _, e := range list {
		if s := text(e); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// instant reads microseconds since 1970 UTC, or RFC 3339.
func instant(v any) int64 {
	switch v := v.(type) {
	case float64:
		if v > 0 && v < 1<<62 {
			return int64(v)
		}
	case string:
		if t, err := time.Parse(time.RFC3339Nano, v); err == nil && t.UnixMicro() > 0 {
			return t.UnixMicro()
		}
	}
	return 0
}

// What a term is of: its first letter.
const (
	ofPerson   = "p"
	ofPosition = "o"
	ofUnit     = "u"
	ofAddress  = "a"
	ofCamera   = "c"
	ofKind     = "k" // a whole kind, or a chapter with its dot
	ofPurpose  = "y"
	ofVerdict  = "v"
	ofRule     = "r"
	ofMark     = "m"
	ofDay      = "d" // UTC day of footage, days since 1970
	ofLong     = "l" // footage of so many days that they are not told one by one
	ofPresent  = "w" // a person who was there as well
	ofText     = "t" // two characters that stand side by side in what people wrote
)

const (
	longestValue = 100       // bytes of a value in a term
	mostDays     = 100       // told one by one
	mostText     = 8000      // characters of a reason that are indexed
	usPerDay     = 86_400e6  // µs
	noBegin      = int64(-1) // of an interval that is open
)

func term(of, value string) string {
	if len(value) > longestValue {
		value = strings.ToValidUTF8(value[:longestValue], "")
	}
	return of + value
}

// terms are what the index knows of an act.
func terms(a *ledger.Act) []string {
	f := FacetsOf(a)
	out := []string{term(ofPerson, a.Person), term(ofKind, a.Kind)}
	if chapter, _, ok := strings.Cut(a.Kind, "."); ok {
		out = append(out, term(ofKind, chapter+"."))
	}
	for _, p := range f.Positions {
		out = append(out, term(ofPosition, p))
	}
	for _, t := range [][2]string{{ofUnit, f.Unit}, {ofAddress, f.Address}, {ofCamera, a.Camera}, {ofPurpose, f.Purpose}, {ofVerdict, f.Verdict}, {ofRule, f.Rule}, {ofMark, f.Mark}} {
		if t[1] != "" {
			out = append(out, term(t[0], t[1]))
		}
	}
	for _, id := range f.beside() {
		out = append(out, term(ofPresent, id))
	}
	if f.To > f.From {
		out = append(out, days(f.From, f.To)...)
	}
	return append(out, pairs(f.said(), mostText)...)
}

// days are the terms of an interval of footage.
func days(from, to int64) (out []string) {
	first, last := from/usPerDay, (to-1)/usPerDay
	if last-first >= mostDays {
		return []string{ofLong}
	}
	for d := first; d <= last; d++ {
		out = append(out, ofDay+strconv.FormatInt(d, 10))
	}
	return out
}

// fold makes texts alike that differ in case and space only.
func fold(s string) []rune {
	return []rune(strings.ToLower(strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")))
}

// pairs are the terms of a text: every two characters that stand side by side, which
// serves Chinese, where no space parts words, as well as other writing.
func pairs(s string, most int) (out []string) {
	r := fold(s)
	for i := 1; i < len(r) && i < most; i++ {
		if r[i-1] == ' ' || r[i] == ' ' {
			continue
		}
		out = append(out, ofText+string(r[i-1:i+1]))
	}
	return out
}
