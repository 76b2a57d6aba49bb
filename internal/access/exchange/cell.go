package exchange

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode"

	"watchroom/internal/access"
	"watchroom/internal/problem"
	"watchroom/internal/sheet"
)

// Refusals of a cell of positions. holding.Check refuses the rest.
var (
	ErrPositions = problem.New(problem.Invalid, "import_positions", `Positions are written as: operator; duty_lead @ "Site/House 1" "Site/Yard" 2026-01-01..2026-12-31.`).On("positions") // near
	ErrArea      = problem.New(problem.Invalid, "import_area", "No area in use lies there.").On("positions")                                                                              // area
	ErrTime      = problem.New(problem.Invalid, "import_time", "From and until are days as 2026-11-22, or instants as 2026-11-22T08:00:00+08:00.").On("positions")                        // near
)

// to stands between from and until.
const to = ".."

// places are areas by id and by path.
type places struct{ paths, ids map[string]string }

// write writes positions as one cell: each by its code, behind @ the areas, then from..until.
func write(held []access.Holding, in places, zone *time.Location) string {
	var all []string
	for _, h := range held {
		one := []string{string(h.Position)}
		var where []string
		for _, id := range h.Areas {
			// An area that is retired has no path; what is written then leads nowhere, and is refused.
			where = append(where, cmp.Or(in.paths[id], "#"+id))
		}
		slices.Sort(where) // ids are others in every house
		for i, path := range where {
			if i == 0 {
				one = append(one, "@")
			}
			one = append(one, `"`+strings.ReplaceAll(path, `"`, `""`)+`"`)
		}
		if h.From != 0 || h.Until != 0 {
			from, until := "", ""
			if h.From != 0 {
				from = sheet.Start(h.From, zone)
			}
			if h.Until != 0 {
				until = sheet.End(h.Until, zone)
			}
			one = append(one, from+to+until)
		}
		all = append(all, strings.Join(one, " "))
	}
	return strings.Join(all, "; ")
}

// token is one word of a cell.
type token struct {
	text   string
	quoted bool
}

// parted tells what stands between words. A full-width mark is what a Chinese keyboard gives.
func parted(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",;、，；", r) }

// tokens takes a cell apart. ok is false where a quotation mark has no other.
func tokens(cell string) (all []token, ok bool) {
	rs := []rune(cell)
	for i := 0; i < len(rs); {
		switch r := rs[i]; {
		case parted(r):
			i++
		case r == '@' || r == '＠':
			all = append(all, token{text: "@"})
			i++
		case strings.ContainsRune(`"“”`, r):
			var b strings.Builder
			closed := false
			for i++; i < len(rs) && !closed; i++ {
				switch {
				case r == '"' && rs[i] == '"' && i+1 < len(rs) && rs[i+1] == '"':
					b.WriteRune('"')
					i++
				case r == '"' && rs[i] == '"' || r != '"' && strings.ContainsRune("“”", rs[i]):
					closed = true
				default:
					b.WriteRune(rs[i])
				}
			}
			if !closed {
				return nil, false
			}
			all = append(all, token{b.String(), true})
		default:
			k := i
			for k < len(rs) && !parted(rs[k]) && !strings.ContainsRune(`"“”@＠`, rs[k]) {
				k++
			}
			all = append(all, token{text: string(rs[i:k])})
			i = k
		}
	}
	return all, true
}

// read reads what write wrote, or somebody has typed.
func read(cell string, in places, zone *time.Location) ([]access.Holding, error) {
	all, ok := tokens(cell)
	if !ok {
		return nil, ErrPositions.With("near", short(cell))
	}
	held := []access.Holding{}
	for i := 0; i < len(all); i++ {
		one := all[i]
		last := len(held) - 1
		switch {
		case one.text == "@" && !one.quoted:
			if last < 0 || held[last].Areas != nil || i+1 == len(all) || all[i+1].text == "@" && !all[i+1].quoted {
				return nil, ErrPositions.With("near", short(cell))
			}
			// Behind it stands an area; more of them stand in quotation marks.
			for first := true; i+1 < len(all) && (first || all[i+1].quoted); first = false {
				i++
				id := in.ids[sheet.PathKey(all[i].text)]
				if id == "" {
					return nil, ErrArea.With("area", short(all[i].text))
				}
				held[last].Areas = append(held[last].Areas, id)
			}
		case one.quoted:
			return nil, ErrPositions.With("near", short(one.text))
		case strings.Contains(one.text, to):
			if last < 0 || held[last].From != 0 || held[last].Until != 0 {
				return nil, ErrPositions.With("near", short(one.text))
			}
			from, until, _ := strings.Cut(one.text, to)
			fits, begins, ends := from != "" || until != "", true, true
			if from != "" {
				held[last].From, begins = sheet.ParseStart(from, zone)
			}
			if until != "" {
				held[last].Until, ends = sheet.ParseEnd(until, zone)
			}
			if !fits || !begins || !ends {
				return nil, ErrTime.With("near", short(one.text))
			}
		default:
			held = append(held, access.Holding{Position: access.Position(one.text)})
		}
	}
	for i := range held {
		held[i].Areas = slices.Compact(slices.Sorted(slices.Values(held[i].Areas)))
	}
	return held, nil
}

// short makes what somebody wrote fit to be repeated.
func short(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
