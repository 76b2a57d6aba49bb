// Package verdict reads what `watchroom ledger verify` prints.
package verdict

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Verdict is what a verification prints: findings by their kinds, which may be millions, and
// the figures at its end.
type Verdict struct {
	rest    []byte // of a line
	kinds   map[string]int
	figures []string
}

// Write takes in what is printed, in whatever pieces.
func (v *Verdict) Write(b []byte) (int, error) {
	v.rest = append(v.rest, b...)
	for {
		line, rest, whole := bytes.Cut(v.rest, []byte("\n"))
		if !whole {
			return len(b), nil
		}
		v.line(string(line))
		v.rest = bytes.Clone(rest)
	}
}

func (v *Verdict) line(s string) {
	words := strings.Fields(s)
	switch {
	case len(words) == 0:
	case strings.Contains(words[0], "_"): // the kind of a finding
		if v.kinds == nil {
			v.kinds = map[string]int{}
		}
		v.kinds[words[0]]++
	default:
		v.figures = append(v.figures, strings.Join(words, " "))
	}
}

// String is the figures and how often each kind was found.
func (v *Verdict) String() string {
	words := v.figures
	for _, k := range slices.Sorted(maps.Keys(v.kinds)) {
		words = append(words, fmt.Sprintf("%s %d times", k, v.kinds[k]))
	}
	return strings.Join(words, ", ")
}
