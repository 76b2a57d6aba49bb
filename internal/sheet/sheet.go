// Package sheet reads and writes the tables that people keep in spreadsheets: XLSX, and
// CSV in UTF-8 or GB18030. What comes in is text and nothing else, of bounded size; what
// goes out is opened by no spreadsheet as a formula.
package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Bounds of what is read.
const (
	MaxBytes   = 4 << 20
	MaxRows    = 1000
	MaxColumns = 60
	MaxCell    = 4000 // characters

	maxUnpacked = 48 << 20 // bytes of an XLSX, which is a zip
)

// Refusals of files.
var (
	ErrTooLarge = problem.New(problem.Invalid, "sheet_too_large", "The table is too large: 4 MiB, 1000 lines and 60 columns are the most.")
	ErrFormat   = problem.New(problem.Invalid, "sheet_format", "This is neither an XLSX workbook nor a CSV file in UTF-8 or GB18030.")
	ErrEmpty    = problem.New(problem.Invalid, "sheet_empty", "The table has no line below its head.")
)

// Refusals of single cells.
var (
	ErrColumnUnknown = problem.New(problem.Invalid, "sheet_column_unknown", "No column of this table has this name.") // column
	ErrColumnTwice   = problem.New(problem.Invalid, "sheet_column_twice", "Two columns have this name.")              // column
	ErrColumnMissing = problem.New(problem.Invalid, "sheet_column_missing", "This column is needed.")                 // column
	ErrCellTooLong   = problem.New(problem.Invalid, "sheet_cell_too_long", "This is longer than 4000 characters.")    // max
	ErrQuotes        = problem.New(problem.Invalid, "sheet_quotes", "A quotation mark stands in this line where none may, or has no other. From here on nothing can be read.")
	ErrLineTooLong   = problem.New(problem.Invalid, "sheet_line_too_long", "This line has more cells than the head has.")
)

// Column is one that a table may have. Its head may say the key or either name.
type Column struct {
	Key, EN, ZH string
	Need        bool // the head must have it
}

// Record is one line. Values has the cells of the columns that are there, by key.
type Record struct {
	Line   int // as the spreadsheet counts, the head being 1
	Values map[string]string
}

// Get gives a cell and whether its column is there.
func (r *Record) Get(key string) *string {
	if v, ok := r.Values[key]; ok {
		return &v
	}
	return nil
}

// Fault is what is wrong with one cell; with an empty Column, with a whole line.
type Fault struct {
	Line   int
	Column string // its key
	Err    *problem.Error
}

// Faults collects them.
type Faults []Fault

// Add notes err for a line, on the column that it names if there is such a one.
func (f *Faults) Add(line int, err error, columns []Column) {
	p := problem.Of(err)
	fault := Fault{Line: line, Err: p}
	for _, c := range columns {
		if c.Key == p.Field {
			fault.Column = c.Key
		}
	}
	*f = append(*f, fault)
}

// And adds what is wrong with lines of which nothing is known yet.
func (f Faults) And(more Faults) Faults {
	all := slices.Clone(f)
	for _, one := range more {
		if !slices.ContainsFunc(f, func(have Fault) bool { return have.Line == one.Line }) {
			all = append(all, one)
		}
	}
	return all
}

type line struct {
	number int
	cells  []string
}

// Read takes in a table with these columns. Faults are of its cells; an error is of the
// file as a whole.
func Read(r io.Reader, columns []Column) ([]Record, Faults, error) {
	raw, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return nil, nil, err
	}
	if len(raw) > MaxBytes {
		return nil, nil, ErrTooLarge
	}
	var lines []line
	if bytes.HasPrefix(raw, []byte("PK\x03\x04")) {
		lines, err = workbook(raw)
	} else {
		lines, err = separated(raw)
	}
	if torn := (*csv.ParseError)(nil); errors.As(err, &torn) {
		return nil, Faults{{Line: torn.StartLine, Err: ErrQuotes.Because(err)}}, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if len(lines) < 2 {
		return nil, nil, ErrEmpty
	}
	keys, faults := head(lines[0], columns)
	if len(faults) > 0 {
		return nil, faults, nil
	}
	var records []Record
	for _, l := range lines[1:] {
		record := Record{Line: l.number, Values: map[string]string{}}
		for i, cell := range l.cells {
			switch {
			case i >= len(keys):
				if cell != "" {
					faults.Add(l.number, ErrLineTooLong, columns)
				}
			case utf8.RuneCountInString(cell) > MaxCell:
				faults.Add(l.number, ErrCellTooLong.With("max", MaxCell).On(keys[i]), columns)
			default:
				record.Values[keys[i]] = cell
			}
		}
		for _, key := range keys { // a line may be shorter than the head
			if _, ok := record.Values[key]; !ok {
				record.Values[key] = ""
			}
		}
		records = append(records, record)
	}
	return records, faults, nil
}

// head finds the key of every column.
func head(l line, columns []Column) (keys []string, faults Faults) {
	seen := map[string]bool{}
	for _, cell := range l.cells {
		key := ""
		for _, c := range columns {
			if k := text.Key(cell); k == text.Key(c.Key) || k == text.Key(c.EN) || k == text.Key(c.ZH) {
				key = c.Key
			}
		}
		shown, _ := cut(cell)
		switch {
		case key == "":
			faults.Add(l.number, ErrColumnUnknown.With("column", shown), nil)
		case seen[key]:
			faults.Add(l.number, ErrColumnTwice.With("column", shown), nil)
		}
		seen[key] = true
		keys = append(keys, key)
	}
	for _, c := range columns {
		if c.Need && !seen[c.Key] {
			faults = append(faults, Fault{Line: l.number, Column: c.Key, Err: ErrColumnMissing.With("column", c.EN)})
		}
	}
	return keys, faults
}

// cut makes a cell fit to be repeated in an answer.
func cut(cell string) (string, bool) {
	if r := []rune(cell); len(r) > 60 {
		return string(r[:60]) + "…", true
	}
	return cell, false
}

// workbook reads the first sheet of an XLSX. The zip may not unpack to more than the bound.
func workbook(raw []byte) (lines []line, err error) {
	defer func() { // the library reads what strangers wrote
		if recover() != nil {
			lines, err = nil, ErrFormat
		}
	}()
	book, err := excelize.OpenReader(bytes.NewReader(raw), excelize.Options{UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxUnpacked, RawCellValue: true})
	if err != nil {
		return nil, ErrFormat.Because(err)
	}
	defer book.Close()
	rows, err := book.Rows(book.GetSheetName(0))
	if err != nil {
		return nil, ErrFormat.Because(err)
	}
	defer rows.Close()
	for n := 1; rows.Next(); n++ {
		cells, err := rows.Columns()
		if err != nil {
			return nil, ErrFormat.Because(err)
		}
		if lines, err = note(lines, n, cells); err != nil {
			return nil, err
		}
	}
	if rows.Error() != nil {
		return nil, ErrFormat.Because(rows.Error())
	}
	return lines, nil
}

// separated reads CSV (RFC 4180), with commas, semicolons or tabs as the head has them.
func separated(raw []byte) (lines []line, err error) {
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(raw) {
		if raw, err = simplifiedchinese.GB18030.NewDecoder().Bytes(raw); err != nil || bytes.ContainsRune(raw, utf8.RuneError) {
			return nil, ErrFormat
		}
	}
	if bytes.IndexByte(raw, 0) >= 0 {
		return nil, ErrFormat
	}
	r := csv.NewReader(bytes.NewReader(raw))
	r.FieldsPerRecord = -1
	first, _, _ := bytes.Cut(raw, []byte("\n"))
	for _, c := range []rune{';', '\t'} {
		if bytes.ContainsRune(first, c) && !bytes.ContainsRune(first, ',') {
			r.Comma = c
		}
	}
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return nil, err // a *csv.ParseError, of a line
		}
		n, _ := r.FieldPos(0)
		if lines, err = note(lines, n, cells); err != nil {
			return nil, err
		}
	}
}

// note keeps a line that is not blank.
func note(lines []line, number int, cells []string) ([]line, error) {
	for len(cells) > 0 && strings.TrimSpace(cells[len(cells)-1]) == "" {
		cells = cells[:len(cells)-1]
	}
	if len(cells) == 0 {
		return lines, nil
	}
	if len(lines) > MaxRows || len(cells) > MaxColumns {
		return nil, ErrTooLarge
	}
	for i, cell := range cells {
		cells[i] = plain(strings.TrimSpace(cell))
	}
	return append(lines, line{number, cells}), nil
}
