package sheet

import (
	"encoding/csv"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// formula begins a cell that a spreadsheet takes for more than text; some take the wide
// forms for the same.
const formula = "=+-@\t\r\n＝＋－＠"

// first tells whether a cell begins with one of some characters.
func first(cell, of string) bool {
	r, n := utf8.DecodeRuneInString(cell)
	return n > 0 && strings.ContainsRune(of, r)
}

// guarded puts an apostrophe before what a spreadsheet would carry out.
func guarded(cell string) string {
	if first(cell, formula+"'") {
		return "'" + cell
	}
	return cell
}

// plain takes the apostrophe away again.
func plain(cell string) string {
	if len(cell) > 1 && cell[0] == '\'' && first(cell[1:], formula+"'") {
		return cell[1:]
	}
	return cell
}

// Heads gives the names of columns in one language.
func Heads(columns []Column, chinese bool) []string {
	heads := make([]string, len(columns))
	for i, c := range columns {
		if heads[i] = c.EN; chinese {
			heads[i] = c.ZH
		}
	}
	return heads
}

// WriteCSV writes a table as CSV in UTF-8 with a byte order mark, by which spreadsheets
// know the encoding.
func WriteCSV(w io.Writer, heads []string, rows [][]string) error {
	if _, err := io.WriteString(w, "\xef\xbb\xbf"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	for _, row := range append([][]string{heads}, rows...) {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = guarded(cell)
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// WriteXLSX writes a table as a workbook with one sheet, whose cells are all text.
func WriteXLSX(w io.Writer, name string, heads []string, rows [][]string) error {
	book := excelize.NewFile()
	defer book.Close()
	if err := book.SetSheetName("Sheet1", name); err != nil {
		return err
	}
	out, err := book.NewStreamWriter(name)
	if err != nil {
		return err
	}
	if err := out.SetColWidth(1, max(1, len(heads)), 18); err != nil {
		return err
	}
	for n, row := range append([][]string{heads}, rows...) {
		cells := make([]any, len(row))
		for i, cell := range row {
			cells[i] = guarded(cell)
		}
		at, err := excelize.CoordinatesToCellName(1, n+1)
		if err != nil {
			return err
		}
		if err := out.SetRow(at, cells); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return book.Write(w)
}
