// Package facts compares rows with the acts that made them. An act is in the transparency
// log and never changes; the row that shows the same to people is a row like any other. What
// an act tells of a row must stand in it. What no act tells, as those of earlier versions
// did not of everything, is not compared.
package facts

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/uptrace/bun"

	"watchroom/internal/ledger"
)

// Act is one that tells of rows.
type Act struct {
	ledger.Act
	detail map[string]json.RawMessage
	log    string // that holds it; empty while it is on its way
	leaf   int64
}

// Acts gives the acts of some kinds in order of their time. Whoever verifies compares them
// with the log; one that is damaged is found there, and its subject is passed over here.
func Acts(ctx context.Context, tx bun.IDB, kinds ...string) (acts []Act, passed map[string]bool, err error) {
	all, damaged, err := ledger.LoggedOf(ctx, tx, kinds...)
	if err != nil {
		return nil, nil, err
	}
	passed = map[string]bool{}
	for i := range all {
		a := Act{Act: all[i].Act, log: all[i].Log, leaf: all[i].Leaf}
		if json.Unmarshal([]byte(all[i].Content.Detail), &a.detail) != nil || damaged[i] != nil {
			passed[all[i].Content.Subject] = true
			continue
		}
		acts = append(acts, a)
	}
	slices.SortFunc(acts, func(a, b Act) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.ID, b.ID)) })
	return acts, passed, nil
}

// Get gives a field of what the act says, as text. ok is false where it does not tell it.
func (a *Act) Get(field string) (text string, ok bool) {
	raw, ok := a.detail[field]
	if !ok {
		return "", false
	}
	if len(raw) > 0 && raw[0] == '"' && json.Unmarshal(raw, &text) == nil {
		return text, true
	}
	return string(raw), true
}

// List gives a list of texts.
func (a *Act) List(field string) (list []string) {
	_ = json.Unmarshal(a.detail[field], &list) // none where it is no list
	return list
}

// Read reads a field into a value. It tells whether the act tells it.
func (a *Act) Read(field string, into any) bool {
	raw, ok := a.detail[field]
	return ok && json.Unmarshal(raw, into) == nil
}

// Number is a whole number; 0 where the act tells none.
func (a *Act) Number(field string) int64 {
	text, _ := a.Get(field)
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}

// Row is a table and a key, such as "schedules 2f…".
type Row = string

// Fields are values by what they are called. Times are µs since 1970 UTC.
type Fields map[string]any

// Difference is a row that tells otherwise than the acts.
type Difference struct {
	Row Row
	Why string
}

// Book is what acts tell of rows.
type Book struct {
	told map[Row]map[string]string
	here map[Row]bool
	all  []Difference
}

// Tell notes what an act tells of a row; of two that tell the same field the later counts.
func (b *Book) Tell(row Row, fields Fields) {
	if b.told == nil {
		b.told = map[Row]map[string]string{}
	}
	if b.told[row] == nil {
		b.told[row] = map[string]string{}
	}
	for k, v := range fields {
		b.told[row][k] = fmt.Sprint(v)
	}
}

// TellAs notes fields of the act's detail, as far as it tells them.
func (b *Book) TellAs(row Row, a *Act, fields ...string) {
	b.Tell(row, nil)
	for _, f := range fields {
		if text, ok := a.Get(f); ok {
			b.told[row][f] = text
		}
	}
}

// Leave takes back what was told of a field: what it says nobody can tell.
func (b *Book) Leave(row Row, field string) { delete(b.told[row], field) }

// Forget leaves of a row that it is there: what it says nobody can tell.
func (b *Book) Forget(row Row) { clear(b.told[row]) }

// Tells tells whether an act told of a row.
func (b *Book) Tells(row Row) bool { return b.told[row] != nil }

// Compare compares a row that is there with what was told of it.
func (b *Book) Compare(row Row, fields Fields) {
	if b.here == nil {
		b.here = map[Row]bool{}
	}
	b.here[row] = true
	told, ok := b.told[row]
	if !ok {
		b.all = append(b.all, Difference{row, "no act tells of it"})
		return
	}
	var why []string
	for _, k := range slices.Sorted(maps.Keys(fields)) {
		want, ok := told[k]
		if is := fmt.Sprint(fields[k]); ok && is != want {
			why = append(why, fmt.Sprintf("%s %q, by the acts %q", k, is, want))
		}
	}
	if len(why) > 0 {
		b.all = append(b.all, Difference{row, strings.Join(why, "; ")})
	}
}

// Differences gives what differs, rows that are missing included, but for rows about a
// subject that is passed over: its id is the second word of the row.
func (b *Book) Differences(passed map[string]bool) (all []Difference) {
	for row := range b.told {
		if !b.here[row] {
			b.all = append(b.all, Difference{row, "an act tells of it, and it is not there"})
		}
	}
	for _, d := range b.all {
		if words := strings.Fields(d.Row); len(words) < 2 || !passed[words[1]] {
			all = append(all, d)
		}
	}
	slices.SortFunc(all, func(x, y Difference) int { return cmp.Or(cmp.Compare(x.Row, y.Row), cmp.Compare(x.Why, y.Why)) })
	return all
}

// Or0 is the number of a column that may be NULL.
func Or0(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

// Sorted is a list as one text.
func Sorted(list []string) string {
	return strings.Join(slices.Compact(slices.Sorted(slices.Values(list))), " ")
}

// Plain is a value of JSON in one form, whoever wrote it; what is none stays as it is.
func Plain(raw []byte) string {
	var v any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if d.Decode(&v) != nil || d.More() {
		return string(raw)
	}
	b, err := json.Marshal(v)
	if err != nil { // it was read just now
		return string(raw)
	}
	return string(b)
}
