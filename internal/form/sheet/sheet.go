// Package sheet writes a table as a file for people: CSV for spreadsheets.
package sheet

import (
	"bytes"
	"encoding/csv"
	"strings"
)

// Table is what is written. Every row has as many cells as there are columns.
type Table struct {
	Columns []string
	Rows    [][]string
}

// bom makes spreadsheets read UTF-8, which some take for the code page of the machine.
const bom = "\ufeff"

// CSV is the table in the form of RFC 4180, in UTF-8 with a byte order mark. A cell that a
// spreadsheet would calculate begins with an apostrophe instead (OWASP "CSV injection"):
// what people wrote must not run on the machine of whoever opens the file.
func (t *Table) CSV() ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(bom)
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	for _, row := range append([][]string{t.Columns}, t.Rows...) {
		cells := make([]string, len(row))
		for i, c := range row {
			cells[i] = tame(c)
		}
		if err := w.Write(cells); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// tame makes a cell be text whatever it begins with, full-width signs included: some
// spreadsheets take those for the others.
func tame(s string) string {
	first := strings.TrimLeft(s, " \u00a0\u3000\r\n")
	if first != "" && strings.ContainsAny(first[:1], "=+-@\t|%") || strings.HasPrefix(first, "＝") || strings.HasPrefix(first, "＋") ||
		strings.HasPrefix(first, "－") || strings.HasPrefix(first, "＠") {
		return "'" + s
	}
	return s
}
