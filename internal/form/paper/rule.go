package paper

import (
	"fmt"
	"strings"
	"unicode"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/sfnt"
)

const family = "sans"

// rule measures text in the face, and breaks it into lines. The library's own way breaks
// no word that is longer than a line and stops at letters beyond its table.
type rule struct {
	pdf    *fpdf.Fpdf
	glyphs *sfnt.Font
	buf    sfnt.Buffer
	widths map[rune]float64 // mm at 1 pt
	has    map[rune]bool
}

func newRule(pdf *fpdf.Fpdf, ttf []byte) (*rule, error) {
	glyphs, err := sfnt.Parse(ttf)
	return &rule{pdf: pdf, glyphs: glyphs, widths: map[rune]float64{}, has: map[rune]bool{}}, err
}

// shows tells whether the face has a letter. The library knows those of the basic plane only.
func (r *rule) shows(c rune) bool {
	has, known := r.has[c]
	if !known {
		index, err := r.glyphs.GlyphIndex(&r.buf, c)
		has = err == nil && index != 0 && c <= 0xffff && unicode.IsGraphic(c)
		r.has[c] = has
	}
	return has
}

// plain names what the face lacks, and what nobody would see, by its code: paper that
// swallows letters of a name, or lets a reversing sign turn a sentence, is no proof.
func (r *rule) plain(s string) string {
	clean := func(c rune) bool { return c != '\n' && !r.shows(c) }
	if !strings.ContainsFunc(s, clean) {
		return s
	}
	var b strings.Builder
	for _, c := range s {
		switch {
		case c == '\t':
			b.WriteByte(' ')
		case clean(c):
			fmt.Fprintf(&b, "[U+%04X]", c)
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

func (r *rule) letter(c rune) float64 {
	w, known := r.widths[c]
	if !known {
		size, _ := r.pdf.GetFontSize()
		w = r.pdf.GetStringWidth(string(c)) / size
		r.widths[c] = w
	}
	return w
}

// length is the width of a line in mm at a size in pt.
func (r *rule) length(s string, size float64) (w float64) {
	for _, c := range r.plain(s) {
		w += r.letter(c)
	}
	return w * size
}

// Closing signs stand at no line's beginning, opening ones at no line's end (GB/T 15834-2011, 5.1).
const (
	closing = "，。、；：？！）】》」』”’％,.;:?!)]}%"
	opening = "（【《「『“‘([{"
)

// wrap breaks text into lines no wider than most (mm) at a size in pt.
func (r *rule) wrap(s string, size, most float64) (lines []string) {
	for _, paragraph := range strings.Split(r.plain(s), "\n") {
		lines = append(lines, r.fill([]rune(paragraph), most/size)...)
	}
	return lines
}

func (r *rule) fill(s []rune, most float64) (lines []string) {
	begin, last, w := 0, -1, 0.0 // last: before which letter a line may begin
	for i := 0; i < len(s); i++ {
		if i > begin && breaks(s[i-1], s[i]) {
			last = i
		}
		w += r.letter(s[i])
		if w <= most || i == begin || s[i] == ' ' {
			continue
		}
		if last <= begin {
			last = i // a word longer than the line
		}
		lines = append(lines, strings.TrimRight(string(s[begin:last]), " "))
		begin, i, w = last, last-1, 0
	}
	return append(lines, strings.TrimRight(string(s[begin:]), " "))
}

// breaks tells whether a line may end between two letters.
func breaks(before, after rune) bool {
	switch {
	case strings.ContainsRune(closing, after) || strings.ContainsRune(opening, before) || after == ' ':
		return false
	case before == ' ' || before == '/':
		return true
	}
	wide := func(c rune) bool {
		return unicode.In(c, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) || c >= 0x3000 && c <= 0x303f || c >= 0xff00 && c <= 0xffef
	}
	return wide(before) || wide(after)
}
