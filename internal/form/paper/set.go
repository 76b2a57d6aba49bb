package paper

import (
	"math"

	"watchroom/internal/qr"
)

// A4 landscape and what stands on it, in mm; sizes of type in pt.
const (
	width, height = 297.0, 210.0
	margin        = 10.0
	bottom        = height - 13.0 // above the running foot
	body          = 7.0
	lead          = 3.3  // from line to line of the body
	gap           = 2.0  // between columns
	square        = 34.0 // of a QR code
)

// item is a line of text with its left end and base, a rule across the page, or a dark square with
// its left top.
type item struct {
	x, y, size float64
	wide, high float64
	grey       int // 0 black … 255 white
	text       string
	line       bool
}

// setter lays a document out: first all of it, so that every page can tell how many there are.
type setter struct {
	rule  *rule
	pages [][]item
	y     float64 // top of what comes next
}

func (s *setter) page() {
	s.pages = append(s.pages, nil)
	s.y = margin
}

func (s *setter) put(it item) {
	last := len(s.pages) - 1
	s.pages[last] = append(s.pages[last], it)
}

// text puts a paragraph, on further pages where this one is full.
func (s *setter) text(x, size float64, grey int, lead, most float64, words string) {
	for _, line := range s.rule.wrap(words, size, most) {
		if s.y+lead > bottom {
			s.page()
		}
		s.y += lead
		s.put(item{x: x, y: s.y - lead/4, size: size, grey: grey, text: line})
	}
}

func (s *setter) set(d *Document) ([][]item, error) {
	s.page()
	s.text(margin, 15, 0, 8, width-2*margin, d.Title)
	s.y += 1
	names := 0.0
	for _, f := range d.Facts {
		names = max(names, s.rule.length(f.Name, 8)+4)
	}
	for _, f := range d.Facts {
		if s.y+4 > bottom {
			s.page()
		}
		s.put(item{x: margin, y: s.y + 3, size: 8, grey: 90, text: s.rule.plain(f.Name)})
		s.text(margin+names, 8, 0, 4, width-2*margin-names, f.Value)
	}
	s.table(d)
	for i, n := range d.Notes {
		if i == 0 {
			s.page()
		}
		s.y += 2
		s.text(margin, 10, 0, 6, width-2*margin, n.Head)
		s.text(margin, 8, 0, 4.2, width-2*margin, n.Text)
		if n.QR != "" {
			if err := s.code(n.QR); err != nil {
				return nil, err
			}
		}
	}
	return s.pages, nil
}

// code puts a QR code, whole on one page.
func (s *setter) code(text string) error {
	c, err := qr.Draw(text)
	if err != nil {
		return err
	}
	if s.y+square > bottom {
		s.page()
	}
	one := square / float64(c.Size)
	for _, r := range c.Runs {
		s.put(item{x: margin + one*float64(r.X), y: s.y + one*float64(r.Y), wide: one * float64(r.N), high: one})
	}
	s.y += square
	return nil
}

// row is cells broken into lines.
type row [][]string

func (r row) lines() (most int) {
	for _, cell := range r {
		most = max(most, len(cell))
	}
	return most
}

func (s *setter) table(d *Document) {
	if len(d.Columns) == 0 {
		return
	}
	sum := 0.0
	for _, c := range d.Columns {
		sum += c.Part
	}
	left, wide := make([]float64, len(d.Columns)), make([]float64, len(d.Columns))
	x, all := margin, width-2*margin-gap*float64(len(d.Columns)-1)
	for i, c := range d.Columns {
		left[i], wide[i] = x, all*c.Part/sum
		x += wide[i] + gap
	}
	broken := func(cells []string) row {
		r := make(row, len(cells))
		for i, c := range cells {
			r[i] = s.rule.wrap(c, body, wide[i])
		}
		return r
	}
	heads := make([]string, len(d.Columns))
	for i, c := range d.Columns {
		heads[i] = c.Head
	}
	head := broken(heads)
	put := func(r row, from, to, grey int) {
		for i, cell := range r {
			for n := from; n < min(to, len(cell)); n++ {
				s.put(item{x: left[i], y: s.y + 1 + lead*float64(n-from+1) - 0.8, size: body, grey: grey, text: cell[n]})
			}
		}
		s.y += lead*float64(to-from) + 2
		s.put(item{x: margin, y: s.y, line: true})
	}
	top := func() { put(head, 0, head.lines(), 90) }
	room := func() int { return int((bottom - s.y - 2) / lead) }
	s.y += 3
	if room() < head.lines()+6 {
		s.page()
	}
	top()
	for _, cells := range d.Rows {
		r := broken(cells)
		whole := int(math.Floor((bottom - margin - 4) / lead))
		// A row that fits on a page stands on one; a longer one goes on over the next.
		if n := r.lines(); n > room() && (n <= whole-head.lines() || room() < 4) {
			s.page()
			top()
		}
		for from := 0; from < r.lines(); {
			to := min(r.lines(), from+max(room(), 1))
			put(r, from, to, 0)
			if from = to; from < r.lines() {
				s.page()
				top()
			}
		}
	}
}
