// Package report holds measured figures and prints them beside their targets.
package report

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Figure is one measured value.
type Figure struct {
	Name   string   `json:"name"`
	Value  float64  `json:"value"`
	Unit   string   `json:"unit"`
	Target *float64 `json:"target,omitempty"` // met by a value that is not above it
	Note   string   `json:"note,omitempty"`
}

// Met tells whether the target is reached; a figure without one always is.
func (f Figure) Met() bool { return f.Target == nil || f.Value <= *f.Target }

// Report is one run of the measurements.
type Report struct {
	Machine Machine  `json:"machine"`
	Figures []Figure `json:"figures"`
}

// Machine is where it was measured.
type Machine struct {
	Processor string `json:"processor"`
	Cores     int    `json:"cores"`
	Kernel    string `json:"kernel"`
	Go        string `json:"go"`
	Version   string `json:"version"` // of the program that was measured
	Begun     string `json:"begun"`   // RFC 3339
}

// Add appends a figure without a target.
func (r *Report) Add(name string, value float64, unit, note string) {
	r.Figures = append(r.Figures, Figure{Name: name, Value: value, Unit: unit, Note: note})
}

// Aim appends a figure with a target.
func (r *Report) Aim(name string, value float64, unit string, target float64, note string) {
	r.Figures = append(r.Figures, Figure{Name: name, Value: value, Unit: unit, Target: &target, Note: note})
}

// JSON writes the report for machines.
func (r *Report) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// Table writes the figures as a table of Markdown with columns in line.
func (r *Report) Table(w io.Writer) error {
	rows := [][]string{{"figure", "measured", "target", "met", "note"}}
	for _, f := range r.Figures {
		target, met := "", ""
		if f.Target != nil {
			target, met = "≤ "+number(*f.Target)+" "+f.Unit, "no"
			if f.Met() {
				met = "yes"
			}
		}
		rows = append(rows, []string{f.Name, number(f.Value) + " " + f.Unit, target, met, f.Note})
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	line := func(row []string) {
		for i, cell := range row {
			b.WriteString("| " + cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+1))
		}
		b.WriteString("|\n")
	}
	line(rows[0])
	for _, width := range widths {
		b.WriteString("|" + strings.Repeat("-", width+2))
	}
	b.WriteString("|\n")
	for _, row := range rows[1:] {
		line(row)
	}
	m := r.Machine
	fmt.Fprintf(&b, "\n%s, %d cores, Linux %s, %s, watchroom %s, %s\n", m.Processor, m.Cores, m.Kernel, m.Go, m.Version, m.Begun)
	_, err := io.WriteString(w, b.String())
	return err
}

// number writes three digits that matter.
func number(v float64) string {
	digits := 0
	if v != 0 && v != math.Trunc(v) {
		digits = max(0, 2-int(math.Floor(math.Log10(math.Abs(v)))))
	}
	s := strconv.FormatFloat(v, 'f', digits, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// Quantile gives the value below which the share q of the values lies, by the
// nearest rank; NaN where there are none.
func Quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	rank := int(math.Ceil(q*float64(len(sorted)))) - 1
	return sorted[min(max(rank, 0), len(sorted)-1)]
}

// Median is the middle value, or between the two middle ones.
func Median(values []float64) float64 {
	if n := len(values); n > 0 && n%2 == 0 {
		sorted := slices.Sorted(slices.Values(values))
		return (sorted[n/2-1] + sorted[n/2]) / 2
	}
	return Quantile(values, 0.5)
}
