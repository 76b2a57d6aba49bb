package marker

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"watchroom/internal/durable"
)

// Mended is a file by which recording disks are known, that was damaged and was put right.
type Mended struct {
	Volume string // whose marker it is; empty for recording.folder and for the book
	File   string
}

// hurt tells whether a marker that was read is that of the volume of a name but for one byte, and
// gives it as it was written. Ids are random, so that no other disk comes as near: what differs in
// more is another's. b.mu is held.
func (b *Book) hurt(m *Marker, name string) (want Marker, yes bool) {
	want = Marker{ID: b.ids[name], Name: name, Owner: b.owner}
	text, err := json.Marshal(want)
	if err != nil || want.ID == "" || len(text) != len(m.text) {
		return want, false
	}
	others := 0
	for i := range text {
		if text[i] != m.text[i] {
			others++
		}
	}
	return want, others == 1
}

// page is what the book's file holds.
type page struct {
	Owner   string            `json:"owner"`
	IDs     map[string]string `json:"ids"`
	Buckets map[string]string `json:"buckets,omitempty"`
	// Sum is the SHA-256 of the page without it, in hexadecimal digits; earlier versions wrote
	// none.
	Sum string `json:"sum,omitempty"`
}

func (p page) sum() string {
	p.Sum = ""
	text, err := json.Marshal(p)
	if err != nil { // texts alone
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// state is how the book's file does.
type state int

const (
	whole   state = iota
	lacking       // it has no sum, or no copy beside it
	damaged       // the copy was read
)

// copyExt is behind the name of the book's copy.
const copyExt = ".copy"

// read reads the book's file, or where that is damaged its copy.
func read(path string) (page, state, error) {
	text, err := durable.ReadRegular(path, 1<<20)
	if errors.Is(err, fs.ErrNotExist) {
		return page{}, lacking, nil // a copy that lies there is of one that somebody took away
	}
	if err != nil {
		return page{}, whole, err
	}
	p, err := parsePage(text)
	second, otherErr := durable.ReadRegular(path+copyExt, 1<<20)
	if err == nil {
		if p.Sum == "" || otherErr != nil || !bytes.Equal(text, second) {
			return p, lacking, nil
		}
		return p, whole, nil
	}
	if otherErr == nil {
		if p, otherErr := parsePage(second); otherErr == nil && p.Sum != "" {
			return p, damaged, nil
		}
	}
	return page{}, whole, fmt.Errorf("%s says which disks are this recorder's, and cannot be read (%w), nor can its copy beside it: put it back from a backup, or remove it and take the disks over with archive rebuild --take", path, err)
}

func parsePage(text []byte) (p page, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return p, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return p, errors.New("something stands behind it")
	}
	if p.Sum != "" && p.Sum != p.sum() {
		return p, errors.New("it is not what was written")
	}
	return p, nil
}

// save writes the book and its copy. b.mu is held.
func (b *Book) save() error {
	p := page{Owner: b.owner, IDs: b.ids, Buckets: b.buckets}
	p.Sum = p.sum()
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	if err := durable.Replace(b.Path, text, 0o600); err != nil {
		return err
	}
	b.state = whole
	if err := durable.Replace(b.Path+copyExt, text, 0o600); err != nil {
		b.state = lacking // it is tried again
	}
	return nil
}

// rewrite makes the book's file and its copy again where one is damaged or missing. Without a disk
// that takes them the book goes on as it was read. b.mu is held.
func (b *Book) rewrite() (mended []Mended) {
	was := b.state
	if was == whole || len(b.ids) == 0 && len(b.buckets) == 0 || b.save() != nil || was == lacking {
		return nil
	}
	return []Mended{{File: b.Path}}
}
