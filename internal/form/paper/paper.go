// Package paper prints a register as a PDF file: a title, what it is about, a table whose
// cells wrap, and notes, on A4 landscape, in a face that has Chinese.
package paper

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/sync/semaphore"

	"watchroom/internal/problem"
)

// Refusals.
var (
	// ErrNoFace: PDF's own faces have no Chinese.
	ErrNoFace = problem.New(problem.Unavailable, "face_missing", "The typeface for printing is not part of this build.")
	// ErrBusy has the parameter retryAfterSeconds.
	ErrBusy = problem.New(problem.TooMany, "print_busy", "Others are printing. Try again in a moment.").With("retryAfterSeconds", 10)
)

// mostWaiting is how many may wait while a document is made. Each takes about a second.
const mostWaiting = 4

// face is where package web's files have the typeface, with its licence beside it.
const face = "print/NotoSansSC-Regular.ttf.gz"

// Document is what is printed. Every row has as many cells as there are columns; cells,
// values and notes may have several lines.
type Document struct {
	Language string // of the words, RFC 5646
	Title    string
	Grade    string // above and below every page: how well the paper is to be guarded; empty: nobody says
	Running  string // below every page, beside its number
	Page     string // a page's number, with {page} and {pages}
	Made     time.Time
	Facts    []Fact // above the table
	Columns  []Column
	Rows     [][]string
	Notes    []Note // after the table, on a page of their own
}

// Fact is a name with its value.
type Fact struct{ Name, Value string }

// Column is a head and a part of the width, against the sum of all parts.
type Column struct {
	Head string
	Part float64
}

// Note is a heading with text below it.
type Note struct {
	Head, Text string
	QR         string // a text that is drawn as a QR code below; empty: none
}

// Press prints. The face is unpacked for each document and let go after it.
type Press struct {
	files fs.FS // package web's

	// One document at a time is made: each holds the whole face and its pages.
	turn *semaphore.Weighted
	room *semaphore.Weighted // for who has the turn, and who waits for it
}

// NewPress makes a press with the face that package web's files have; nil: it prints nothing.
func NewPress(files fs.FS) *Press {
	return &Press{files: files, turn: semaphore.NewWeighted(1), room: semaphore.NewWeighted(1 + mostWaiting)}
}

// PDF prints a document, which is made once it is its turn: nothing is gathered for who still
// waits, and whoever goes away leaves the queue. It gives ErrBusy where too many wait. The same
// document gives the same bytes.
func (p *Press) PDF(ctx context.Context, gather func(context.Context) (*Document, error)) ([]byte, error) {
	if !p.room.TryAcquire(1) {
		return nil, ErrBusy
	}
	defer p.room.Release(1)
	if err := p.turn.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	defer p.turn.Release(1)
	ttf, err := p.face()
	if err != nil {
		return nil, err
	}
	d, err := gather(ctx)
	if err != nil {
		return nil, err
	}
	return lay(d, ttf)
}

func lay(d *Document, ttf []byte) ([]byte, error) {
	pdf := fpdf.New("L", "mm", "A4", "")
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetMargins(0, 0, 0)
	pdf.SetCellMargin(0)
	pdf.AddUTF8FontFromBytes(family, "", ttf)
	pdf.SetFont(family, "", 10)
	pdf.SetTitle(d.Title, true)
	pdf.SetLang(d.Language)
	pdf.SetProducer("Watchroom", true)
	pdf.SetCreationDate(d.Made.UTC())
	pdf.SetModificationDate(d.Made.UTC())
	pdf.SetCatalogSort(true)
	rule, err := newRule(pdf, ttf)
	if err != nil {
		return nil, ErrNoFace.Because(err)
	}
	pages, err := (&setter{rule: rule}).set(d)
	if err != nil {
		return nil, err
	}
	for n, page := range pages {
		pdf.AddPage()
		draw(pdf, page)
		number := strings.NewReplacer("{page}", strconv.Itoa(n+1), "{pages}", strconv.Itoa(len(pages))).Replace(d.Page)
		foot := []item{
			{x: margin, y: height - 7, size: 7, grey: 110, text: rule.plain(d.Running)},
			{x: width - margin - rule.length(number, 7), y: height - 7, size: 7, grey: 110, text: rule.plain(number)},
		}
		if grade := rule.plain(d.Grade); grade != "" {
			x := (width - rule.length(grade, 8)) / 2
			for _, y := range []float64{margin - 3, height - 10} {
				foot = append(foot, item{x: x, y: y, size: 8, text: grade})
			}
		}
		draw(pdf, foot)
	}
	var out bytes.Buffer
	if err := pdf.Output(&out); err != nil {
		return nil, problem.Wrap(err, "print a document")
	}
	return out.Bytes(), nil
}

func (p *Press) face() ([]byte, error) {
	if p.files == nil {
		return nil, ErrNoFace
	}
	f, err := p.files.Open(face)
	if err != nil {
		return nil, ErrNoFace.Because(err)
	}
	defer func() { _ = f.Close() }() // only read
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, ErrNoFace.Because(err)
	}
	ttf, err := io.ReadAll(z)
	if err != nil {
		return nil, ErrNoFace.Because(err)
	}
	return ttf, nil
}

// draw puts items on the current page.
func draw(pdf *fpdf.Fpdf, items []item) {
	size, grey := 0.0, -1
	for _, it := range items {
		if it.line {
			pdf.SetDrawColor(200, 200, 200)
			pdf.SetLineWidth(0.1)
			pdf.Line(it.x, it.y, width-margin, it.y)
			continue
		}
		if it.wide > 0 {
			pdf.SetFillColor(0, 0, 0)
			pdf.Rect(it.x, it.y, it.wide, it.high, "F")
			continue
		}
		if it.size != size {
			pdf.SetFontSize(it.size)
		}
		if it.grey != grey {
			pdf.SetTextColor(it.grey, it.grey, it.grey)
		}
		size, grey = it.size, it.grey
		pdf.Text(it.x, it.y, it.text)
	}
}
